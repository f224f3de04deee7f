"""How good a ranking is where the truth is known, and which of two is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.measurement.intervals import UNKNOWN, Interval

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SHARES = (0.01, 0.02, 0.05, 0.10)
_COMPARED = ("auc", "precision", "recall", "revenue_recall")


def auc(score: Floats, found: Flags) -> float:
    """Area under the ROC curve (Mann-Whitney U); NaN when one class is absent. Ties count half."""
    finds = int(found.sum())
    others = len(found) - finds
    if finds == 0 or others == 0:
        return float("nan")
    ranks = pl.Series(score).rank("average").to_numpy()
    return float((ranks[found].sum() - finds * (finds + 1) / 2) / (finds * others))


def order(score: Floats) -> npt.NDArray[np.intp]:
    """Rows from the highest score; equal scores keep their order."""
    return np.argsort(-score, kind="stable")


def ranking_metrics(score: Floats, found: Flags, revenue: Floats | None = None) -> dict[str, float]:
    """AUC; precision, recall, lift and share of revenue at 1, 2, 5 and 10 % inspected.

    revenue: found per row, NaN where unknown; left out of the result when none is known.
    """
    metrics = {"rows": float(len(found)), "finds": float(found.sum()), "auc": auc(score, found)}
    if not len(found):
        return metrics
    ranked = order(score)
    base = found.mean()
    money = None if revenue is None or not np.isfinite(revenue).any() else np.nan_to_num(revenue)
    for share in SHARES:
        top = ranked[: max(1, int(len(found) * share))]
        name = f"{100 * share:g}"
        precision = float(found[top].mean())
        metrics[f"precision_{name}"] = precision
        metrics[f"recall_{name}"] = float(found[top].sum() / max(1, found.sum()))
        metrics[f"lift_{name}"] = float(precision / base) if base else float("nan")
        if money is not None and money.sum() > 0:
            metrics[f"revenue_recall_{name}"] = float(money[top].sum() / money.sum())
    return metrics


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same controlled items: each one's metrics, and by how much the challenger
    leads in each of them, with intervals (paired bootstrap over items)."""

    champion: dict[str, float]
    challenger: dict[str, float]
    leads: dict[str, Interval]


def compare(
    champion: Floats,
    challenger: Floats,
    found: Flags,
    revenue: Floats | None = None,
    draws: int = 200,
    seed: int = 1,
) -> Comparison:
    """Scores of both models for the same items, in the same order."""
    random = np.random.default_rng(seed)
    old, new = (
        ranking_metrics(champion, found, revenue),
        ranking_metrics(challenger, found, revenue),
    )
    drawn = [
        _leads(
            champion[rows],
            challenger[rows],
            found[rows],
            None if revenue is None else revenue[rows],
        )
        for rows in (
            random.integers(0, len(found), len(found)) for _ in range(draws if len(found) else 0)
        )
    ]
    leads = _leads(champion, challenger, found, revenue)
    intervals = {
        name: _interval(lead, [one.get(name, np.nan) for one in drawn])
        for name, lead in leads.items()
    }
    return Comparison(old, new, intervals)


def _leads(
    champion: Floats, challenger: Floats, found: Flags, revenue: Floats | None
) -> dict[str, float]:
    """Measure → challenger less champion."""
    old, new = (
        ranking_metrics(champion, found, revenue),
        ranking_metrics(challenger, found, revenue),
    )
    return {name: new[name] - old[name] for name in new if name.startswith(_COMPARED)}


def _interval(lead: float, drawn: list[float]) -> Interval:
    known = np.array(drawn)[np.isfinite(drawn)]
    if lead != lead or not len(known):  # noqa: PLR0124  NaN
        return UNKNOWN
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(lead, float(low), float(high))
