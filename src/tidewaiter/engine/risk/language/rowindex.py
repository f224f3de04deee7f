"""One record against many conditions: most are never looked at.

Each condition is filed under its most selective leaf on a text: by value, by prefix or by list.
A record looks up its own values and judges only what it finds, what is filed under a text it does
not have (unknown must be seen), and the conditions that have no such leaf.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.normal import normal, question
from tidewaiter.engine.risk.language.rows import Judge, commonness, compile_rows, listed_code
from tidewaiter.engine.risk.language.rowvalues import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidewaiter.engine.risk.language.leaves import Lists
    from tidewaiter.engine.risk.language.schema import Schema

Entry = tuple[int, Judge]


class RowIndex:
    """Conditions by number, ready for single records."""

    def __init__(self, conditions: Sequence[t.Condition], schema: Schema, lists: Lists) -> None:
        names = frozenset[str]().union(*(t.columns(c) for c in conditions))
        self.layout = Layout(names, schema)
        self.lists = lists
        self._always: list[Entry] = []
        self._files: dict[str, _File] = {}
        for number, condition in enumerate(conditions):
            entry = (number, compile_rows(condition, self.layout, lists))
            self._put(normal(condition), entry)
        self._ordered = [(self.layout.place[name], file) for name, file in self._files.items()]

    def judge(self, facts: Mapping[str, Any]) -> tuple[list[int], list[int]]:
        """Numbers of the conditions that are true, and of those that are unknown; ascending."""
        row = self.layout.load(facts)
        entries = dict(self._always)
        for place, file in self._ordered:
            file.collect(row[place], entries)
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

    def _put(self, node: t.Condition, entry: Entry) -> None:
        """File under the rarest part; under each choice when that part is a choice."""
        if isinstance(node, t.And):
            node = min(node.parts, key=commonness)
        if commonness(node) >= 1.0:
            self._always.append(entry)
        elif isinstance(node, t.Or):
            for part in node.parts:
                self._put(part, entry)
        else:
            leaf = question(node)
            (name,) = t.columns(leaf)
            self._files.setdefault(name, _File()).add(leaf, entry, self.lists)


class _File:
    """What is filed under one column."""

    def __init__(self) -> None:
        self.values: dict[str, list[Entry]] = defaultdict(list)
        self.prefixes: dict[int, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        self.tests: dict[str, tuple[Callable[[str], bool], list[Entry]]] = {}
        self.missing: list[Entry] = []

    def add(self, leaf: t.Question, entry: Entry, lists: Lists) -> None:
        self.missing.append(entry)
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
                    members = lists[name]
                    test = listed_code(members) if kind == "hs" else members.__contains__
                    self.tests[name] = (test, [])
                self.tests[name][1].append(entry)

    def collect(self, value: str | None, entries: dict[int, Judge]) -> None:
        if value is None:
            entries.update(self.missing)
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


def _text(option: t.Constant) -> str:
    if not isinstance(option, t.Text):
        raise TypeError(f"{option} is not a text")
    return option.value
