"""CSV and its kin: sniffed, cut into blocks, parsed by Arrow."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from tidewaiter.engine.messages.carriers import HEAD, Part, refuse
from tidewaiter.engine.messages.encodings import Transcoder, detect, is_binary, repaired
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.tabular.blocks import BLOCK, NEWLINE, QUOTE, Block, Blocks, Regular
from tidewaiter.engine.messages.tabular.header import sniff
from tidewaiter.engine.messages.tabular.tables import LINE, MISSING, Misfit, Slab

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tidewaiter.engine.messages.tabular.isolate import Isolated
    from tidewaiter.engine.messages.tabular.mapping import Mapping

BLANK = 32


class CsvTable:
    """A text table. Raises Unreadable when it is no text or has no header."""

    def __init__(
        self,
        part: Part,
        head: bytes,
        *,
        mapping: Mapping | None,
        wanted: Collection[str],
        block: int = BLOCK,
    ) -> None:
        """`head`: the first HEAD bytes, which the part's stream will give again."""
        self._part, self._block = part, block
        encoding, self._mark = detect(head)
        if mapping and mapping.encoding and not self._mark:
            encoding = mapping.encoding
        self._encoding = encoding
        text = first_text(head, encoding, self._mark, part.label or "file")
        layout = sniff(
            text,
            wanted=wanted,
            delimiter=mapping.delimiter if mapping else "",
            header_row=mapping.header_row if mapping else 0,
        )
        if len(layout.header) > part.limits.columns:
            raise refuse("too_many_columns", "header", columns=len(layout.header))
        self.header, self.sample = layout.header, layout.sample
        self.delimiter, self._first_line = layout.delimiter, layout.first_line
        self.place = "line {}"

    def slabs(self, ignored: Sequence[str]) -> Iterator[Slab]:
        blocks = Blocks(
            self._part,
            encoding=self._encoding,
            mark=self._mark,
            delimiter=self.delimiter,
            first_line=self._first_line,
            size=self._block,
        )
        kept = [name for name in self.header if name not in ignored]
        for block in blocks:
            if isinstance(block.content, Regular):
                frame, misfits = self._parse(block.content, kept)
            else:
                frame, misfits = self._pieces(block.content, kept)
            padded = not isinstance(block.content, Regular) or self._padded(block.content.data)
            yield Slab(frame, misfits, list(_notes(block)), block.position, padded)

    def _padded(self, data: bytes) -> bool:
        """Whether a blank stands next to a separator, a quotation mark or a line end."""
        if (b"\t" in data and self.delimiter != "\t") or b"\xc2\xa0" in data:
            return True
        array = np.frombuffer(data, np.uint8)
        blank = array == BLANK
        edge = (array == ord(self.delimiter)) | (array == QUOTE) | (array == NEWLINE)
        return bool((blank[1:] & edge[:-1]).any() or (blank[:-1] & edge[1:]).any())

    def _parse(self, block: Regular, kept: list[str]) -> tuple[pl.DataFrame, list[Misfit]]:
        """Whole records, and the rows that are not as wide as the header."""
        odd: list[tuple[int, str]] = []

        def note(row: arrow_csv.InvalidRow) -> str:
            odd.append((row.number - 1, row.text))
            return "skip"

        table = arrow_csv.read_csv(
            pa.BufferReader(block.data),
            read_options=arrow_csv.ReadOptions(
                column_names=self.header, use_threads=False, block_size=len(block.data) + 1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(self.header, pa.string()),
                include_columns=kept,
                strings_can_be_null=True,
                null_values=list(MISSING),
                check_utf8=False,
            ),
        )
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  a table becomes a frame
        starts = np.delete(block.starts, [row for row, _ in odd]) if odd else block.starts
        frame = frame.with_columns(pl.Series(LINE, starts))
        rows = [(int(block.starts[row]), self._cells(text), text) for row, text in odd]
        return self._settle(frame, rows, kept)

    def _cells(self, text: str) -> list[str]:
        try:
            return next(csv.reader([text], delimiter=self.delimiter), [])
        except csv.Error:  # a cell of more than 128 KiB
            return text.split(self.delimiter)

    def _settle(
        self, frame: pl.DataFrame, odd: list[tuple[int, list[str], str]], kept: list[str]
    ) -> tuple[pl.DataFrame, list[Misfit]]:
        """Blank rows go; rows that are only longer by blank cells come back; others are misfits."""
        misfits: list[Misfit] = []
        mended: list[tuple[int, list[str]]] = []
        width = len(self.header)
        for line, cells, text in odd:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                misfits.append(Misfit(line, "ragged_line", cells, text[:2000]))
            else:
                mended.append((line, cells))
        if mended:
            frame = pl.concat([frame, self._frame(mended, kept)]).sort(LINE)
        return without_blank_rows(frame), misfits

    def _pieces(self, isolated: Isolated, kept: list[str]) -> tuple[pl.DataFrame, list[Misfit]]:
        misfits = [Misfit(line, code, [], text) for line, code, text in isolated.damaged]
        width = len(self.header)
        whole = [record for record in isolated.records if len(record[1]) == width]
        odd = [
            (line, cells, self.delimiter.join(cells))
            for line, cells in isolated.records
            if len(cells) != width
        ]
        frame, ragged = self._settle(self._frame(whole, kept), odd, kept)
        return frame, sorted([*misfits, *ragged], key=lambda misfit: misfit.line)

    def _frame(self, records: list[tuple[int, list[str]]], kept: list[str]) -> pl.DataFrame:
        width = len(self.header)
        rows = [(*cells[:width], line) for line, cells in records]
        schema = {**dict.fromkeys(self.header, pl.String()), LINE: pl.Int64()}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return missing_as_null(frame.select(*kept, LINE))


def first_text(head: bytes, encoding: str, mark: int, place: str) -> str:
    """The head of a part as text. Raises Unreadable when it is binary or blank."""
    cut = head[mark:]
    if len(head) >= HEAD and encoding == "utf-8":
        cut = cut[: cut.rfind(b"\n") + 1] or cut
    data = Transcoder(encoding)(cut)
    if is_binary(data):
        raise refuse("binary", place)
    text = repaired(data)[0].decode(errors="replace")
    if not text.strip():
        raise refuse("empty", place)
    return text


def missing_as_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells that say "nothing here" become missing."""
    text = pl.col(pl.String)
    return frame.with_columns(pl.when(~text.is_in(MISSING)).then(text))


def without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Records of which not one cell is filled are only white space in a file."""
    columns = [name for name in frame.columns if name != LINE]
    if not columns or not frame[columns[0]].null_count():
        return frame
    return frame.filter(~pl.all_horizontal(pl.col(columns).is_null()))


def _notes(block: Block) -> Iterator[Finding]:
    place = f"line {block.first_line}"
    if block.legacy_lines:
        parameters = {"lines": block.legacy_lines}
        yield Finding(place, "legacy_encoding", parameters, severity="warning", rows=0)
    if block.nuls:
        yield Finding(place, "nul_characters", {"count": block.nuls}, severity="warning", rows=0)
