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


def bootstrap(
    figures: Floats, draws: int = 1_000, confidence: float = CONFIDENCE, seed: int = 1
) -> Interval:
    """Sum of figures (revenue of each control) with the percentile bootstrap's interval (Efron 1979).

    Draws are seeded: the same figures give the same interval.
    """
    if not len(figures):
        return Interval(0.0, 0.0, 0.0)
    random = np.random.default_rng(seed)
    sums = np.fromiter(
        (figures[random.integers(0, len(figures), len(figures))].sum() for _ in range(draws)), float
    )
    low, high = np.quantile(sums, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Interval(float(figures.sum()), float(low), float(high))


def horvitz_thompson(
    figures: Floats, probability: Floats, confidence: float = CONFIDENCE
) -> Interval:
    """Total of a figure over all traffic, from the sampled part (Horvitz and Thompson 1952).

    figures, probability: of the sampled items, each drawn on its own with its probability (Poisson
    sampling, as the keyed hash does). Variance: sum of (1 - p) (y / p)^2. Raises ValueError on a
    probability outside (0, 1].
    """
    if len(probability) and not ((probability > 0) & (probability <= 1)).all():
        raise ValueError(
            "a selection probability is not in (0, 1]; such an item cannot be weighted"
        )
    weighted = figures / probability
    total = float(weighted.sum())
    spread = float(np.sqrt(((1 - probability) * weighted**2).sum()))
    z = float(norm.ppf(0.5 + confidence / 2))
    return Interval(total, total - z * spread, total + z * spread)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same controlled items: each one's metrics; the challenger's lead over the
    champion in AUC and in precision at 5 %, with intervals (paired bootstrap over items)."""

    champion: dict[str, float]
    challenger: dict[str, float]
    auc_lead: Interval
    precision_lead: Interval


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
    leads = [_leads(champion, challenger, found)]
    for _ in range(draws if len(found) else 0):
        drawn = random.integers(0, len(found), len(found))
        leads.append(_leads(champion[drawn], challenger[drawn], found[drawn]))
    table = np.array(leads)
    low, high = np.nanquantile(table, [0.025, 0.975], axis=0)
    return Comparison(
        ranking_metrics(champion, found, revenue),
        ranking_metrics(challenger, found, revenue),
        *(Interval(*map(float, figures)) for figures in zip(table[0], low, high, strict=True)),
    )


def _leads(champion: Floats, challenger: Floats, found: Flags) -> tuple[float, float]:
    top = max(1, int(len(found) * 0.05))

    def precision(score: Floats) -> float:
        return float(found[order(score)[:top]].mean()) if len(found) else float("nan")

    return (
        auc(challenger, found) - auc(champion, found),
        precision(challenger) - precision(champion),
    )
