"""Training rows as they were known then: each period sees the baselines of its first day.

The same code computes facts for training and for serving, from baselines that know nothing of the
period they are used in; so there is neither leakage nor skew.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.baselines.sums import series
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.models.features import matrix
from tidewaiter.engine.risk.models.says import size_of_stake
from tidewaiter.engine.risk.value import REVENUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidewaiter.engine.risk.baselines import Baselines

MOST_PERIODS = 26
MANY_ITEMS = 3_000_000  # from here fewer baselines are built, for time's sake
FEW_PERIODS = 12
LEAST_FINDS = 30
LEAST_CLEAN = 30
ASSUMED_CLEAN = 5  # uncontrolled items per find, where nothing but finds is recorded


@dataclass(frozen=True, slots=True)
class Sample:
    """Controlled items: features, whether found, revenue of the finds (NaN unknown), logarithm of
    what was at stake, day (since 1970), risk area and severity of the finds."""

    features: npt.NDArray[np.float32]
    found: npt.NDArray[np.bool_]
    revenue: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]
    day: npt.NDArray[np.int64]
    area: npt.NDArray[np.str_]
    severity: npt.NDArray[np.int64]

    def where(self, rows: npt.NDArray[np.bool_]) -> Sample:
        return Sample(*(getattr(self, column.name)[rows] for column in fields(self)))

    def __len__(self) -> int:
        return len(self.found)


def periods(first: date, until: date, most: int = MOST_PERIODS) -> Iterator[tuple[date, date]]:
    """Weeks, or longer when there would be too many; [start, end) each."""
    days = max(7, -(-(until - first).days // most))
    start = first
    while start < until:
        end = min(start + timedelta(days=days), until)
        yield start, end
        start = end


def sample(
    declarations: pl.LazyFrame,
    outcomes: pl.LazyFrame,
    until: date,
    progress: Callable[[int, int], None] | None = None,
) -> Sample:
    """Every controlled item declared, and its result known, before `until`.

    Where only finds are recorded (a file of seizures), a share of the items nobody controlled
    stands for the compliant ones. Raises TooFewOutcomes.
    """
    past = declarations.filter(pl.col("declaration_date") < until)
    rows = labelled(past, outcomes, until)
    finds = int(rows["found"].sum())
    if rows.height and finds == rows.height:
        rows = pl.concat([rows, _uncontrolled(past, rows, finds * ASSUMED_CLEAN)])
    if finds < LEAST_FINDS or rows.height - finds < LEAST_CLEAN:
        raise TooFewOutcomes(rows.height, finds)
    first: date = rows["declaration_date"].min()  # type: ignore[assignment]
    items = int(past.select(pl.len()).collect(engine="streaming").item())
    spans = list(periods(first, until, FEW_PERIODS if items > MANY_ITEMS else MOST_PERIODS))
    parts = []
    known = series(declarations, outcomes, [start for start, _end in spans])
    for number, ((start, end), baselines) in enumerate(zip(spans, known, strict=True)):
        if progress is not None:
            progress(number, len(spans))
        inside = rows.filter(pl.col("declaration_date").is_between(start, end, closed="left"))
        if inside.height:
            parts.append(_part(inside, baselines))
    return Sample(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _uncontrolled(past: pl.LazyFrame, controlled: pl.DataFrame, about: int) -> pl.DataFrame:
    """About so many items without result, chosen by a hash of their name, taken as compliant."""
    item = ["declaration_id", "item_no"]
    total = int(past.select(pl.len()).collect(engine="streaming").item())
    share = min(1.0, about / max(total, 1))
    drawn = (record_key(*item).abs() % 1_000_000) < share * 1_000_000
    rows = past.filter(drawn).collect(engine="streaming").join(controlled, on=item, how="anti")
    return (
        rows.with_columns(
            found=pl.lit(value=False),
            severity=pl.lit(0, dtype=controlled["severity"].dtype),
            risk_area=pl.lit(None, dtype=pl.String),
            revenue=pl.lit(None, dtype=pl.Float64),
            known_on=pl.col("declaration_date"),
            selection_probability=pl.lit(None, dtype=pl.Float64),
        )
        .select(controlled.columns)
        .sort(item)
    )


def _part(rows: pl.DataFrame, baselines: Baselines) -> tuple[np.ndarray, ...]:
    facts = compute_facts(rows, baselines)
    return (
        matrix(facts),
        facts["found"].to_numpy(),
        facts["revenue"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        size_of_stake(facts),
        facts["declaration_date"].cast(pl.Int32).cast(pl.Int64).to_numpy(),
        facts["risk_area"].fill_null(REVENUE).to_numpy().astype(np.str_),
        facts["severity"].cast(pl.Int64).fill_null(0).to_numpy(),
    )


class TooFewOutcomes(ValueError):
    """Not enough results of controls to learn from."""

    def __init__(self, controls: int, finds: int) -> None:
        self.controls, self.finds = controls, finds
        super().__init__(
            f"{controls} controls with {finds} finds are too few to train a model; "
            "record more results, meanwhile indicators and profiles give the score"
        )
