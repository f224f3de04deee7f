"""One record against many conditions: most are never looked at.

Each condition is filed under its rarest question about a text: by value, by prefix or by list. A
record looks up its own values and judges only what it finds there. Where it has no value, unknown
must be seen: those conditions are filed once more, under their next rarest question.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.normal import normal, question
from tidewaiter.engine.risk.language.rows import Judge, commonness, compile_rows, listed_code
from tidewaiter.engine.risk.language.rowvalues import Layout, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidewaiter.engine.risk.language.leaves import Lists
    from tidewaiter.engine.risk.language.schema import Schema

Entry = tuple[int, Judge]
_TRUE = t.Truth(t.Flag(value=True))


class RowIndex:
    """Conditions by number, ready for single records."""

    def __init__(self, conditions: Sequence[t.Condition], schema: Schema, lists: Lists) -> None:
        names = frozenset[str]().union(*(t.columns(c) for c in conditions))
        self.layout = Layout(names, schema)
        self._shelf = _Shelf(self.layout, lists)
        for number, condition in enumerate(conditions):
            entry = (number, compile_rows(condition, self.layout, lists))
            self._shelf.put((normal(condition),), entry)

    def judge(self, facts: Mapping[str, Any]) -> tuple[list[int], list[int]]:
        """Numbers of the conditions that are true, and of those that are unknown; ascending."""
        row = self.layout.load(facts)
        entries: dict[int, Judge] = {}
        self._shelf.collect(row, entries)
        hits: list[int] = []
        unknown: list[int] = []
        for number, judge in entries.items():
            answer = judge(row)
            if answer:
                hits.append(number)
            elif answer is None:
                unknown.append(number)
        hits.sort()
        unknown.sort()
        return hits, unknown


class _Shelf:
    """Entries that every record looks at, and files by the place of a text in the record."""

    def __init__(self, layout: Layout, lists: Lists) -> None:
        self.layout = layout
        self.lists = lists
        self.always: list[Entry] = []
        self.files: dict[int, _File] = {}

    def put(self, parts: Sequence[t.Condition], entry: Entry) -> None:
        """File an entry that is false unless all of `parts` are true or unknown."""
        rarest, *others = sorted(_flat(parts), key=commonness)
        if commonness(rarest) >= 1.0:
            self.always.append(entry)
        elif isinstance(rarest, t.Or):
            for choice in rarest.parts:
                self.put((choice, *others), entry)
        else:
            leaf = question(rarest)
            (name,) = t.columns(leaf)
            place = self.layout.place[name]
            if place not in self.files:
                self.files[place] = _File(self.layout, self.lists)
            self.files[place].add(leaf, others, entry)

    def collect(self, row: Row, entries: dict[int, Judge]) -> None:
        entries.update(self.always)
        for place, file in self.files.items():
            file.collect(row[place], row, entries)


class _File:
    """What is filed under one text."""

    def __init__(self, layout: Layout, lists: Lists) -> None:
        self.lists = lists
        self.values: dict[str, list[Entry]] = defaultdict(list)
        self.prefixes: dict[int, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        self.tests: dict[str, tuple[Callable[[str], bool], list[Entry]]] = {}
        self.missing = _Shelf(layout, lists)

    def add(self, leaf: t.Question, others: Sequence[t.Condition], entry: Entry) -> None:
        # Without choices: filing every combination of several choices would have no bound.
        plain = [part for part in others if not isinstance(part, t.Or)]
        self.missing.put(plain or (_TRUE,), entry)
        match leaf:
            case t.Compare(_, _, t.Text(value)):
                self.values[value].append(entry)
            case t.In(_, options):
                for option in dict.fromkeys(options):
                    self.values[_text(option)].append(entry)
            case t.Like(_, pattern):
                prefix = pattern[:-1]
                self.prefixes[len(prefix)][prefix].append(entry)
            case t.InList(t.Name(kind=kind), name):
                if name not in self.tests:
                    members = self.lists[name]
                    test = listed_code(members) if kind == "hs" else members.__contains__
                    self.tests[name] = (test, [])
                self.tests[name][1].append(entry)

    def collect(self, value: str | None, row: Row, entries: dict[int, Judge]) -> None:
        if value is None:
            self.missing.collect(row, entries)
            return
        found = self.values.get(value)
        if found:
            entries.update(found)
        for length, prefixes in self.prefixes.items():
            found = prefixes.get(value[:length])
            if found:
                entries.update(found)
        for test, members in self.tests.values():
            if test(value):
                entries.update(members)


def _flat(parts: Sequence[t.Condition]) -> list[t.Condition]:
    """Parts with the parts of each AND among them in its place."""
    flat: list[t.Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, t.And) else (part,))
    return flat


def _text(option: t.Constant) -> str:
    if not isinstance(option, t.Text):
        raise TypeError(f"{option} is not a text")
    return option.value
