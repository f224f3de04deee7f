"""The one door for messages: a file in, chunks of records out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tidewaiter.engine.messages.carriers import Part, check_foreign, container, parts, refuse
from tidewaiter.engine.messages.documents import Builder
from tidewaiter.engine.messages.encodings import Transcoder, detect, repaired
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.json_declarations import read_json_part
from tidewaiter.engine.messages.results import (
    LIMITS,
    NO_RECORDS,
    Chunk,
    Limits,
    MappingNeeded,
    Unreadable,
)
from tidewaiter.engine.messages.tabular.propose import propose
from tidewaiter.engine.messages.tabular.reading import open_tables, read_tables
from tidewaiter.engine.messages.xml.wco import documents
from tidewaiter.engine.records.streams import DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidewaiter.engine.messages.tabular.mapping import Mapping
    from tidewaiter.engine.messages.tabular.propose import Proposal

__all__ = ["Chunk", "Limits", "Look", "MappingNeeded", "Unreadable", "look", "read"]

CHUNK_ROWS = 125_000
FOREIGN_TEXTS = (("UNA", "EDIFACT"), ("UNB+", "EDIFACT"), ("ISA*", "X12"), ("{\\rtf", "RTF"))


def read(
    path: Path,
    *,
    mapping: Mapping | None = None,
    stream: str = DECLARATIONS.name,
    received_on: date | None = None,
    chunk_rows: int = CHUNK_ROWS,
    limits: Limits = LIMITS,
) -> Iterator[Chunk]:
    """Read a message of any format, told by its content.

    stream: what a table without a mapping holds, declarations or only results of controls
    (outcomes). received_on: the day it came (UTC, today when not given): dates are judged by it, and a
    declaration that bears none takes it. Same bytes, mapping and day, same chunks.

    Raises Unreadable when nothing of the message may be accepted, perhaps after some chunks; and
    MappingNeeded when it is a table that `mapping` does not fit. A zip's members stand for
    themselves: one that is no declarations is a finding and does not stop the others.
    """
    today = received_on or datetime.now(UTC).date()
    for part in parts(path, limits):
        if isinstance(part, Finding):
            yield Chunk(NO_RECORDS, findings=[part], rows=part.rows)
        elif part.label:
            yield from _member(part, mapping, today, chunk_rows, stream)
        else:
            yield from _part(part, mapping, today, chunk_rows, stream)


@dataclass(frozen=True, slots=True)
class Look:
    """What a table shows before anybody has said how to read it: names, some records, a proposal."""

    header: list[str]
    sample: list[list[str]]
    proposal: Proposal


def look(path: Path, *, limits: Limits = LIMITS) -> Look | None:
    """The first table of a message; None when it holds none (XML, JSON). Raises Unreadable."""
    for part in parts(path, limits):
        if isinstance(part, Finding) or not part.head:
            continue
        if container(part.head) == "other" and opening(part.head)[:1] in {"<", "{", "["}:
            continue
        for table in open_tables(part, None):
            if not isinstance(table, Finding):
                proposal = propose(table.header, table.sample)
                return Look(table.header, table.sample, proposal)
    return None


def _member(
    part: Part, mapping: Mapping | None, today: date, chunk_rows: int, stream: str
) -> Iterator[Chunk]:
    """A zip's member. Once it has given records, its failure is the failure of the whole."""
    given = False
    try:
        for chunk in _part(part, mapping, today, chunk_rows, stream):
            given = True
            yield chunk
    except MappingNeeded:
        raise
    except Unreadable as error:
        if given:
            raise
        yield Chunk(NO_RECORDS, findings=[error.finding], rows=1, position=part.position())


def _part(
    part: Part, mapping: Mapping | None, today: date, chunk_rows: int, stream: str
) -> Iterator[Chunk]:
    place = part.label or "file"
    if not part.head:
        raise refuse("empty", place)
    check_foreign(part.head, place)
    if container(part.head) != "other":
        return read_tables(part, mapping, today, chunk_rows, stream)
    start = opening(part.head)
    if not start.strip("\0"):
        raise refuse("binary" if start else "empty", place)
    if start.startswith("<"):
        return _xml(part, start, today, chunk_rows)
    if start.startswith(("{", "[")):
        return read_json_part(part, today, chunk_rows)
    for beginning, name in FOREIGN_TEXTS:
        if start.startswith(beginning):
            raise refuse("foreign_format", place, format=name)
    return read_tables(part, mapping, today, chunk_rows, stream)


def _xml(part: Part, start: str, today: date, chunk_rows: int) -> Iterator[Chunk]:
    if start[:200].lower().startswith(("<!doctype html", "<html")):
        raise refuse("foreign_format", part.label or "file", format="web page")
    builder = Builder(today)
    for document in documents(part, start, today):
        builder.add(document)
        if builder.rows >= chunk_rows:
            yield builder.take(part.position())
    yield builder.take(part.position())


def opening(head: bytes) -> str:
    """The first characters of a text, byte order mark and blanks left out."""
    encoding, mark = detect(head)
    return repaired(Transcoder(encoding)(head[mark:]))[0].decode(errors="replace").lstrip()
