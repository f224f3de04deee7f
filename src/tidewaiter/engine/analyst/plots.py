"""Figures for notebooks. They need matplotlib: pip install 'tidewaiter[notebook]'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tidewaiter.engine.risk.models import RiskModel


def _axes(title: str, x: str, y: str) -> Any:
    import matplotlib.pyplot as plt  # noqa: PLC0415  only who draws needs it

    _, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def gain(measured: pl.DataFrame, what: str = "recall") -> Axes:
    """Share of finds (`recall`) or revenue (`revenue_share`) against the share inspected, beside
    chance; `measured` comes from `ranking`."""
    axes = _axes("What inspecting the highest first finds", "share inspected, %", f"{what}, %")
    shares = measured["share"] * 100
    axes.plot(shares, measured[what] * 100, marker="o", label="by score")
    axes.plot(shares, shares, linestyle="--", color="grey", label="by chance")
    axes.legend()
    return axes  # type: ignore[no-any-return]


def hit_rates(tried: pl.DataFrame) -> Axes:
    """Hit rate of each profile with its interval, %; `tried` comes from `try_profiles`."""
    shown = tried.filter(pl.col("controlled") > 0).sort("hit_rate")
    axes = _axes("Hit rate of profiles", "hit rate, % (95 % interval)", "")
    rate = shown["hit_rate"].to_numpy() * 100
    low, high = shown["low"].to_numpy() * 100, shown["high"].to_numpy() * 100
    axes.errorbar(rate, shown["profile"].to_list(), xerr=[rate - low, high - rate], fmt="o")
    axes.set_xlim(left=0)
    return axes  # type: ignore[no-any-return]


def prices(facts: pl.DataFrame, hs6: str) -> Axes:
    """Values per kilogram of a commodity code of six digits, on a logarithmic scale."""
    chosen = facts.filter((pl.col("hs6") == hs6) & (pl.col("value_per_kg") > 0))
    axes = _axes(f"Value per kilogram of {hs6}", "value per kg", "items")
    logs = chosen["value_per_kg"].log(10)
    axes.hist(logs.to_numpy(), bins=40)
    ticks = axes.get_xticks()
    axes.set_xticks(ticks, [f"{10**tick:,.3g}" for tick in ticks])
    return axes  # type: ignore[no-any-return]


def importance(model: RiskModel, most: int = 15) -> Axes:
    """What the model learnt most from: share of all gain by reason, %."""
    ranked = list(model.importance().items())[:most][::-1]
    axes = _axes("What the model looks at", "share of gain, %", "")
    axes.barh([reason for reason, _ in ranked], [share * 100 for _, share in ranked])
    return axes  # type: ignore[no-any-return]
