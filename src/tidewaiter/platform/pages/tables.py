"""Tables of the desks. A view formats its cells; `<c-table :table="table" />` writes them out.

Cells are written in Python and rows in a plain loop of the template: it keeps 50 rows of 12 cells
under 5 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.http import HttpRequest, QueryDict
    from django.utils.functional import Promise

LONGEST_TIP = 300  # characters of a cut-off text that pointing at it shows
Kind = Literal["text", "code", "number", "clip", "long", "shrink"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `sort` names the order that a click on the head asks for; empty: not sortable.

    kind: text; code (never wrapped); number (aligned to the end); clip (one line, cut off with an
    ellipsis); long (the same, with more room); shrink (as narrow as its content, for badges and buttons).
    """

    label: str | Promise
    kind: Kind = "text"
    sort: str = ""
    hidden_label: bool = False

    @property
    def css(self) -> str:
        return {
            "text": "",
            "code": "nowrap",
            "number": "number",
            "clip": "clip",
            "long": "clip long",
            "shrink": "shrink",
        }[self.kind]


@dataclass(frozen=True, slots=True)
class Row:
    """A row: cells as text (escaped) or SafeString, in the order of the columns.

    url: what Enter and a click on the row open; the first cell becomes the link. id: the value that
    a tick sends (needs `Table.pick`). tone: bad, warn, good or empty, an edge colour for the row.
    """

    cells: Sequence[str]
    url: str = ""
    id: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A column as the template shows it: with the address and state of its sort link."""

    column: Column
    url: str
    state: Literal["ascending", "descending", ""]


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the template writes it, its cells as HTML: a template that decides on each of six
    hundred cells takes as long as finding what they say."""

    row: Row
    cells: SafeString
    name: str


@dataclass(frozen=True, slots=True)
class Order:
    """Which order the address asks for (`?sort=-score`), checked against the allowed ones."""

    key: str
    descending: bool
    query: QueryDict

    @classmethod
    def of(cls, request: HttpRequest, allowed: Sequence[str], default: str) -> Order:
        """`default` and the address write a descending order with a leading minus."""
        asked = request.GET.get("sort", default)
        if asked.removeprefix("-") not in allowed:
            asked = default
        return cls(asked.removeprefix("-"), asked.startswith("-"), request.GET)

    def link(self, key: str) -> str:
        """The address that sorts by `key`; a second click turns the order round."""
        turned = key == self.key and not self.descending
        return _address(self.query, sort=f"-{key}" if turned else key, page=None)

    def state(self, key: str) -> Literal["ascending", "descending", ""]:
        if key != self.key:
            return ""
        return "descending" if self.descending else "ascending"


@dataclass(frozen=True, slots=True)
class Table:
    columns: Sequence[Column]
    rows: Sequence[Row]
    order: Order | None = None
    pick: str = ""
    """Name of the check boxes at the rows; empty: none."""

    @property
    def lines(self) -> Iterator[Line]:
        kinds = [column.css for column in self.columns]
        labels = [str(column.label) for column in self.columns]
        for row in self.rows:
            yield Line(
                row,
                _cells(row, kinds, labels),
                gettext("Select %(row)s") % {"row": strip_tags(str(row.cells[0]))}
                if self.pick
                else "",
            )

    @property
    def heads(self) -> list[Head]:
        return [
            Head(c, self.order.link(c.sort), self.order.state(c.sort))
            if self.order and c.sort
            else Head(c, "", "")
            for c in self.columns
        ]


def _cells(row: Row, kinds: Sequence[str], labels: Sequence[str]) -> SafeString:
    text = conditional_escape(row.cells[0])
    if row.url:
        text = format_html('<a class="row-link" href="{}">{}</a>', row.url, text)
    head = format_html(
        '<th scope="row" class="first {}" data-label="{}">{}</th>', kinds[0], labels[0], text
    )
    others = map(_cell, kinds[1:], labels[1:], row.cells[1:])
    return mark_safe(head + "".join(others))  # noqa: S308  each part is escaped where it is made


def _cell(kind: str, label: str, cell: str) -> str:
    """A cell with its column's class; `label` stands beside it where rows are cards."""
    text, label = conditional_escape(cell), conditional_escape(label)
    if kind == "number":
        return f'<td class="number" data-label="{label}"><bdi>{text}</bdi></td>'
    clipped = ""
    if "clip" in kind:
        whole = conditional_escape(Truncator(strip_tags(cell)).chars(LONGEST_TIP))
        clipped = f' dir="auto" title="{whole}"'
    return f'<td class="{kind}"{clipped} data-label="{label}">{text}</td>'


@dataclass(frozen=True, slots=True)
class Pages:
    """Where in a long list a page stands. `total` None: not counted, `more` tells if there is a next."""

    page: int
    size: int
    shown: int
    total: int | None
    more: bool
    query: QueryDict

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        *,
        size: int,
        shown: int,
        total: int | None = None,
        more: bool = False,
    ) -> Pages:
        page = asked_page(request)
        return cls(page, size, shown, total, more or (total or 0) > page * size, request.GET)

    @property
    def first(self) -> int:
        return (self.page - 1) * self.size + 1 if self.shown else 0

    @property
    def last(self) -> int:
        return (self.page - 1) * self.size + self.shown

    @property
    def previous_url(self) -> str:
        return _address(self.query, page=str(self.page - 1)) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        return _address(self.query, page=str(self.page + 1)) if self.more else ""


def asked_page(request: HttpRequest) -> int:
    """The page number in the address, 1 if there is none or nonsense."""
    asked = request.GET.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def _address(query: QueryDict, **changes: str | None) -> str:
    """The same address with some parameters set, or dropped (None)."""
    changed = query.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = value
    return f"?{changed.urlencode()}"


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is in force, and the address without it."""

    label: str
    url: str


def chips(query: QueryDict, labels: Mapping[str, str]) -> list[Chip]:
    """A chip for each parameter in `labels` that the address sets."""
    return [
        Chip(
            f"{label}: {', '.join(query.getlist(name))}", _address(query, **{name: None}, page=None)
        )
        for name, label in labels.items()
        if any(query.getlist(name))
    ]
