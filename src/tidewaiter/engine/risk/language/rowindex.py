"""One record against many conditions: most are never looked at.

Each condition is filed under its most selective leaf on a text: by value, by prefix or by list.
A record looks up its own values and judges only what it finds, what is filed under a text it does
not have (unknown must be seen), and the conditions that have no such leaf.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.language import patterns
from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.normal import normal, question
from tidewaiter.engine.risk.language.rows import Judge, compile_rows, listed_code
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
        entries = list(self._always)
        for place, file in self._ordered:
            file.collect(row[place], entries)
        hits: list[int] = []
        unknown: list[int] = []
        for number, judge in entries:
            answer = judge(row)
            if answer:
                hits.append(number)
            elif answer is None:
                unknown.append(number)
        hits.sort()
        unknown.sort()
        return hits, unknown

    def _put(self, node: t.Condition, entry: Entry) -> None:
        parts = node.parts if isinstance(node, t.And) else (node,)
        best = min((p for p in parts if _weight(p) < 1.0), key=_weight, default=None)
        if best is None:
            self._always.append(entry)
            return
        leaf = question(best)
        name = _column(leaf)
        file = self._files.setdefault(name, _File())
        file.add(leaf, entry, self.lists)


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

    def collect(self, value: str | None, entries: list[Entry]) -> None:
        if value is None:
            entries += self.missing
            return
        found = self.values.get(value)
        if found:
            entries += found
        for length, prefixes in self.prefixes.items():
            found = prefixes.get(value[:length])
            if found:
                entries += found
        for test, members in self.tests.values():
            if test(value):
                entries += members


def _weight(node: t.Condition) -> float:
    """How often a leaf is guessed to hold; 1 for what cannot be filed."""
    match node:
        case t.Compare("=", t.Name(kind="text" | "code" | "hs"), t.Text()):
            return 0.01
        case t.In(t.Name(kind="text" | "code" | "hs"), options, False):
            return min(0.01 * len(options), 0.9)
        case t.InList(t.Name(), _, False):
            return 0.02
        case t.Like(t.Name(), pattern, False) if patterns.prefix_of(pattern):
            return 0.1 ** (len(pattern) - 1)
    return 1.0


def _column(leaf: t.Question) -> str:
    (name,) = t.columns(leaf)
    return name


def _text(option: t.Constant) -> str:
    if not isinstance(option, t.Text):
        raise TypeError(f"{option} is not a text")
    return option.value
