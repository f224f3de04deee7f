"""Published declarations, by the committed mappings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tidewaiter.engine.messages.reading import MappingNeeded, read
from tidewaiter.engine.messages.tabular.mapping_file import load

from .conftest import together

EXAMPLES = Path(__file__).parents[2] / "examples" / "mappings"


@pytest.mark.parametrize(
    ("name", "rows", "outcomes"),
    [
        ("2020-with-outcomes", 37_385, 37_385),
        ("2021q1-with-outcomes", 8_134, 8_134),
        ("2021q2-without-outcomes", 8_481, 0),
    ],
)
def test_korea(shared_data: Path, name: str, rows: int, outcomes: int) -> None:
    path = shared_data / "declarations" / "korea" / f"{name}.csv"
    chunk = together(read(path, mapping=load(EXAMPLES / "korea-customs.toml")))
    assert (chunk.rows, chunk.declarations.height, chunk.outcomes.height) == (rows, rows, outcomes)
    assert chunk.findings == []
    raw = pl.read_csv(path, schema_overrides={"HS6 Code": pl.String})
    assert chunk.declarations["hs"].equals(raw["HS6 Code"], check_names=False)
    assert chunk.declarations["customs_value"].equals(raw["Item Price"], check_names=False)
    assert chunk.declarations["net_mass"].equals(raw["Net Mass"], check_names=False)
    assert set(chunk.declarations["currency"]) == {"KRW"}
    assert chunk.declarations["extra"].null_count() == rows
    if outcomes:
        assert chunk.outcomes["found"].sum() == raw["Fraud"].sum()
        assert chunk.outcomes["severity"].equals(raw["Critical Fraud"], check_names=False)
        assert chunk.outcomes["known_on"].equals(chunk.declarations["declaration_date"])


def test_the_drift_world(shared_data: Path) -> None:
    path = shared_data / "declarations" / "drift" / "world-1.csv.gz"
    with pytest.raises(MappingNeeded) as needed:
        list(read(path))
    assert needed.value.proposal.missing == ()
    chunk = together(read(path, mapping=load(EXAMPLES / "drift-world.toml"), chunk_rows=30_000))
    assert chunk.rows == chunk.declarations.height == chunk.outcomes.height == 124_343
    assert chunk.findings == []
    assert chunk.declarations["declaration_date"].max() == date(2023, 12, 31)
    proposed = together(read(path, mapping=needed.value.proposal.mapping("drift-world")))
    assert proposed.declarations.drop("currency").equals(chunk.declarations.drop("currency"))
