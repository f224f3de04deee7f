"""Descriptions of goods as numbers of words and pieces of words, in any script.

Scripts that part words with spaces give each word and its four-character pieces; scripts that do
not (Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan) give single characters and pairs. Case,
width and punctuation do not matter, every digit is alike. All texts of a batch are worked on as one
array of code points, so that a text costs about a microsecond.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import polars as pl

GRAMS = 1 << 20  # numbers that words and pieces are hashed to
LONGEST = 400  # characters of a description that are read
PIECE = 4
_END = "\x1f"  # between texts
_SPACED, _UNSPACED = 1, 2  # 0: part of no word
# First and last code point of scripts whose words are not parted by spaces.
_RUNNING = (
    (0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF),
    (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
)  # fmt: skip
_BMP = 1 << 16
_BASE = 0x9E3779B97F4A7C15  # odd, so that its powers can be divided by modulo 2^64
_SALTS = {"word": 0x1B873593, "piece": 0x2545F491, "one": 0x52DCE729, "pair": 0x38495AB5}

Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Grams:
    """The distinct numbers of each text, ascending; those of text n stand from start[n] up to, not
    including, start[n + 1]."""

    numbers: Numbers
    start: Numbers


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Of each code point of the basic plane: whether it belongs to a word, and how words are parted."""
    kinds = np.zeros(_BMP, dtype=np.uint8)
    for point in range(_BMP):
        character = chr(point)
        if character.isalnum() or unicodedata.category(character)[0] == "M":
            kinds[point] = _SPACED
    for first, last in _RUNNING:
        span = kinds[first : last + 1]
        span[span > 0] = _UNSPACED
    return kinds


@cache
def _folded() -> npt.NDArray[np.uint32]:
    """Each code point of the basic plane, digits as zero."""
    points = np.arange(_BMP, dtype=np.uint32)
    digits = [point for point in range(_BMP) if chr(point).isdecimal()]
    points[digits] = ord("0")
    return points


def grams(texts: pl.Series) -> Grams:
    """A missing text counts as empty."""
    listed = (texts.fill_null("") if texts.null_count() else texts).to_list()
    whole = _END.join(listed) + _END
    if whole.count(_END) > len(listed):
        whole = _END.join([text.replace(_END, " ") for text in listed]) + _END
    plain = unicodedata.normalize("NFKC", whole).lower()
    points = np.frombuffer(plain.encode("utf-32-le"), dtype=np.uint32)
    ends = np.flatnonzero(points == ord(_END))
    length = np.diff(ends, prepend=-1)
    text = np.repeat(np.arange(len(listed)), length)  # that each point belongs to
    basic = np.minimum(points, _BMP - 1)
    kind = np.where(points < _BMP, _kinds()[basic], _UNSPACED)
    kind[np.arange(len(points)) - np.repeat(ends - length, length) > LONGEST] = 0
    points = np.where(points < _BMP, _folded()[basic], points)
    places, numbers = [], []
    for found, number in (*_words(points, kind), *_running(points, kind)):
        places.append(text[found])
        numbers.append(number)
    return _by_text(np.concatenate(places), np.concatenate(numbers), len(texts))


def _words(
    points: npt.NDArray[np.uint32], kind: npt.NDArray[np.uint8]
) -> list[tuple[Numbers, Numbers]]:
    """Words of spaced scripts, and the pieces of those long enough."""
    inside = np.r_[False, kind == _SPACED, False]
    first = np.flatnonzero(inside[1:] & ~inside[:-1])
    last = np.flatnonzero(inside[:-1] & ~inside[1:])  # one beyond
    hashes = _spans(points, first, last)
    keep = (last - first > 1) & ~_only_digits(points, first, last)
    first, last, hashes = first[keep], last[keep], hashes[keep]
    long = last - first >= PIECE
    many = np.where(long, last - first - PIECE + 1, 0)
    starts = np.repeat(first - np.cumsum(many) + many, many) + np.arange(many.sum())
    pieces = _spans(points, starts, starts + PIECE)
    return [(first, _number(hashes, "word")), (starts, _number(pieces, "piece"))]


def _only_digits(
    points: npt.NDArray[np.uint32], first: Numbers, last: Numbers
) -> npt.NDArray[np.bool_]:
    """Whether a word says nothing but a number."""
    others = np.r_[0, np.cumsum(points != ord("0"))]
    digits: npt.NDArray[np.bool_] = others[last] == others[first]
    return digits


def _running(
    points: npt.NDArray[np.uint32], kind: npt.NDArray[np.uint8]
) -> list[tuple[Numbers, Numbers]]:
    """Characters of unspaced scripts, and pairs of neighbours."""
    one = np.flatnonzero(kind == _UNSPACED)
    pair = one[:-1][np.diff(one) == 1]
    return [
        (one, _number(points[one].astype(np.uint64), "one")),
        (pair, _number(_spans(points, pair, pair + 2), "pair")),
    ]


def _spans(points: npt.NDArray[np.uint32], first: Numbers, last: Numbers) -> Words:
    """A polynomial modulo 2^64 of the points from first up to last, the same at any place."""
    powers, inverses = _powers(1 << len(points).bit_length())
    sums = np.zeros(len(points) + 1, dtype=np.uint64)
    np.cumsum(points * powers[: len(points)], out=sums[1:])
    polynomial: Words = (sums[last] - sums[first]) * inverses[first]
    return polynomial


@lru_cache(maxsize=4)
def _powers(count: int) -> tuple[Words, Words]:
    """Powers of the base, and of its inverse, modulo 2^64."""
    bases = (_BASE, pow(_BASE, -1, 1 << 64))
    up, down = (np.full(count, base, dtype=np.uint64) for base in bases)
    up[0] = down[0] = 1
    return np.cumprod(up), np.cumprod(down)


def _number(hashes: Words, salt: str) -> Numbers:
    """Mixed until each bit depends on all, then the highest ones."""
    mixed = hashes + np.uint64(_SALTS[salt])
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed >> np.uint64(44)).astype(np.int64)


def _by_text(text: Numbers, numbers: Numbers, count: int) -> Grams:
    """Distinct numbers of each text, sorted."""
    pairs = np.sort(text * GRAMS + numbers)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    start = np.searchsorted(pairs, np.arange(count + 1) * GRAMS)
    return Grams(pairs % GRAMS, start)
