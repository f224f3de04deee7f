"""From a table's cells to the fields of the streams, as a mapping says; what cannot be read is said.

Settled once a file, on its first records: which decimal mark, which dates, how long its commodity
codes are. Later records that contradict are findings, so that no value changes its meaning mid-file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.tabular import cells
from tidewaiter.engine.messages.tabular.mapping import PLACEHOLDER, TARGETS, Mapping, Source, norm

if TYPE_CHECKING:
    from collections.abc import Mapping as Dictionary
    from collections.abc import Sequence

NUMERIC = {"number", "money", "integer"}


@dataclass(slots=True)
class Fields:
    """The fields read from a slab: typed values, and the text they came from where it is text."""

    values: dict[str, pl.Series]
    texts: dict[str, pl.Series]


@dataclass(slots=True)
class Reader:
    """A mapping settled on one table."""

    mapping: Mapping
    columns: dict[str, str]
    sources: dict[str, Source]
    decimals: dict[str, cells.Decimal] = field(default_factory=dict)
    dates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hs_length: int = 0
    notes: list[Finding] = field(default_factory=list)

    def read(self, frame: pl.DataFrame, *, padded: bool = True) -> Fields:
        """All fields of the mapping that this table has; `padded`: blanks at the edges go."""
        fields = Fields({}, {})
        for target, source in self.sources.items():
            raw = self._raw(frame, source)
            if raw.dtype == pl.String:
                raw = _meant(_stripped(raw) if padded else raw, source)
                fields.texts[target] = raw
            fields.values[target] = self._value(target, source, raw)
        return fields

    def header_names(self, target: str) -> list[str]:
        """The sender's column(s) behind a field; none for a constant or an absent column."""
        if target not in self.sources:
            return []
        return [self.columns[norm(name)] for name in self.sources[target].columns]

    def unmapped(self, header: Sequence[str]) -> list[str]:
        """Columns that no field reads and nobody said to ignore."""
        used = self.mapping.columns | {norm(name) for name in self.mapping.ignored}
        return [name for name in header if norm(name) not in used]

    def _raw(self, frame: pl.DataFrame, source: Source) -> pl.Series:
        if source.constant:
            return pl.repeat(source.constant, frame.height, dtype=pl.String, eager=True)
        if source.column:
            return frame[self.columns[norm(source.column)]]
        return frame.select(self._template(source.template)).to_series()

    def _template(self, template: str) -> pl.Expr:
        """`{Year}-{Number}`; missing when one of its columns is."""
        parts: list[pl.Expr] = []
        at = 0
        for match in PLACEHOLDER.finditer(template):
            name = self.columns[norm(match[1])]
            parts += [pl.lit(template[at : match.start()]), pl.col(name).cast(pl.String)]
            at = match.end()
        parts.append(pl.lit(template[at:]))
        return pl.concat_str(parts)

    def _value(self, target: str, source: Source, raw: pl.Series) -> pl.Series:
        kind = TARGETS[target].kind
        if kind in NUMERIC:
            number = self._number(target, raw)
            if source.factor != 1.0:
                number = number * source.factor
            return _whole(number) if kind == "integer" else number
        if kind == "date":
            return self._date(target, raw)
        if kind == "flag":
            return raw.cast(pl.Boolean) if raw.dtype == pl.Boolean else cells.flags(as_text(raw))
        if kind == "texts":
            return _texts(raw, source.separator)
        return as_text(raw)

    def _number(self, target: str, raw: pl.Series) -> pl.Series:
        if raw.dtype.is_numeric():
            return raw.cast(pl.Float64).fill_nan(None)
        return cells.numbers(as_text(raw), self.decimals.get(target, "."))

    def _date(self, target: str, raw: pl.Series) -> pl.Series:
        if raw.dtype.is_temporal():
            return raw.cast(pl.Date)
        return cells.dates(as_text(raw), self.dates[target])


