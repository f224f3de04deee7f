"""Invented names: companies, places, ships. Put together from syllables; nobody is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator

HEADS = (
    "Al", "Ba", "Bel", "Bor", "Cal", "Cer", "Dal", "Dor", "El", "Fal", "Far", "Gal", "Gor", "Hal",
    "Hel", "Il", "Jor", "Kal", "Kel", "Lan", "Lor", "Mar", "Mel", "Mor", "Nal", "Nor", "Ol", "Or",
    "Pal", "Per", "Quil", "Ral", "Ros", "Sal", "Sel", "Tal", "Tor", "Ul", "Val", "Vel", "Vor",
    "Wen", "Yal", "Zan", "Zel",
)  # fmt: skip
MIDDLES = (
    "a", "e", "i", "o", "u", "an", "en", "in", "on", "ar", "er", "ir", "or", "al", "el", "il", "ol",
    "as", "es", "is", "os", "and", "end", "ind",
)  # fmt: skip
TAILS = (
    "bara", "bek", "dan", "dell", "dor", "fax", "gar", "gate", "ham", "hold", "ka", "kin", "la",
    "lan", "lor", "mar", "mere", "mond", "na", "nor", "pel", "quay", "ra", "rick", "rin", "sa",
    "shaw", "son", "ta", "tara", "ter", "thal", "tor", "va", "van", "vale", "ver", "via", "wick",
    "ya", "zan",
)  # fmt: skip
FORMS = ("Ltd", "Trading", "Imports", "& Partners", "Group", "Company", "Supply", "Brothers")
SECTIONS = (  # last HS chapter of a group, and the word such traders use
    (5, "Farms"), (14, "Produce"), (24, "Foods"), (27, "Minerals"), (38, "Chemicals"),
    (40, "Plastics"), (43, "Leather"), (49, "Paper"), (63, "Textiles"), (67, "Shoes"),
    (70, "Ceramics"), (71, "Jewels"), (83, "Metals"), (84, "Machines"), (85, "Electric"),
    (89, "Vehicles"), (92, "Optics"), (93, "Sporting"), (96, "Home"), (99, "Arts"),
)  # fmt: skip


def words(rng: Generator, count: int) -> list[str]:
    """Invented proper names."""
    picks = [rng.integers(0, len(parts), count) for parts in (HEADS, MIDDLES, TAILS)]
    return [HEADS[a] + MIDDLES[b] + TAILS[c] for a, b, c in zip(*picks, strict=True)]


def traders(rng: Generator, chapters: np.ndarray) -> list[str]:
    """Names of traders by the HS chapter they mostly deal in."""
    ends = np.array([last for last, _ in SECTIONS])
    section = np.minimum(np.searchsorted(ends, chapters), len(SECTIONS) - 1)
    forms = rng.integers(0, len(FORMS), len(chapters))
    stems = words(rng, len(chapters))
    return [
        f"{stem} {SECTIONS[s][1]} {FORMS[f]}"
        for stem, s, f in zip(stems, section, forms, strict=True)
    ]


def sellers(rng: Generator, count: int) -> list[str]:
    """Names of foreign suppliers."""
    return [f"{word} Export" for word in words(rng, count)]


def brokers(rng: Generator, count: int) -> list[str]:
    """Names of customs agents."""
    return [f"{word} Customs Agency" for word in words(rng, count)]


def places(rng: Generator, countries: list[str]) -> list[str]:
    """A place code in each country, in the form of UN/LOCODE, not taken from it."""
    letters = rng.integers(0, 26, (len(countries), 3)) + ord("A")
    return [c + "".join(map(chr, row)) for c, row in zip(countries, letters, strict=True)]
