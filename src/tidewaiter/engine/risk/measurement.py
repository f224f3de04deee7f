"""How good a ranking is, and how much is left in the traffic, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SHARES = (0.01, 0.02, 0.05, 0.10)
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its lower and upper bound."""

    value: float
    low: float
    high: float


def auc(score: Floats, found: Flags) -> float:
    """Area under the ROC curve (Mann-Whitney U); NaN when one class is absent. Ties count half."""
    finds = int(found.sum())
    others = len(found) - finds
    if finds == 0 or others == 0:
        return float("nan")
    ranks = rankdata(score)
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


def wilson(finds: int, controls: int, confidence: float = CONFIDENCE) -> Interval:
    """Hit rate with Wilson's score interval (1927); NaN estimate and [0, 1] without controls."""
    if controls == 0:
        return Interval(float("nan"), 0.0, 1.0)
    z = float(norm.ppf(0.5 + confidence / 2))
    rate = finds / controls
    spread = z * np.sqrt(rate * (1 - rate) / controls + z * z / (4 * controls * controls))
    centre, scale = rate + z * z / (2 * controls), 1 + z * z / controls
    return Interval(
        rate, max(0.0, float((centre - spread) / scale)), min(1.0, float((centre + spread) / scale))
    )
