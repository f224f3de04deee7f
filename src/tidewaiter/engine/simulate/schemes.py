"""Who cheats when and how: rings that share a trade, each with a plan that shifts by the month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.simulate.countries import ORIGINS, PREFERENTIAL

if TYPE_CHECKING:
    from numpy.random import Generator

    from tidewaiter.engine.simulate.goods import Floats, Ints
    from tidewaiter.engine.simulate.world import World

TYPOLOGIES = (
    "none",
    "undervaluation",
    "misclassification",
    "false_origin",
    "quantity",
    "smuggling",
    "vanishing_company",
    "splitting",
)
(
    HONEST,
    UNDERVALUATION,
    MISCLASSIFICATION,
    FALSE_ORIGIN,
    QUANTITY,
    SMUGGLING,
    VANISHING,
    SPLITTING,
) = range(len(TYPOLOGIES))
PLANNED = np.array(
    [UNDERVALUATION, MISCLASSIFICATION, FALSE_ORIGIN, QUANTITY, SMUGGLING, SPLITTING]
)
PLANNED_WEIGHTS = np.array([0.26, 0.18, 0.26, 0.15, 0.10, 0.05])
OPPORTUNE = np.array([UNDERVALUATION, MISCLASSIFICATION, QUANTITY, SMUGGLING])
OPPORTUNE_WEIGHTS = np.array([0.5, 0.2, 0.2, 0.1])
# what hides behind a cover load, and the risk area it belongs to
HIDDEN = {"drugs": "drugs", "tobacco": "revenue", "weapons": "security", "cites": "environment"}
PREFERRED = np.array([code in PREFERENTIAL for code in ORIGINS])
SHELL_RATE = 0.6  # share of a vanishing company's items on which nothing will ever be paid
HIGHEST = 0.75


@dataclass(frozen=True, slots=True)
class Schemes:
    """`ring` of each line (-1: none); per ring and month the chance that an item is illicit and the
    typology; per ring what it smuggles; the chance of an opportune offence by month."""

    ring: Ints
    intensity: Floats
    typology: Ints
    area: Ints
    opportune: Floats


def schemes(place: World) -> Schemes:
    """Plans such that the expected share of illicit items is the setting's in every month."""
    rng = np.random.default_rng([place.setting.seed, 1])
    months = place.setting.months
    count = int(np.clip(len(place.importers.share) // 12, 14, 500))
    ring = _members(rng, place, count)
    start = rng.integers(-4, months, count)
    start[: max(count // 4, len(PLANNED))] = 0
    length = rng.integers(3, 8, count)
    month = np.arange(months)
    active = (month >= start[:, None]) & (month < (start + length)[:, None])
    turn = start + rng.integers(1, 5, count)
    plans = rng.choice(PLANNED, (count, 2), p=PLANNED_WEIGHTS)
    plans[: len(PLANNED), 0] = PLANNED  # every typology occurs in the smallest world
    second = month >= turn[:, None]
    wish = active * rng.uniform(0.2, 0.7, count)[:, None]
    intensity, opportune = _calibrated(place, ring, wish)
    return Schemes(
        ring=ring,
        intensity=intensity,
        typology=np.where(second, plans[:, 1:], plans[:, :1]),
        area=rng.integers(0, len(HIDDEN), count),
        opportune=opportune,
    )


def _members(rng: Generator, place: World, count: int) -> Ints:
    """Each ring grows from one line to others of the same chapter and origin."""
    lines, chapter = place.lines, place.goods.chapter[place.lines.commodity]
    trade = chapter * 1000 + lines.origin
    ring = np.full(len(trade), -1, dtype=np.int64)
    taxed = (place.goods.duty[lines.commodity] >= 6.5) & ~PREFERRED[lines.origin]
    lure = np.where(taxed, 5.0, 1.0)
    seeds = rng.choice(len(trade), min(count, len(trade)), replace=False, p=lure / lure.sum())
    for index, seed in enumerate(seeds):
        same = (trade == trade[seed]) & (ring < 0) & (rng.random(len(trade)) < 0.5)
        same[seed] = ring[seed] < 0
        ring[same] = index
    return ring


def _calibrated(place: World, ring: Ints, wish: Floats) -> tuple[Floats, Floats]:
    """Scale the rings month by month to the wanted rate; what they cannot reach is opportune."""
    share = place.lines.share
    shell = place.importers.shell[place.lines.importer]
    by_ring = np.bincount(ring[~shell & (ring >= 0)], share[~shell & (ring >= 0)], wish.shape[0])
    target = place.setting.illicit_rate
    shells = SHELL_RATE * _shell_share(place)
    wanted = np.maximum(target * 0.9 - shells, 0.0)
    have = by_ring @ wish
    scale = np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)
    intensity = np.minimum(wish * scale, HIGHEST)
    opportune = np.maximum(target - shells - by_ring @ intensity, 0.0)
    return intensity, opportune


def _shell_share(place: World) -> Floats:
    """Expected share of vanishing companies in the traffic of each month."""
    people, setting = place.importers, place.setting
    middle = (np.arange(setting.months) + 0.5) * setting.days / setting.months
    alive = (people.born <= middle[:, None]) & (middle[:, None] < people.gone)
    weight = alive * people.share
    total = weight.sum(axis=1)
    part: Floats = (weight * people.shell).sum(axis=1) / np.where(total > 0, total, 1.0)
    return part
