"""Cells as text to values: numbers, dates and flags, a whole column at a time.

Each reader returns the values, missing where there is none or where the text is no such value;
the caller compares with the text to tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

Decimal = Literal[".", ","]

FLAGS = {
    "1": True, "true": True, "t": True, "yes": True, "y": True, "ja": True, "j": True, "oui": True,
    "si": True, "sí": True, "sim": True, "x": True, "да": True,
    "0": False, "false": False, "f": False, "no": False, "n": False, "nein": False, "non": False,
    "não": False, "nao": False, "нет": False,
}  # fmt: skip
SURE_DATES = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%d.%m.%y",
    "%Y年%m月%d日",
)
DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y")
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y")
_BLANKS = "[\\s\u00a0\u202f'’]"
_GROUPED = {
    ".": r"^[+-]?\d{1,3}(,\d{2,3})*(,\d{3})(\.\d*)?$",
    ",": r"^[+-]?\d{1,3}(\.\d{2,3})*(\.\d{3})(,\d*)?$",
}


def numbers(text: pl.Series, decimal: Decimal) -> pl.Series:
    """Finite numbers; grouped thousands, trailing minus, brackets, `%` and currency marks allowed."""
    if decimal == ".":
        fast = text.cast(pl.Float64, strict=False)
    else:
        points = text.str.contains(".", literal=True)
        fast = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        fast = fast.set(points.fill_null(value=False), None)
    fast = fast.set((fast.is_nan() | fast.is_infinite()).fill_null(value=False), None)
    failed = (fast.is_null() & text.is_not_null()).arg_true()
    if not len(failed):
        return fast
    return fast.scatter(failed, _careful(text.gather(failed), decimal))


def _careful(text: pl.Series, decimal: Decimal) -> pl.Series:
    """The numbers among cells that are not plainly written."""
    grouping = "," if decimal == "." else "."
    value = pl.col("v")
    plain = (
        value.str.replace_all(_BLANKS, "")
        .str.replace(r"^([A-Za-z]{3}|[€$£¥₩])", "")
        .str.replace(r"([A-Za-z]{3}|[€$£¥₩%]|kg|KG)$", "")
        .str.replace(r"^\((.+)\)$", "-$1")
        .str.replace(r"^(.+)-$", "-$1")
    )
    ungrouped = (
        pl.when(value.str.contains(_GROUPED[decimal]))
        .then(value.str.replace_all(grouping, "", literal=True))
        .when(~value.str.contains(grouping, literal=True))
        .then(value)
    )
    read = ungrouped.str.replace(",", ".", literal=True)
    plain_number = pl.when(read.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")).then(read)
    frame = (
        pl.DataFrame({"v": text}).select(plain).select(plain_number.cast(pl.Float64, strict=False))
    )
    return frame.to_series()


@dataclass(frozen=True, slots=True)
class DecimalEvidence:
    """How often cells prove a decimal point, a decimal comma, and how often they leave it open."""

    point: int
    comma: int
    open: int


def decimal_evidence(text: pl.Series) -> DecimalEvidence:
    """What a column of numbers says about its decimal mark."""
    cells = text.drop_nulls()

    def count(pattern: str) -> int:
        return int(cells.str.contains(pattern).sum() or 0)

    either = count(r"^\D{0,4}\d{1,3}[.,]\d{3}\D{0,4}$")
    point = count(
        r",\d{3}\.\d|\.\d{1,2}\D{0,4}$|\.\d{4,}\D{0,4}$|^[+-]?0?\.\d|^\D{0,4}\d{4,}\.\d|,\d{3},"
    )
    comma = count(
        r"\.\d{3},\d|,\d{1,2}\D{0,4}$|,\d{4,}\D{0,4}$|^[+-]?0?,\d|^\D{0,4}\d{4,},\d|\.\d{3}\."
    )
    return DecimalEvidence(point, comma, either)


def flags(text: pl.Series) -> pl.Series:
    """True and false as people write them."""
    return text.str.to_lowercase().replace_strict(FLAGS, default=None, return_dtype=pl.Boolean)


def day_order(text: Iterable[str]) -> Literal["day", "month", "open", "mixed", "none"]:
    """Whether dates with slashes or dashes put the day first."""
    parts = pl.Series(list(text), dtype=pl.String).str.extract_groups(
        r"^(?<a>\d{1,2})[/-](?<b>\d{1,2})[/-]\d{2,4}"
    )
    frame = parts.struct.unnest().cast(pl.Int64).drop_nulls()
    if frame.is_empty():
        return "none"
    day, month = bool((frame["a"] > 12).any()), bool((frame["b"] > 12).any())
    if day and month:
        return "mixed"
    return "day" if day else "month" if month else "open"


def dates(text: pl.Series, formats: tuple[str, ...]) -> pl.Series:
    """Days; a time behind the day is dropped. Each distinct text is read once."""
    distinct = text.drop_nulls().unique()
    known = pl.DataFrame({"text": distinct, "day": _days(distinct, formats)})
    return pl.DataFrame({"text": text}).join(known, on="text", how="left", maintain_order="left")[
        "day"
    ]


def _days(text: pl.Series, formats: tuple[str, ...]) -> pl.Series:
    bare = text.str.replace(r"^(\d{4}-\d{2}-\d{2})[T ].*$", "$1").str.replace(
        r"^(.{6,}?)[T ]\d{1,2}:\d{2}.*$", "$1"
    )
    frame = pl.DataFrame({"raw": text, "bare": bare})
    tries = [
        _sensible(pl.col(name).str.strptime(pl.Date, pattern, strict=False))
        for pattern in formats
        for name in ("raw", "bare")
    ]
    counted = pl.col("bare").str.extract(r"^(\d{5})(?:\.\d+)?$").cast(pl.Int32)
    return frame.select(day=pl.coalesce([*tries, counted_day(counted)])).to_series()


def _sensible(day: pl.Expr) -> pl.Expr:
    """A year of two digits read as the year 24 is a wrong reading, not a date."""
    return pl.when(day.dt.year().is_between(1900, 2200)).then(day)


def counted_day(count: pl.Expr) -> pl.Expr:
    """A spreadsheet's day number as a date."""
    return pl.lit("1899-12-30").str.to_date() + pl.duration(days=count)
