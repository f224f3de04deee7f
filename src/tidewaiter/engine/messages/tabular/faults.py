"""Findings about the records of a piece: which stay out, why, and which go in with a gap."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.tabular.tables import LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidewaiter.engine.messages.tabular.checks import Checked, Trouble
    from tidewaiter.engine.messages.tabular.fields import Reader
    from tidewaiter.engine.messages.tabular.tables import Misfit

NAMED_ONE_BY_ONE = 100  # findings of one kind in a piece; the rest are counted in one more
LONGEST_RECORD = 2000


class Faults:
    """Collects the findings of one piece. `place` has `{}` for the line."""

    def __init__(self, reader: Reader, header: Sequence[str], place: str) -> None:
        self._reader, self._header, self._place = reader, header, place
        self.findings: list[Finding] = []

    def misfits(self, misfits: Sequence[Misfit]) -> set[str]:
        """Note lines that are no records; the declarations they would have belonged to."""
        for code, group in groupby(sorted(misfits, key=lambda m: m.code), key=lambda m: m.code):
            alike = list(group)
            for misfit in alike[:NAMED_ONE_BY_ONE]:
                parameters = {"cells": len(misfit.cells), "expected": len(self._header)}
                self._add(misfit.line, code, parameters, misfit.text)
            self._more(code, "", alike[NAMED_ONE_BY_ONE:])
        return set(self._ids_of(misfits))

    def totals(self, rows: pl.DataFrame) -> None:
        for row in rows.head(NAMED_ONE_BY_ONE).iter_rows(named=True):
            self._add(row[LINE], "totals_row", {}, record(row), severity="warning", rows=0)

    def judge(self, frame: pl.DataFrame, checked: Checked, lost: set[str]) -> pl.Series:
        """Note errors and warnings; a mask of the records that are let in.

        lost: declarations of which a line is known to be unreadable.
        """
        bad = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
        for trouble in checked.errors:
            self._errors(frame, trouble, bad)
            bad |= trouble.rows
        for trouble in checked.warnings:
            self._warning(trouble, frame)
        return ~(bad | self._siblings(frame, checked.values["declaration_id"], bad, lost))

    def _errors(self, frame: pl.DataFrame, trouble: Trouble, bad: pl.Series) -> None:
        """One finding a record; `rows` is 0 where another finding keeps the record out already."""
        text = pl.lit(None, dtype=pl.String) if trouble.text is None else trouble.text
        marked = frame.with_columns((~bad).alias("\x1fnew"), text.alias("\x1ftext")).filter(
            trouble.rows
        )
        for row in marked.head(NAMED_ONE_BY_ONE).iter_rows(named=True):
            new, text = row.pop("\x1fnew"), row.pop("\x1ftext")
            parameters = self._parameters(trouble) | {"value": text}
            self._add(row[LINE], trouble.code, parameters, record(row), rows=int(new))
        rest = marked.slice(NAMED_ONE_BY_ONE)
        if rest.height:
            parameters = self._parameters(trouble) | {"of": trouble.code, "count": rest.height}
            rows = int(rest["\x1fnew"].sum())
            self._add(rest[LINE][0], "more_like_this", parameters, rows=rows)

    def _warning(self, trouble: Trouble, frame: pl.DataFrame) -> None:
        """One finding for all records: it says how many, where the first is, and some values."""
        lines = frame[LINE].filter(trouble.rows)
        parameters = self._parameters(trouble) | {"count": len(lines)}
        if trouble.text is not None:
            values = trouble.text.filter(trouble.rows).unique(maintain_order=True).head(5)
            parameters["value"] = ", ".join(values)
        self._add(lines[0], trouble.code, parameters, severity="warning", rows=0)

    def _siblings(
        self, frame: pl.DataFrame, ids: pl.Series, bad: pl.Series, lost: set[str]
    ) -> pl.Series:
        """A declaration is read whole or not at all: the other items of one with a bad item."""
        broken = set(ids.filter(bad).drop_nulls()) | lost
        mask = ids.is_in(list(broken)).fill_null(value=False) & ~bad
        if not broken or not mask.any():
            return mask
        table = pl.DataFrame({"id": ids, "line": frame[LINE]}).filter(mask)
        groups = table.group_by("id", maintain_order=True).agg(pl.col("line").first(), n=pl.len())
        for name, line, rows in groups.head(NAMED_ONE_BY_ONE).iter_rows():
            parameters = {"declaration": name, "count": rows}
            self._add(line, "sibling_unreadable", parameters, rows=rows)
        rest = groups.slice(NAMED_ONE_BY_ONE)
        if rest.height:
            parameters = {"of": "sibling_unreadable", "count": rest.height, "column": ""}
            self._add(rest["line"][0], "more_like_this", parameters, rows=int(rest["n"].sum()))
        return mask

    def _parameters(self, trouble: Trouble) -> dict[str, Any]:
        names = self._reader.header_names(trouble.target)
        return {"column": ", ".join(names) or trouble.target, "field": trouble.target}

    def _ids_of(self, misfits: Sequence[Misfit]) -> Iterator[str]:
        names = self._reader.header_names("declaration_id")
        if len(names) != 1 or names[0] not in self._header:
            return
        at = self._header.index(names[0])
        for misfit in misfits:
            if at < len(misfit.cells) and (text := misfit.cells[at].strip()):
                yield text

    def _more(self, code: str, column: str, rest: Sequence[Misfit]) -> None:
        if rest:
            parameters = {"of": code, "count": len(rest), "column": column}
            self._add(rest[0].line, "more_like_this", parameters, rows=len(rest))

    def _add(
        self, line: int, code: str, parameters: dict[str, Any], text: str = "", **how: Any
    ) -> None:
        place = self._place.format(line)
        self.findings.append(Finding(place, code, parameters, text[:LONGEST_RECORD], **how))


def record(row: dict[str, Any]) -> str:
    """A record as its sender would recognise it: the filled cells, named."""
    cells = (f"{name}={value}" for name, value in row.items() if value is not None and name != LINE)
    return "; ".join(cells)
