"""Tables of any kind to chunks of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.engine.messages.carriers import container
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.results import NO_RECORDS, Chunk, MappingNeeded
from tidewaiter.engine.messages.tabular.convert import Converter
from tidewaiter.engine.messages.tabular.csv_table import CsvTable
from tidewaiter.engine.messages.tabular.fields import settle
from tidewaiter.engine.messages.tabular.mapping import Mapping, MappingError, identity
from tidewaiter.engine.messages.tabular.parquet import ParquetTable
from tidewaiter.engine.messages.tabular.pieces import pieces
from tidewaiter.engine.messages.tabular.propose import known_names, propose
from tidewaiter.engine.messages.tabular.workbook import sheets
from tidewaiter.engine.records.streams import DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tidewaiter.engine.messages.carriers import Part
    from tidewaiter.engine.messages.tabular.tables import Table


def read_tables(
    part: Part, mapping: Mapping | None, today: date, chunk_rows: int, stream: str
) -> Iterator[Chunk]:
    """The chunks of every table in a part."""
    for table in open_tables(part, mapping):
        if isinstance(table, Finding):
            yield Chunk(NO_RECORDS, findings=[table], position=part.position())
        else:
            yield from _chunks(
                table, fitting(table, mapping, stream), part.label, today, chunk_rows
            )


def open_tables(part: Part, mapping: Mapping | None) -> Iterator[Table | Finding]:
    """The tables in a part: one, or a workbook's sheets; a Finding for a sheet left out."""
    wanted = known_names() | (mapping.columns if mapping else frozenset())
    match container(part.head):
        case "parquet":
            with part.file(part.limits.expanded) as file:
                yield ParquetTable(part, file)
        case "zip" | "workbook":
            yield from sheets(part, mapping, wanted)
        case _:
            yield CsvTable(part, part.head, mapping=mapping, wanted=wanted)


def fitting(table: Table, mapping: Mapping | None, stream: str = DECLARATIONS.name) -> Mapping:
    """The mapping to read a table by. Raises MappingNeeded when there is none."""
    if mapping is None:
        try:
            return identity(table.header, stream)
        except MappingError:
            pass
    elif mapping.fits(table.header):
        return mapping
    raise MappingNeeded(table.header, table.sample, propose(table.header, table.sample))


def _chunks(
    table: Table, mapping: Mapping, label: str, today: date, chunk_rows: int
) -> Iterator[Chunk]:
    converter: Converter | None = None
    place = f"{label}, {table.place}" if label else table.place
    ids = mapping.fields["declaration_id"]
    id_column = next((n for n in table.header if n in ids.columns), None)
    for piece in pieces(table.slabs(sorted(mapping.ignored)), id_column, chunk_rows):
        if converter is None:
            reader = settle(mapping, table.header, piece.frame, table.delimiter)
            piece.notes[:0] = reader.notes
            converter = Converter(reader, table.header, place, today)
        yield converter(piece)
