"""Assessing goods items: facts, profiles, model, expected value and reasons, one row an item.

A pure function of its arguments: the same items get the same bits whether they come five at a
time or five million, today or when a decision is replayed in ten years.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit

from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.engine.risk import explaining
from tidewaiter.engine.risk.columns import THREADS
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.models import unlearnt
from tidewaiter.engine.risk.value import Consequences, Worth, worth

if TYPE_CHECKING:
    from datetime import datetime

    from tidewaiter.engine.risk.baselines import Baselines
    from tidewaiter.engine.risk.lists import NamedLists
    from tidewaiter.engine.risk.models import RiskModel
    from tidewaiter.engine.risk.models.says import Says
    from tidewaiter.engine.risk.profiles import ProfileSet

_PARTS = ThreadPoolExecutor(THREADS, thread_name_prefix="assess")
FIRST_ROWS = 1_024
ROWS_AT_ONCE = 32_768
FEW_ROWS = 16  # up to here the row evaluator of profiles is faster; it agrees with the batch one

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]


def assess(  # noqa: PLR0913  one name for each thing that decides, all by keyword
    records: pl.DataFrame,
    *,
    profiles: ProfileSet,
    lists: NamedLists,
    baselines: Baselines,
    model: RiskModel | None,
    currency: str,
    run_id: str,
    at: datetime,
    consequences: Consequences | None = None,
) -> pl.DataFrame:
    """Assessments of declared items (DECLARATIONS columns), in order: ASSESSMENTS.incoming columns.

    `currency` is the administration's: an amount in another one is not at stake here. Raises
    ValueError when `profiles` were compiled with other lists than `lists`.
    """
    if profiles.lists.version != lists.version:
        raise ValueError("the profiles were compiled with other lists; compile them again")
    means = _Means(profiles, baselines, model, currency, consequences or Consequences())
    # The first rows fill what is computed once; then parts that need one core each share two.
    starts = range(FIRST_ROWS, records.height, ROWS_AT_ONCE)
    parts = [records[start : start + ROWS_AT_ONCE] for start in starts]
    first = means.assess(records[:FIRST_ROWS], run_id, at)
    rest = _PARTS.map(lambda part: means.assess(part, run_id, at), parts)
    return pl.concat([first, *rest])


@dataclass(frozen=True, slots=True)
class Judged:
    """Hits as pairs of row and profile number, by row; `codes`: hit and unjudged codes per row."""

    rows: Indices
    profiles: Indices
    codes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Weighed:
    """What facts come to, one entry a row: log-odds with reasons (`says`), score, revenue at stake
    (NaN unknown) and the worth of a control."""

    judged: Judged
    says: Says
    score: Floats
    stake: Floats
    worth: Worth


def weigh(
    facts: pl.DataFrame,
    *,
    profiles: ProfileSet,
    baselines: Baselines,
    model: RiskModel | None,
    currency: str,
    consequences: Consequences | None = None,
) -> Weighed:
    """`assess` from facts (see `compute_facts`), which may have been changed to ask “what if”."""
    means = _Means(profiles, baselines, model, currency, consequences or Consequences())
    return means.weigh(facts)


@dataclass(frozen=True, slots=True)
class _Means:
    """Everything an assessment is made with."""

    profiles: ProfileSet
    baselines: Baselines
    model: RiskModel | None
    currency: str
    consequences: Consequences = field(default_factory=Consequences)

    def weigh(self, facts: pl.DataFrame) -> Weighed:
        judged = judge(facts, self.profiles)
        says = unlearnt.says(facts) if self.model is None else self.model.says(facts)
        score = expit(says.log_odds + _sum(judged, self.profiles.figures.weight))
        stake = self._at_home(facts, says.revenue)
        hits = (judged.rows, judged.profiles)
        value = worth(says.log_odds, stake, hits, self.profiles, self.consequences, says.areas)
        return Weighed(judged, says, score, stake, value)

    def assess(self, records: pl.DataFrame, run_id: str, at: datetime) -> pl.DataFrame:
        facts = compute_facts(records, self.baselines)
        weighed = self.weigh(facts)
        judged, says, value = weighed.judged, weighed.says, weighed.worth
        made = {
            "declaration_version": facts["version"],
            "hs": facts["commodity"],
            "run_id": _all(facts, run_id),
            "assessed_at": _all(facts, at),
            "score": pl.Series(weighed.score),
            "probability": pl.Series(expit(says.log_odds)),
            "revenue_at_stake": pl.Series(weighed.stake, nan_to_null=True),
            "expected_value": pl.Series(value.expected),
            "currency": _all(facts, self.currency),
            "profiles": judged.codes["profiles"],
            "not_evaluable": judged.codes["not_evaluable"],
            "mandatory": pl.Series(_sum(judged, self.profiles.figures.mandatory) > 0),
            "risk_area": value.area,
            "reasons": self._reasons(facts, judged, says, weighed.score),
        }
        columns = {n: made[n] if n in made else facts[n] for n in ASSESSMENTS.incoming}
        # Put together as they are: an expression each costs more than all these figures.
        return pl.DataFrame(
            [
                (column if column.dtype == dtype else column.cast(dtype)).alias(name)
                for (name, column), dtype in zip(
                    columns.items(), ASSESSMENTS.incoming.values(), strict=True
                )
            ]
        )

    def _at_home(self, facts: pl.DataFrame, revenue: Floats) -> Floats:
        """Revenue where the row is in the administration's currency, else NaN."""
        return pl.Series(revenue).set(facts["currency"] != self.currency, np.nan).to_numpy()

    def _reasons(self, facts: pl.DataFrame, judged: Judged, says: Says, score: Floats) -> pl.Series:
        """Reasons of the rows that matter: hit by a profile, or scored above a fixed threshold."""
        matters = score >= says.threshold
        matters[judged.rows] = True
        rows = np.flatnonzero(matters)
        empty = pl.Series("reasons", ["[]"], dtype=pl.String).new_from_index(0, facts.height)
        if not len(rows):
            return empty
        place = np.full(facts.height, -1, dtype=np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        told = explaining.reasons(
            facts,
            rows,
            self.profiles,
            explaining.Hits(place[judged.rows], judged.profiles),
            says.codes,
            says.weights(rows),
        )
        return empty.scatter(rows, told)


def _sum(judged: Judged, of_profile: Floats) -> Floats:
    """Per row, the sum over the profiles hit; added in their order, whatever the batch."""
    size = len(judged.codes)
    return np.bincount(judged.rows, of_profile[judged.profiles], size).astype(np.float64)


def _all(facts: pl.DataFrame, value: str | datetime) -> pl.Series:
    """The same value in every row."""
    return pl.Series([value]).new_from_index(0, facts.height)


def judge(facts: pl.DataFrame, profiles: ProfileSet) -> Judged:
    """Which profiles hit which rows."""
    if facts.height > FEW_ROWS:
        hits = profiles.evaluate(facts)
        order = np.argsort(hits.rows, kind="stable")
        return Judged(hits.rows[order], hits.profiles[order], hits.per_row())
    read = facts[sorted(profiles.columns | {"item_no"})]  # never no column: rows would vanish
    found = [profiles.evaluate_row(row) for row in read.iter_rows(named=True)]
    number = {code: n for n, code in enumerate(profiles.codes)}
    pairs = [(row, number[code]) for row, (hit, _) in enumerate(found) for code in hit]
    pairs.sort()
    table = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    codes = pl.DataFrame(
        {"profiles": [hit for hit, _ in found], "not_evaluable": [unknown for _, unknown in found]},
        schema={"profiles": pl.List(pl.String), "not_evaluable": pl.List(pl.String)},
    )
    return Judged(table[:, 0], table[:, 1], codes)
