"""What a stream of records is: named, typed, documented fields."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import polars as pl

Kind = Literal["text", "code", "integer", "number", "money", "flag", "date", "time", "texts"]
# What of a person a field may tell; `facts`: JSON in which fields of the other kinds are named.
Personal = Literal["", "name", "identifier", "text", "facts"]

DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "money": pl.Float64(),
    "flag": pl.Boolean(),
    "date": pl.Date(),
    "time": pl.Datetime("us", "UTC"),
    "texts": pl.List(pl.String()),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `currency` names the column that holds a money field's currency; `personal` says
    what it may tell of a person, which a retention schedule masks in time."""

    name: str
    kind: Kind
    label: str
    unit: str = ""
    currency: str = ""
    source: str = ""
    personal: Personal = ""

    @property
    def dtype(self) -> pl.DataType:
        return DTYPES[self.kind]


MASKED = (
    Field("masked", "texts", "Fields that are masked", source="names of fields"),
    Field("masked_at", "time", "Masked since"),
)


@dataclass(frozen=True)
class Stream:
    """An append-only set of facts in the lake.

    `natural_key` identifies what a fact is about; a later fact about the same thing carries a
    higher `version` and supersedes the earlier one. `keeping` fields are written by the house,
    `fields` come from outside; MASKED says what of these is masked, and since when.
    """

    name: str
    natural_key: tuple[str, ...]
    keeping: tuple[Field, ...]
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[Field, ...]:
        return self.keeping + self.fields + MASKED

    @property
    def personal(self) -> dict[str, Field]:
        """Fields that may tell of a person, by name."""
        return {field.name: field for field in self.fields if field.personal}

    @cached_property
    def schema(self) -> pl.Schema:
        return pl.Schema({field.name: field.dtype for field in self.columns})

    @cached_property
    def incoming(self) -> pl.Schema:
        """The part of the schema that a reader of messages fills."""
        return pl.Schema({field.name: field.dtype for field in self.fields})

    def field(self, name: str) -> Field:
        for field in self.columns:
            if field.name == name:
                return field
        raise KeyError(f"stream {self.name} has no field {name}")

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Same columns, same order, same types as the schema; absent columns become missing."""
        return frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in self.schema.items()
        )
