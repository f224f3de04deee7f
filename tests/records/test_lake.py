"""The lake: appends that happen once, whatever happens to their process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.records.lake import Lake, record_key

if TYPE_CHECKING:
    from collections.abc import Iterator


def items(*ids: str, version: int = 1, month: str = "2026-03", hs: str = "851712") -> pl.DataFrame:
    frame = pl.DataFrame(
        {"declaration_id": ids, "item_no": [1] * len(ids), "month": month, "hs": hs},
        schema_overrides={"item_no": pl.Int64},
    )
    return frame.with_columns(
        key=record_key("declaration_id", "item_no"), version=pl.lit(version, dtype=pl.Int64)
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_its_folder_may_have_any_name(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "Customs of São Tomé, 100 %")
    lake.append(DECLARATIONS, [items("A")], cause="m:1")
    then = lake.version(DECLARATIONS)
    lake.append(DECLARATIONS, [items("A", version=2, hs="010121")], cause="m:2")
    assert lake.current(DECLARATIONS).collect()["hs"].to_list() == ["010121"]
    assert lake.current(DECLARATIONS, version=then).collect()["hs"].to_list() == ["851712"]
    lake.compact(DECLARATIONS)
    assert lake.cluster(DECLARATIONS, ("importer",)) == ["2026-03"]
    assert all(Path(address).exists() for address in lake.files(DECLARATIONS))
    assert count(lake) == 2


def count(lake: Lake) -> int:
    return lake.scan(DECLARATIONS).select(pl.len()).collect().item()


def test_the_same_cause_and_number_are_written_once(lake: Lake) -> None:
    for _ in range(3):
        lake.append(DECLARATIONS, [items("A", "B")], cause="message:1")
    lake.append(DECLARATIONS, [items("C")], cause="message:1", number=2)
    lake.append(DECLARATIONS, [items("D")], cause="message:2")
    assert count(lake) == 4
    assert lake.committed(DECLARATIONS, "message:1") == 2
    assert lake.committed(DECLARATIONS, "message:3") is None


def test_an_append_that_breaks_off_leaves_nothing_and_says_why(lake: Lake) -> None:
    def broken() -> Iterator[pl.DataFrame]:
        yield items("A")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lake.append(DECLARATIONS, broken(), cause="message:1")
    assert count(lake) == 0
    lake.append(DECLARATIONS, [items("A")], cause="message:1")
    assert count(lake) == 1


def test_only_the_latest_fact_about_a_thing_is_in_force(lake: Lake) -> None:
    lake.append(DECLARATIONS, [items("A", "B", "C")], cause="message:1")
    lake.append(DECLARATIONS, [items("B", version=2, hs="999999")], cause="message:2")
    lake.append(DECLARATIONS, [items("B", version=3, hs="010121")], cause="message:3")
    current = lake.current(DECLARATIONS).select("declaration_id", "hs").sort("declaration_id")
    assert current.collect().rows() == [("A", "851712"), ("B", "010121"), ("C", "851712")]
    assert count(lake) == 5


def test_a_month_that_is_asked_for_is_the_only_one_compared(lake: Lake) -> None:
    lake.append(DECLARATIONS, [items("A", month="2026-01"), items("B")], cause="message:1")
    lake.append(DECLARATIONS, [items("A", version=2, month="2026-01")], cause="message:2")
    march = lake.current(DECLARATIONS, pl.col("month") == "2026-03")
    assert march.select("declaration_id").collect().to_series().to_list() == ["B"]


def test_the_lake_can_be_read_as_it_was(lake: Lake) -> None:
    lake.append(DECLARATIONS, [items("A")], cause="message:1")
    then = lake.version(DECLARATIONS)
    lake.append(DECLARATIONS, [items("A", version=2, hs="999999")], cause="message:2")
    was = lake.current(DECLARATIONS, version=then).select("hs").collect().item()
    assert was == "851712"
    assert lake.before(DECLARATIONS, "message:2") == then
    assert lake.before(DECLARATIONS, "message:9") is None


def test_compaction_and_vacuum_change_no_fact(lake: Lake) -> None:
    for number in range(6):
        lake.append(DECLARATIONS, [items(f"D{number}")], cause=f"message:{number}")
    before = lake.scan(DECLARATIONS).sort("declaration_id").collect()
    lake.compact(DECLARATIONS)
    assert lake.vacuum(DECLARATIONS, retention_hours=0) == 6
    assert lake.scan(DECLARATIONS).sort("declaration_id").collect().equals(before)
    lake.append(DECLARATIONS, [items("D0")], cause="message:0")
    assert count(lake) == 6


def test_only_months_written_to_since_are_sorted_again(lake: Lake) -> None:
    lake.append(DECLARATIONS, [items("A", month="2026-01"), items("B")], cause="message:1")
    before = lake.scan(DECLARATIONS).sort("declaration_id").collect()
    assert lake.cluster(DECLARATIONS, ("importer",)) == ["2026-01", "2026-03"]
    assert lake.cluster(DECLARATIONS, ("importer",)) == []
    assert lake.scan(DECLARATIONS).sort("declaration_id").collect().equals(before)
    lake.append(DECLARATIONS, [items("C")], cause="message:2")
    assert lake.cluster(DECLARATIONS, ("importer",)) == ["2026-03"]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_lake import items
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.records.lake import Lake
lake = Lake(Path(sys.argv[2]))
print("ready", flush=True)
for number in range(1, 200):
    lake.append(DECLARATIONS, [items(f"D{number}")], cause="writer", number=number)
"""


def test_a_writer_killed_at_any_moment_loses_and_doubles_nothing(
    lake: Lake, tmp_path: Path
) -> None:
    here = str(Path(__file__).parent)
    for pause in (0.05, 0.2, 0.4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, here, str(tmp_path)], stdout=subprocess.PIPE
        )
        writer.stdout.readline()
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    ids = lake.scan(DECLARATIONS).select("declaration_id").collect().to_series()
    done = lake.committed(DECLARATIONS, "writer")
    assert ids.n_unique() == len(ids) == done


def test_a_table_grows_with_its_stream(lake: Lake) -> None:
    less = replace(DECLARATIONS, fields=tuple(f for f in DECLARATIONS.fields if f.name != "hs"))
    lake.append(less, [items("A").drop("hs")], cause="before")
    lake.append(DECLARATIONS, [items("B")], cause="after")
    rows = lake.current(DECLARATIONS).select("declaration_id", "hs").sort("declaration_id")
    assert rows.collect().rows() == [("A", None), ("B", "851712")]
