"""What a profile may name: typed columns, with the unit and the words shown to officers."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "code", "hs", "number", "money", "date", "flag"]

TEXTUAL: frozenset[str] = frozenset({"text", "code", "hs"})
NUMERIC: frozenset[str] = frozenset({"number", "money"})


@dataclass(frozen=True, slots=True)
class Column:
    """One name usable in a profile.

    `currency` is, for money, the name of the column that says in which currency the amount is:
    two amounts can be compared only when that is the same column. `unit` is what is shown ("kg",
    "%", "days"). `label` is English source text, translated where it is shown. `digits` is, for a commodity
    code cut to a level (chapter 2, heading 4, subheading 6), how many it has; 0 for the whole code.
    """

    name: str
    kind: Kind
    label: str = ""
    unit: str = ""
    currency: str = ""
    nullable: bool = True
    group: str = ""
    digits: int = 0


class Schema(Mapping[str, Column]):
    """All names of a stream by name, in the order given. Names are lower case."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self._columns: dict[str, Column] = {}
        for column in columns:
            if column.name in self._columns:
                raise ValueError(f"two columns are called {column.name}")
            if column.name != column.name.lower() or not column.name.isidentifier():
                raise ValueError(f"{column.name!r} is not a lower-case identifier")
            if column.kind == "money" and not column.currency:
                raise ValueError(f"money column {column.name} names no currency column")
            self._columns[column.name] = column

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __hash__(self) -> int:
        return hash(tuple(self._columns.values()))

    @property
    def version(self) -> str:
        """SHA-256 of names, kinds and currencies: what can change the meaning of a profile."""
        meaning = [[c.name, c.kind, c.currency] for c in self._columns.values()]
        return hashlib.sha256(json.dumps(sorted(meaning)).encode()).hexdigest()

    def nearest(self, name: str) -> str | None:
        """The name most like `name`, for "did you mean"; None when nothing is near."""
        found = difflib.get_close_matches(name.lower(), self._columns, n=1, cutoff=0.6)
        return found[0] if found else None
