"""A piece of a table to a chunk of records: fields read, rules checked, the bad set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.messages.results import NO_OUTCOMES, NO_RECORDS, PLACED, Chunk
from tidewaiter.engine.messages.tabular.checks import Checked, check
from tidewaiter.engine.messages.tabular.extra import extra_column
from tidewaiter.engine.messages.tabular.faults import Faults
from tidewaiter.engine.messages.tabular.tables import LINE
from tidewaiter.engine.messages.tabular.totals import totals_rows
from tidewaiter.engine.records.streams import DECLARATIONS, OUTCOMES

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.messages.tabular.fields import Reader
    from tidewaiter.engine.messages.tabular.pieces import Piece

PREFIX = "outcome."


class Converter:
    """Turns pieces of one table into chunks.

    place: how a record's place is said, with `{}` for its line. today: the latest day that dates
    are judged by; give the day of receipt, so that a replay judges alike.
    """

    def __init__(self, reader: Reader, header: list[str], place: str, today: date) -> None:
        self._reader, self._header, self._place, self._today = reader, header, place, today
        self._unmapped = reader.unmapped(header)

    def __call__(self, piece: Piece) -> Chunk:
        faults = Faults(self._reader, self._header, self._place)
        lost = faults.misfits(piece.misfits)
        frame, totals = self._without_totals(piece.frame)
        faults.totals(totals)
        fields = self._reader.read(frame, padded=piece.padded)
        checked = check(fields, self._reader, frame.height, self._today)
        good = faults.judge(frame, checked, lost)
        values = checked.values
        table = pl.DataFrame(
            {name: value for name, value in values.items() if not name.startswith(PREFIX)}
            | {LINE: frame[LINE]},
        ).with_columns(extra_column(*self._beside(frame, checked)))
        table = self._numbered(table, frame)
        accepted = table if good.all() else table.filter(good)
        findings = [*piece.notes, *faults.findings]
        declares = self._reader.mapping.stream == DECLARATIONS.name
        return Chunk(
            declarations=self._declared(accepted) if declares else NO_RECORDS,
            outcomes=_outcomes(table, values, good),
            findings=findings,
            rows=frame.height + len(piece.misfits),
            position=piece.position,
        )

    def _beside(self, frame: pl.DataFrame, checked: Checked) -> tuple[pl.DataFrame, list[str]]:
        """What is kept beside the fields: unmapped columns, and values that were no values."""
        names = list(self._unmapped)
        for trouble in checked.warnings:
            columns = self._reader.header_names(trouble.target)
            if trouble.text is None or not columns or trouble.code == "hs_zero_restored":
                continue
            unread = trouble.text.set(~trouble.rows, None).alias(columns[0])
            frame = frame.with_columns(unread)
            names += [name for name in columns[:1] if name not in names]
        return frame, names

    def _without_totals(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        rows = totals_rows(frame, self._reader)
        if rows is None:
            return frame, frame.head(0)
        return frame.filter(~rows), frame.filter(rows)

    def _numbered(self, table: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
        """Item numbers: as declared; else counted within the declaration.

        Records of one declaration without item numbers are its items, one after the other; the
        same record written twice is one item, so that it is known as a duplicate.
        """
        if "item_no" in table.columns:
            stated = table["item_no"]
            return table.with_columns(stated.fill_null(1)) if stated.null_count() else table
        first = pl.lit(1, dtype=pl.Int64)
        ids = table["declaration_id"]
        if not ids.drop_nulls().is_duplicated().any():
            return table.with_columns(item_no=first)
        records = table.select("declaration_id").with_columns(content=frame.drop(LINE).hash_rows())
        # The order of lines is the order of items; a hash is only good to tell them apart.
        items = records.unique(maintain_order=True).with_columns(
            item_no=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("declaration_id")
        )
        numbers = records.join(
            items,
            on=["declaration_id", "content"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        return table.with_columns(numbers["item_no"])

    def _declared(self, table: pl.DataFrame) -> pl.DataFrame:
        table = table.with_columns(place=pl.format(self._place, LINE))
        return table.select(
            (pl.col(name) if name in table.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in PLACED.items()
        )


def _outcomes(table: pl.DataFrame, values: dict[str, pl.Series], good: pl.Series) -> pl.DataFrame:
    """Results that stand in the same records: one for each record that says what was found."""
    mapped = {name.removeprefix(PREFIX): v for name, v in values.items() if name.startswith(PREFIX)}
    if not {"found", "severity"} & mapped.keys():
        return NO_OUTCOMES
    shared = [n for n in ("declaration_id", "item_no", "declaration_date", "office") if n in table]
    frame = pl.DataFrame({**table.select(shared).to_dict(), **mapped})
    absent = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in OUTCOMES.incoming.items()
        if name not in frame.columns
    ]
    currency = table["currency"] if "currency" in table.columns else pl.lit(None, dtype=pl.String)
    frame = frame.with_columns(*absent).with_columns(
        found=pl.coalesce("found", pl.col("severity") > 0),
        severity=pl.coalesce("severity", pl.col("found").cast(pl.Int64)),
        known_on=pl.coalesce("known_on", "declaration_date"),
        control_ref=pl.coalesce("control_ref", pl.lit("file")),
        currency=pl.coalesce("currency", currency),
        source=pl.lit("file"),
    )
    return frame.filter(good & frame["found"].is_not_null()).select(
        pl.col(name).cast(dtype) for name, dtype in OUTCOMES.incoming.items()
    )