def settle(mapping: Mapping, header: Sequence[str], first: pl.DataFrame, delimiter: str) -> Reader:
    """The reader of one table, decided on its first records."""
    columns: dict[str, str] = {}
    for name in header:
        columns.setdefault(norm(name), name)
    sources: dict[str, Source] = {}
    notes: list[Finding] = []
    for target, source in mapping.fields.items():
        absent = [name for name in source.columns if norm(name) not in columns]
        if not absent:
            sources[target] = source
        elif not target.startswith("outcome."):
            notes.append(_note("column_absent", column=", ".join(absent), field=target))
    reader = Reader(mapping, columns, sources, notes=notes)
    texts = {
        target: reader._raw(first, source)  # noqa: SLF001  same module
        for target, source in sources.items()
        if TARGETS[target].kind in NUMERIC | {"date"} or target == "hs"
    }
    texts = {
        target: _stripped(as_text(text))
        for target, text in texts.items()
        if text.dtype == pl.String or target == "hs"
    }
    _settle_decimals(reader, texts, delimiter)
    _settle_dates(reader, texts)
    if "hs" in texts:
        lengths = texts["hs"].str.replace_all(r"\D", "").str.len_chars().drop_nulls()
        usual: list[int] = lengths.mode().to_list()
        reader.hs_length = max(usual, default=0)
    return reader


def _settle_decimals(reader: Reader, texts: Dictionary[str, pl.Series], delimiter: str) -> None:
    """Per column by its own evidence, else the file's, else comma where cells part at semicolons."""
    evidence = {
        target: cells.decimal_evidence(text)
        for target, text in texts.items()
        if TARGETS[target].kind in NUMERIC
    }
    point = sum(found.point for found in evidence.values())
    comma = sum(found.comma for found in evidence.values())
    usual: cells.Decimal = (
        "," if comma > point or (comma == point == 0 and delimiter == ";") else "."
    )
    for target, found in evidence.items():
        stated = reader.sources[target].decimal or reader.mapping.decimal
        if stated:
            reader.decimals[target] = "," if stated == "," else "."
        elif found.point != found.comma:
            reader.decimals[target] = "," if found.comma > found.point else "."
        else:
            reader.decimals[target] = usual
            if found.open and not point + comma:
                column = ", ".join(reader.header_names(target))
                reader.notes.append(_note("decimal_mark_assumed", column=column, mark=usual))


def _settle_dates(reader: Reader, texts: Dictionary[str, pl.Series]) -> None:
    for target, source in reader.sources.items():
        if TARGETS[target].kind != "date":
            continue
        stated = source.dates or reader.mapping.dates
        order = cells.day_order(texts[target].drop_nulls().unique()) if target in texts else "none"
        if stated:
            reader.dates[target] = stated
            continue
        reader.dates[target] = cells.SURE_DATES + (
            cells.MONTH_FIRST if order == "month" else () if order == "mixed" else cells.DAY_FIRST
        )
        if order in {"open", "mixed"}:
            reader.notes.append(
                _note(f"date_order_{order}", column=", ".join(reader.header_names(target)))
            )


def _note(code: str, **parameters: Any) -> Finding:
    return Finding("header", code, parameters, severity="warning", rows=0)


def _stripped(text: pl.Series) -> pl.Series:
    """Without blanks at the edges; a blank cell is missing."""
    bare = text.str.strip_chars()
    return bare.set((bare == "").fill_null(value=False), None)


def _meant(text: pl.Series, source: Source) -> pl.Series:
    """Written values replaced by the values meant."""
    if not source.values:
        return text
    return text.replace(dict(source.values))


def as_text(raw: pl.Series) -> pl.Series:
    """Any column as text; whole numbers without the `.0` a spreadsheet or Parquet gives them."""
    if raw.dtype == pl.String:
        return raw
    if raw.dtype.is_float():
        whole = raw.is_not_null() & raw.is_finite() & (raw == raw.round())
        texts = pl.DataFrame({"v": raw, "w": whole}).select(
            pl.when("w").then(pl.col("v").cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(pl.col("v").cast(pl.String))
        )  # fmt: skip
        return texts.to_series()
    if raw.dtype.is_nested():
        return pl.Series(raw.name, [None if v is None else str(v) for v in raw], dtype=pl.String)
    return raw.cast(pl.String)


def _whole(number: pl.Series) -> pl.Series:
    """Whole numbers; a fraction is no item number."""
    return number.set((number != number.floor()).fill_null(value=False), None).cast(
        pl.Int64, strict=False
    )


def _texts(raw: pl.Series, separator: str) -> pl.Series:
    if isinstance(raw.dtype, pl.List):
        return raw.cast(pl.List(pl.String))
    parts = as_text(raw).str.split(separator)
    return parts.list.eval(pl.element().str.strip_chars()).list.eval(
        pl.element().filter(pl.element() != "")
    )
