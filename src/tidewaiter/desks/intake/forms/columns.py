"""A mapping as an officer fills it in: one row a column of the table, and what holds for all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from tidewaiter.engine.messages.tabular.mapping import (
    OUTCOME,
    REQUIRED,
    TARGETS,
    Mapping,
    MappingError,
    Source,
)
from tidewaiter.engine.messages.tabular.mapping_file import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import QueryDict

    from tidewaiter.engine.messages.tabular.propose import Proposal

CONSTANTS = ("currency", "office", "direction", "declarant")
IGNORED = "-"


@dataclass(slots=True)
class ColumnRow:
    """One column: the field chosen for it (empty: kept beside, `-`: ignored) and how it is read."""

    number: int
    name: str
    sample: Sequence[str]
    target: str = ""
    factor: str = ""
    values: str = ""
    own_codes: bool = False
    sure: str = ""
    problem: str = ""
    before: Source | None = None


@dataclass(slots=True)
class ColumnsForm:
    """The state of the page. `problems` stand above it, those of one column at the column.

    templates: fields made of several columns, which only the mapping's text can change.
    """

    rows: list[ColumnRow]
    name: str = ""
    decimal: str = ""
    dates: str = ""
    constants: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    templates: dict[str, Source] = field(default_factory=dict)

    def mapping(self, version: int) -> Mapping | None:
        """The mapping as filled in; None when it is none, and then the problems say why."""
        fields = dict(self.templates)
        for row in self.rows:
            if row.target and row.target != IGNORED:
                self._read(row, fields)
        for target, value in self.constants.items():
            if value and target not in fields:
                fields[target] = Source(constant=value)
        self.problems += self._missing(fields)
        if self.problems:
            return None
        try:
            return Mapping(
                name=self.name.strip(),
                version=version,
                fields=fields,
                decimal=self.decimal,
                dates=tuple(self.dates.split()),
                ignored=frozenset(row.name for row in self.rows if row.target == IGNORED),
            )
        except MappingError as error:
            self.problems += error.problems
            return None

    def _missing(self, fields: dict[str, Source]) -> Iterator[str]:
        for target in REQUIRED:
            if target not in fields:
                label = _(TARGETS[target].label)
                yield _("Choose the column that holds: %(field)s.") % {"field": label}
        if not self.name.strip():
            yield _("Give the mapping a name.")
        elif "/" in self.name:
            yield _("The name of a mapping has no slash.")

    def _read(self, row: ColumnRow, fields: dict[str, Source]) -> None:
        if row.target not in TARGETS:
            row.problem = _("There is no such field.")
        elif row.target in fields:
            row.problem = _("Another column fills this field already.")
        try:
            factor = float(row.factor.replace(",", ".")) if row.factor.strip() else 1.0
        except ValueError:
            row.problem = _("The factor is a number, such as 1000.")
        pairs = [line.partition("=") for line in row.values.splitlines() if line.strip()]
        if any(not middle for _left, middle, _right in pairs):
            row.problem = _("Write one value a line: written = meant.")
        if row.problem:
            self.problems.append(f"{row.name}: {row.problem}")
            return
        fields[row.target] = replace(
            row.before or Source(column=row.name),
            factor=factor,
            values=tuple((left.strip(), right.strip()) for left, _middle, right in pairs),
            unchecked=row.own_codes,
        )


def proposed(header: Sequence[str], proposal: Proposal, name: str) -> ColumnsForm:
    """The page as it opens on an unknown table."""
    rows = [
        ColumnRow(
            number, column.column, column.sample, column.target,
            own_codes=column.own_codes, sure=column.why,
        )
        for number, column in enumerate(proposal.columns)
    ]  # fmt: skip
    return ColumnsForm(rows[: len(header)], name=name)


def saved(header: Sequence[str], proposal: Proposal, mapping: Mapping) -> ColumnsForm:
    """The page on a table that was read by a mapping before, to be mended."""
    by_column = {s.column: (t, s) for t, s in mapping.fields.items() if s.column}
    form = proposed(header, proposal, mapping.name)
    for row in form.rows:
        target, source = by_column.get(row.name, ("", Source(column=row.name)))
        row.target = IGNORED if row.name in mapping.ignored else target
        row.factor = "" if source.factor == 1.0 else f"{source.factor:g}"
        row.values = "\n".join(f"{left} = {right}" for left, right in source.values)
        row.own_codes, row.sure, row.before = source.unchecked, "", source if target else None
    form.decimal, form.dates = mapping.decimal, " ".join(mapping.dates)
    form.templates = {t: s for t, s in mapping.fields.items() if s.template}
    form.constants = {
        target: plain_text(source.constant)
        for target, source in mapping.fields.items()
        if source.constant
    }
    return form


def posted(
    header: Sequence[str], proposal: Proposal, data: QueryDict, before: Mapping | None
) -> ColumnsForm:
    """The page as it was filled in; what it cannot show is kept from the mapping before."""
    form = saved(header, proposal, before) if before else proposed(header, proposal, "")
    form.name = _text(data, "name")[:100]
    for row in form.rows:
        row.target = _text(data, f"target-{row.number}")
        row.factor = _text(data, f"factor-{row.number}")
        row.values = _text(data, f"values-{row.number}")
        row.own_codes = f"own-{row.number}" in data
    form.decimal = _text(data, "decimal") if data.get("decimal") in {".", ","} else ""
    form.dates = _text(data, "dates")
    form.constants = {name: _text(data, f"constant-{name}").strip() for name in CONSTANTS}
    return form


def _text(data: QueryDict, name: str) -> str:
    """What stands in a field of the page, without NUL characters, which databases refuse."""
    return data.get(name, "").replace("\0", "")


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Fields to choose from, in groups, labels in the language of the page."""
    declared = [(name, _(f.label)) for name, f in TARGETS.items() if not name.startswith(OUTCOME)]
    results = [(name, _(f.label)) for name, f in TARGETS.items() if name.startswith(OUTCOME)]
    return [(_("Declaration"), declared), (_("Result of the control"), results)]


def constant_labels() -> list[tuple[str, str]]:
    """Fields that a table often leaves out because they are the same in every record."""
    return [(name, _(TARGETS[name].label)) for name in CONSTANTS]
