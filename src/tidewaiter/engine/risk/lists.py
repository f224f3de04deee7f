"""Named lists: sets of values that profiles refer to by name, versioned by content."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tidewaiter.engine.toml import read_toml

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_VALUE, LONGEST_NOTE = 200, 500  # characters
# What a spreadsheet takes for the start of a formula, behind the apostrophes that say it is none.
FORMULA = re.compile(r"^'*[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A value with the days on which it is in the list (both included) and why."""

    value: str
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""

    def on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class NamedLists(Mapping[str, frozenset[str]]):
    """Lists by name. The version is the SHA-256 of names and members, whatever their order."""

    def __init__(self, lists: Mapping[str, Iterable[str]] | None = None) -> None:
        self._lists = {name: frozenset(values) for name, values in (lists or {}).items()}

    @classmethod
    def on(cls, lists: Mapping[str, Iterable[ListEntry]], day: date) -> NamedLists:
        """The members of each list on a day."""
        return cls(
            {name: [e.value for e in entries if e.on(day)] for name, entries in lists.items()}
        )

    @classmethod
    def from_json(cls, text: str) -> NamedLists:
        return cls(json.loads(text))

    def to_json(self) -> str:
        """Canonical: sorted names and members."""
        plain = {name: sorted(values) for name, values in self._lists.items()}
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def version(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def __getitem__(self, name: str) -> frozenset[str]:
        return self._lists[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)


class ListFileError(ValueError):
    """A list file that cannot be used; the message says file, line and remedy."""


def read_list(path: Path) -> list[ListEntry]:
    """Entries of a CSV (`value,valid_from,valid_to,note`) or TOML (`[[entry]]`) file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListFileError(f"{path.name}: save the file as UTF-8 (byte {error.start})") from error
    if path.suffix.lower() == ".toml":
        return _from_toml(path.name, text)
    return list(parse_csv(path.name, text))


def parse_csv(name: str, text: str) -> Iterator[ListEntry]:
    """Entries of CSV text; the column `value` is required, the others may be absent."""
    if "\0" in text:
        raise ListFileError(f"{name}: the file holds NUL bytes; save it as plain CSV")
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    if "value" not in (reader.fieldnames or ()):
        raise ListFileError(f"{name}: the first line must name the columns, one of them “value”")
    for row in reader:
        if (row["value"] or "").strip():
            told = {key: _bare(text) for key, text in row.items() if isinstance(text, str)}
            yield _entry(f"{name}, line {reader.line_num}", told)


def write_csv(entries: Iterable[ListEntry]) -> str:
    """Entries as CSV text that reads back the same, and of which a spreadsheet takes no text for a
    formula: those that begin like one have an apostrophe before them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("value", "valid_from", "valid_to", "note"))
    for entry in entries:
        value, note = FORMULA.sub(r"'\g<0>", entry.value), FORMULA.sub(r"'\g<0>", entry.note)
        writer.writerow((value, entry.valid_from or "", entry.valid_to or "", note))
    return out.getvalue()


def _bare(text: str) -> str:
    """A cell without the apostrophe of `write_csv`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _from_toml(name: str, text: str) -> list[ListEntry]:
    try:
        rows = read_toml(text).get("entry", [])
    except tomllib.TOMLDecodeError as error:
        raise ListFileError(f"{name}: {error}") from error
    return [_entry(f"{name}, entry {place}", row) for place, row in enumerate(rows, start=1)]


def _entry(place: str, row: Mapping[str, object]) -> ListEntry:
    value = str(row.get("value") or "").strip()
    if not value:
        raise ListFileError(f"{place}: “value” is empty")
    note = str(row.get("note") or "").strip()
    if len(value) > LONGEST_VALUE or len(note) > LONGEST_NOTE:
        raise ListFileError(
            f"{place}: at most {LONGEST_VALUE} characters for a value, {LONGEST_NOTE} for a note"
        )
    start, end = (_day(place, row.get(name)) for name in ("valid_from", "valid_to"))
    if start and end and end < start:
        raise ListFileError(f"{place}: valid_to {end} is before valid_from {start}")
    return ListEntry(value, start, end, note)


def _day(place: str, given: object) -> date | None:
    if given is None or isinstance(given, date):
        return given
    written = str(given).strip()
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise ListFileError(f"{place}: “{written}” is not a date like 2026-01-31") from error
