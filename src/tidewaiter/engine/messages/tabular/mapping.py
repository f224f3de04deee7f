"""A mapping: which column of a sender's table fills which field, and how it is to be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.messages.encodings import known
from tidewaiter.engine.records.streams import DECLARATIONS, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidewaiter.engine.records.schema import Field

OUTCOME = "outcome."
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_HOUSE_FIELDS = {"source", "control_ref", "declaration_id", "item_no", "declaration_date", "office"}
TARGETS: dict[str, Field] = {f.name: f for f in DECLARATIONS.fields if f.name != "extra"} | {
    OUTCOME + f.name: f for f in OUTCOMES.fields if f.name not in _HOUSE_FIELDS
}
TARGETS[OUTCOME + "control_ref"] = OUTCOMES.field("control_ref")
REQUIRED = ("declaration_id", "declaration_date", "hs")
RESULTS_REQUIRED = ("declaration_id", OUTCOME + "found")


class MappingError(ValueError):
    """What is wrong with a mapping, one sentence a problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def norm(name: str) -> str:
    """A column's name as compared: blanks and capitals do not matter."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field comes from: a column, a constant, or a template such as `{Year}-{Number}`.

    values: written value -> value meant, tried before anything else.
    dates: strptime formats to try; empty means the mapping's, or detection.
    decimal: `.` or `,`; empty means the mapping's, or detection.
    factor: a number read is multiplied by it (1000 turns tonnes into kilograms).
    unchecked: a code of the sender's own; it is not looked up in the international list.
    """

    column: str = ""
    constant: str = ""
    template: str = ""
    values: tuple[tuple[str, str], ...] = ()
    dates: tuple[str, ...] = ()
    decimal: str = ""
    factor: float = 1.0
    separator: str = ";"
    unchecked: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        if self.template:
            return tuple(PLACEHOLDER.findall(self.template))
        return (self.column,) if self.column else ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, defaults left out."""
        plain: dict[str, Any] = {}
        for name in ("column", "constant", "template", "decimal"):
            if getattr(self, name):
                plain[name] = getattr(self, name)
        if self.values:
            plain["values"] = dict(self.values)
        if self.dates:
            plain["dates"] = list(self.dates)
        if self.factor != 1.0:
            plain["factor"] = self.factor
        if self.separator != ";":
            plain["separator"] = self.separator
        if self.unchecked:
            plain["unchecked"] = True
        return plain


@dataclass(frozen=True)
class Mapping:
    """How the tables of one sender are read. Immutable; a change is a new version."""

    name: str
    fields: dict[str, Source]
    version: int = 1
    ignored: frozenset[str] = frozenset()
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    header_row: int = 0
    decimal: str = ""
    dates: tuple[str, ...] = ()
    description: str = ""
    stream: str = DECLARATIONS.name  # or OUTCOMES.name: a table of results of controls alone

    @property
    def needs(self) -> tuple[str, ...]:
        """The targets without which no record can be kept."""
        return REQUIRED if self.stream == DECLARATIONS.name else RESULTS_REQUIRED

    def __post_init__(self) -> None:
        if problems := list(_problems(self)):
            raise MappingError(problems)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Normalised names of all columns it reads."""
        return frozenset(norm(c) for source in self.fields.values() for c in source.columns)

    @cached_property
    def required(self) -> frozenset[str]:
        """Normalised names of the columns without which no record can be read."""
        needed = (self.fields[target] for target in self.needs if target in self.fields)
        return frozenset(norm(c) for source in needed for c in source.columns)

    def fits(self, header: Iterable[str]) -> bool:
        """Whether a table with this header can be read by this mapping."""
        return self.required <= {norm(name) for name in header}

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON or TOML; `mapping_file.build` reads them back."""
        declared: dict[str, Any] = {}
        outcome: dict[str, Any] = {}
        for target, source in self.fields.items():
            plain = source.as_dict()
            value = plain["column"] if list(plain) == ["column"] else plain
            if target.startswith(OUTCOME):
                outcome[target.removeprefix(OUTCOME)] = value
            else:
                declared[target] = value
        file = {
            name: value
            for name in ("delimiter", "encoding", "sheet", "header_row", "decimal")
            if (value := getattr(self, name))
        }
        if self.dates:
            file["dates"] = list(self.dates)
        plain = {"name": self.name, "version": self.version, "description": self.description}
        if self.stream != DECLARATIONS.name:
            plain["stream"] = self.stream
        plain |= {"file": file, "fields": declared, "outcome": outcome}
        plain["ignored"] = sorted(self.ignored)
        return {name: value for name, value in plain.items() if value}


def identity(header: Iterable[str], stream: str = DECLARATIONS.name) -> Mapping:
    """The mapping of a table whose columns bear the canonical names of the stream already."""
    names = {name.strip(): name for name in header}
    if stream == OUTCOMES.name:
        names = {_of_results(name): column for name, column in names.items()}
    fields = {target: Source(column=names[target]) for target in TARGETS if target in names}
    kept = {"key", "version", "month", "content", "message_id", "received_at"}
    ignored = frozenset(column for name, column in names.items() if name in kept)
    return Mapping(name="canonical", fields=fields, ignored=ignored, stream=stream)


def _of_results(name: str) -> str:
    """The target of a column of a table of results."""
    return OUTCOME + name if OUTCOME + name in TARGETS else name


def recognise(header: Iterable[str], mappings: Iterable[Mapping]) -> Mapping | None:
    """The saved mapping made for such a table: it fits, and explains the most columns."""
    names = {norm(name) for name in header}
    fitting = [mapping for mapping in mappings if mapping.required and mapping.fits(names)]
    return max(
        fitting,
        key=lambda mapping: (len(mapping.columns & names), -len(mapping.columns - names)),
        default=None,
    )


def _problems(mapping: Mapping) -> Iterable[str]:
    if not mapping.name:
        yield "the mapping has no name"
    for target, source in mapping.fields.items():
        yield from _source_problems(target, source)
    for target in mapping.needs:
        if target not in mapping.fields:
            yield f"the field {target!r} needs a column"
    if len(mapping.delimiter.encode()) > 1:
        yield "the delimiter is one character"
    if mapping.decimal not in {"", ".", ","}:
        yield "decimal is '.' or ','"
    if mapping.encoding and not known(mapping.encoding):
        yield f"there is no encoding {mapping.encoding!r}"


def _source_problems(target: str, source: Source) -> Iterable[str]:
    if target not in TARGETS:
        yield f"there is no field {target!r}"
    if sum(map(bool, (source.column, source.constant, source.template))) != 1:
        yield f"{target}: give exactly one of column, constant, template"
    if source.decimal not in {"", ".", ","}:
        yield f"{target}: decimal is '.' or ','"
