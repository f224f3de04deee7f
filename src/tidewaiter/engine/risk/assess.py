"""Assessing goods items: facts, profiles, model, expected value and reasons, one row an item.

A pure function of its arguments: the same items get the same bits whether they come five at a
time or five million, today or when a decision is replayed in ten years.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit

from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.engine.risk import explaining
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.models.snapshots import STAKE
from tidewaiter.engine.risk.models.unlearnt import (
    CODES,
    EXPLAIN_FROM,
    VALUE_GAP_SHARE,
    log_odds,
    weights_of,
)
from tidewaiter.engine.risk.value import Consequences, worth

if TYPE_CHECKING:
    from datetime import datetime

    from tidewaiter.engine.risk.baselines import Baselines
    from tidewaiter.engine.risk.lists import NamedLists
    from tidewaiter.engine.risk.models import RiskModel
    from tidewaiter.engine.risk.profiles import ProfileSet

ROWS_AT_ONCE = 65_536
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
    parts = [
        means.assess(records[start : start + ROWS_AT_ONCE])
        for start in range(0, max(records.height, 1), ROWS_AT_ONCE)
    ]
    whole = pl.concat(parts).with_columns(
        run_id=pl.lit(run_id), assessed_at=pl.lit(at), currency=pl.lit(currency)
    )
    return whole.select(pl.col(n).cast(t) for n, t in ASSESSMENTS.incoming.items())


@dataclass(frozen=True, slots=True)
class Judged:
    """Hits as pairs of row and profile number, by row; `codes`: hit and unjudged codes per row."""

    rows: Indices
    profiles: Indices
    codes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Means:
    """Everything an assessment is made with."""

    profiles: ProfileSet
    baselines: Baselines
    model: RiskModel | None
    currency: str
    consequences: Consequences = field(default_factory=Consequences)

    def assess(self, records: pl.DataFrame) -> pl.DataFrame:
        facts = compute_facts(records, self.baselines)
        judged = judge(facts, self.profiles)
        base, stake = self._model(facts)
        weights = np.array([p.weight for p in self.profiles.profiles], dtype=np.float64)
        added = np.bincount(judged.rows, weights[judged.profiles], minlength=facts.height)
        score = expit(base + added)
        value = worth(base, stake, (judged.rows, judged.profiles), self.profiles, self.consequences)
        mandatory = np.array([p.mandatory for p in self.profiles.profiles], dtype=np.float64)
        forced = np.bincount(judged.rows, mandatory[judged.profiles], minlength=facts.height) > 0
        return facts.select(
            "declaration_id", "item_no", pl.col("version").alias("declaration_version"),
            "declaration_date", "office", "importer", pl.coalesce("hs", "hs6").alias("hs"), "origin",
        ).with_columns(
            pl.Series("score", score),
            pl.Series("probability", expit(base)),
            pl.Series("revenue_at_stake", stake, nan_to_null=True),
            pl.Series("expected_value", value.expected),
            judged.codes["profiles"],
            judged.codes["not_evaluable"],
            pl.Series("mandatory", forced),
            value.area,
            self._reasons(facts, judged, score),
        )  # fmt: skip

    def _model(self, facts: pl.DataFrame) -> tuple[Floats, Floats]:
        """Log-odds of non-compliance and revenue at stake (NaN unknown)."""
        if self.model is None:
            base = log_odds(facts)
            stake = facts.select(STAKE * VALUE_GAP_SHARE).to_series()
        else:
            base = self.model.log_odds(facts)
            stake = self.model.revenue(facts)
        home = facts.select(
            pl.col("currency").fill_null(self.currency) == self.currency
        ).to_series()
        amounts = stake.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return base, np.where(home.to_numpy(), amounts, np.nan)

    def _reasons(self, facts: pl.DataFrame, judged: Judged, score: Floats) -> pl.Series:
        """Reasons of the rows that matter: hit by a profile, or scored above a fixed threshold."""
        matters = score >= (EXPLAIN_FROM if self.model is None else self.model.threshold)
        matters[judged.rows] = True
        rows = np.flatnonzero(matters)
        if not len(rows):
            return pl.repeat("[]", facts.height, dtype=pl.String, eager=True).alias("reasons")
        chosen = facts[rows]
        place = np.full(facts.height, -1, dtype=np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        if self.model is None:
            codes, weights = CODES, weights_of(chosen)
        else:
            codes, weights = self.model.reasons, self.model.contributions(chosen)
        reasons = pl.concat([
            explaining.of_profiles(chosen, self.profiles, place[judged.rows], judged.profiles),
            explaining.of_facts(chosen, codes, weights),
        ])  # fmt: skip
        told = explaining.arrays(reasons, len(rows))
        spread = pl.Series("reasons", ["[]"], dtype=pl.String).new_from_index(0, facts.height)
        return spread.scatter(rows, told)


def judge(facts: pl.DataFrame, profiles: ProfileSet) -> Judged:
    """Which profiles hit which rows."""
    if facts.height > FEW_ROWS:
        hits = profiles.evaluate(facts)
        order = np.argsort(hits.rows, kind="stable")
        return Judged(hits.rows[order], hits.profiles[order], hits.per_row())
    found = [profiles.evaluate_row(row) for row in facts.iter_rows(named=True)]
    number = {code: n for n, code in enumerate(profiles.codes)}
    pairs = [(row, number[code]) for row, (hit, _) in enumerate(found) for code in hit]
    pairs.sort()
    table = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    codes = pl.DataFrame(
        {"profiles": [hit for hit, _ in found], "not_evaluable": [unknown for _, unknown in found]},
        schema={"profiles": pl.List(pl.String), "not_evaluable": pl.List(pl.String)},
    )
    return Judged(table[:, 0], table[:, 1], codes)
