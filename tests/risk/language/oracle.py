"""DuckDB as the judge of what a condition means: our tree as SQL text.

Only what SQL leaves open is rewritten: arithmetic without a result is NULL, a list is spelled
out, functions are called by DuckDB's names. AND, OR, NOT, comparisons, BETWEEN, IN, LIKE and
IS NULL are DuckDB's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from tidewaiter.engine.risk.language import tree as t

if TYPE_CHECKING:
    from tidewaiter.engine.risk.language.schema import Schema
    from tidewaiter.engine.risk.lists import NamedLists


class Oracle:
    """Records in DuckDB, NaN loaded as NULL."""

    def __init__(self, frame: pl.DataFrame, schema: Schema, lists: NamedLists) -> None:
        self.schema = schema
        self.lists = lists
        self.connection = duckdb.connect()
        # DuckDB 2.0 takes ABS(-x) for negative: COALESCE(ABS(-x), 9e15) = x then is false for all x.
        self.connection.execute("PRAGMA disable_optimizer")
        loaded = frame.with_columns(pl.col(pl.Float64).fill_nan(None)).with_row_index("row")
        self.connection.register("loaded", loaded.to_arrow())
        self.connection.execute("CREATE TABLE records AS SELECT * FROM loaded")

    def judge(self, conditions: list[t.Condition]) -> list[list[bool | None]]:
        """For each condition, its answer on each record."""
        answers = ", ".join(f"({self.sql(c)}) AS c{n}" for n, c in enumerate(conditions))
        query = f"SELECT row, {answers} FROM records ORDER BY row"  # noqa: S608  our own tree
        table = self.connection.execute(query).fetchall()
        return [list(column) for column in zip(*table, strict=True)][1:]

    def sql(self, node: t.Condition) -> str:  # noqa: C901, PLR0911  one line a kind of node
        match node:
            case t.And(parts):
                return "(" + " AND ".join(self.sql(p) for p in parts) + ")"
            case t.Or(parts):
                return "(" + " OR ".join(self.sql(p) for p in parts) + ")"
            case t.Not(part):
                return f"(NOT {self.sql(part)})"
            case t.Compare(operator, left, right):
                return f"({self.value(left)} {operator} {self.value(right)})"
            case t.Between(value, low, high, negated):
                v, lo, hi = map(self.value, (value, low, high))
                return f"({v} {'NOT ' if negated else ''}BETWEEN {lo} AND {hi})"
            case t.In(value, options, negated):
                inside = ", ".join(map(self.value, options))
                return f"({self.value(value)} {'NOT ' if negated else ''}IN ({inside}))"
            case t.InList(value, name, negated):
                return self._listed(value, name, negated=negated)
            case t.Like(value, pattern, negated):
                word = "NOT LIKE" if negated else "LIKE"
                return f"({self.value(value)} {word} {quoted(pattern)})"
            case t.IsNull(value, negated):
                return f"({self.value(value)} IS {'NOT ' if negated else ''}NULL)"
            case t.Truth(value, negated):
                return f"(NOT {self.value(value)})" if negated else self.value(value)
        raise TypeError(node)

    def _listed(self, value: t.Value, name: str, *, negated: bool) -> str:
        members = sorted(self.lists[name])
        word = self.value(value)
        if isinstance(value, t.Name) and value.kind == "hs":
            tests = [f"starts_with({word}, {quoted(m)})" for m in members if len(m) >= 2]
        else:
            tests = [f"{word} = {quoted(m)}" for m in members]
        any_of = " OR ".join(tests) or "FALSE"
        answer = f"CASE WHEN {word} IS NULL THEN NULL ELSE ({any_of}) END"
        return f"(NOT ({answer}))" if negated else f"({answer})"

    def value(self, node: t.Value) -> str:  # noqa: PLR0911  one line a kind of node
        match node:
            case t.Text(value):
                return quoted(value)
            case t.Number(value):
                return f"({value!r}::DOUBLE)"
            case t.Day(value):
                return f"(DATE '{value}')"
            case t.Flag(value):
                return "TRUE" if value else "FALSE"
            case t.Name(name):
                return name
            case t.Negative(value):
                return f"(-{self.value(value)})"
            case t.Arithmetic(operator, left, right):
                return self._arithmetic(operator, self.value(left), self.value(right))
            case t.Call(function, arguments):
                return self._call(function, [self.value(a) for a in arguments])
        raise TypeError(node)

    def _arithmetic(self, operator: str, left: str, right: str) -> str:
        made = f"({left} {operator} {right})"
        zero = f"WHEN {right} = 0 THEN NULL" if operator in "/%" else ""
        return f"(CASE {zero} WHEN isnan({made}) THEN NULL ELSE {made} END)"

    def _call(self, function: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        match function:
            case "DAYS_BETWEEN":
                return f"(date_diff('day', {inside})::DOUBLE)"
            case "LENGTH" | "MONTH":
                return f"({function}({inside})::DOUBLE)"
        return f"{function}({inside})"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
