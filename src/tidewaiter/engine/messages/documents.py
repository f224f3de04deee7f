"""Declarations that come one by one (XML, JSON) to a chunk: values read, rules checked, rows built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from tidewaiter.engine.messages import rules
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.results import PLACED, Chunk
from tidewaiter.engine.messages.scalars import Wrong, is_soft, value
from tidewaiter.engine.standards import hs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


@dataclass(slots=True)
class Item:
    """One goods item as stated, its header's fields included.

    raw: field -> what was written. places: field -> where; `place` stands in for the others.
    trouble: code of what keeps it from being an item at all.
    """

    place: str
    raw: dict[str, object]
    places: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""


@dataclass(slots=True)
class Document:
    """One declaration: its items, or a single item 0 when it states none.

    required: fields without which an item is kept out. partial: a missing field means "as before".
    notes: findings made before; an error among them keeps the declaration out.
    """

    place: str
    items: list[Item]
    required: tuple[str, ...] = ("declaration_id",)
    partial: bool = False
    notes: list[Finding] = field(default_factory=list)


class Builder:
    """Collects documents until a chunk is full."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._clear()

    def _clear(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._findings: list[Finding] = []
        self._partial: set[str] = set()
        self.rows = 0

    def add(self, document: Document) -> None:
        """A declaration is read whole or not at all."""
        self.rows += max(len(document.items), 1)
        rows: list[dict[str, Any]] = []
        errors = [note for note in document.notes if note.severity == "error"]
        notes = [note for note in document.notes if note.severity == "warning"]
        for item in document.items:
            row, wrong = self._item(item, document)
            rows.append(row)
            errors += [found for found in wrong if found.severity == "error"]
            notes += [found for found in wrong if found.severity == "warning"]
        if errors:
            self._findings += [*notes, *errors]
            self._siblings(document, rows, errors)
            return
        self._findings += notes
        self._rows += rows
        if document.partial and rows:
            self._partial.add(rows[0]["declaration_id"])

    def _siblings(
        self, document: Document, rows: list[dict[str, Any]], errors: list[Finding]
    ) -> None:
        others = len(rows) - sum(found.rows for found in errors)
        if others > 0:
            parameters = {"declaration": rows[0].get("declaration_id") or "", "count": others}
            self._findings.append(
                Finding(document.place, "sibling_unreadable", parameters, rows=others)
            )

    def _item(self, item: Item, document: Document) -> tuple[dict[str, Any], list[Finding]]:
        """The row of an item and its findings; only its first error counts a row."""
        row: dict[str, Any] = {"place": item.place}
        found: list[Finding] = []
        if item.trouble:
            return row, [Finding(item.place, item.trouble)]
        for target, raw in item.raw.items():
            try:
                row[target] = value(target, raw, self._today)
            except Wrong as wrong:
                place = item.places.get(target, item.place)
                soft = is_soft(target, wrong.code)
                parameters = {
                    "field": target,
                    "column": target,
                    "value": str(raw)[:200],
                    "count": 1,
                }
                found.append(_finding(place, wrong.code, parameters, soft=soft))
                if soft:
                    item.extra.setdefault("unread", {})[place] = raw
        said = {finding.parameters["field"] for finding in found}
        for target in document.required:
            if row.get(target) is None and target not in said:
                parameters = {"field": target, "column": target, "value": None}
                found.append(_finding(item.place, "required_missing", parameters, soft=False))
        _complete(row, item)
        return row, _counted(found)

    def take(self, position: int) -> Chunk:
        """The chunk of what was added since the last."""
        columns = {name: [row.get(name) for row in self._rows] for name in PLACED}
        chunk = Chunk(
            declarations=pl.DataFrame(columns, schema=PLACED),
            findings=self._findings,
            rows=self.rows,
            position=position,
            partial=frozenset(self._partial),
        )
        self._clear()
        return chunk


def chunk_of(documents: Iterable[Document], today: date, position: int = 0) -> Chunk:
    """All documents as one chunk."""
    builder = Builder(today)
    for document in documents:
        builder.add(document)
    return builder.take(position)


def _complete(row: dict[str, Any], item: Item) -> None:
    """Fields that follow from others."""
    if row.get("item_no") is None:
        row["item_no"] = 1
    if row.get("function") not in rules.CHANGES:  # a change says only what changes
        row["direction"] = row.get("direction") or "import"
    code = row.get("hs")
    if code:
        row["hs6"] = row.get("hs6") or (code[:6] if len(code) >= 6 else None)
        row["hs_version"] = row.get("hs_version") or hs.EDITION
    if item.extra:
        row["extra"] = orjson.dumps(item.extra, option=orjson.OPT_NON_STR_KEYS).decode()


def _finding(place: str, code: str, parameters: dict[str, Any], *, soft: bool) -> Finding:
    if soft:
        return Finding(place, code, parameters, severity="warning", rows=0)
    return Finding(place, code, parameters)


def _counted(found: list[Finding]) -> list[Finding]:
    counted = False
    result = []
    for finding in found:
        if finding.severity == "error" and counted:
            finding = Finding(finding.place, finding.code, finding.parameters, rows=0)  # noqa: PLW2901  the same finding, counted
        counted = counted or finding.severity == "error"
        result.append(finding)
    return result
