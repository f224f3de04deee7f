"""One meaning, three evaluators: columns, row, and DuckDB as the judge."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.risk.language.oracle import Oracle
from tests.risk.language.world import LISTS, SCHEMA, Choices, condition, row
from tidewaiter.engine.risk.language import batch, kernel, parse
from tidewaiter.engine.risk.language.batch import encode_ordered
from tidewaiter.engine.risk.language.kernel import Kernel
from tidewaiter.engine.risk.language.printing import text_of
from tidewaiter.engine.risk.language.rowindex import RowIndex
from tidewaiter.engine.risk.language.steps import Compiler
from tidewaiter.engine.risk.lists import NamedLists

if TYPE_CHECKING:
    import pytest

    from tidewaiter.engine.risk.language import tree as t

NAMED = NamedLists(LISTS)
DTYPES = {"number": pl.Float64, "money": pl.Float64, "date": pl.Date, "flag": pl.Boolean}
FRAME_SCHEMA = {c.name: DTYPES.get(c.kind, pl.String) for c in SCHEMA.values()}
Answers = list[list[bool | None]]


def frame_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=FRAME_SCHEMA)


def by_columns(conditions: list[t.Condition], frame: pl.DataFrame) -> Answers:
    encoded = encode_ordered(frame, SCHEMA, SCHEMA)
    compiler = Compiler()
    compiled = [compiler.compile(c) for c in conditions]
    answers: Answers = []
    hits_only = Kernel(encoded, NAMED).evaluate(compiled, unknown=False)
    for found, alone in zip(
        Kernel(encoded, NAMED).evaluate(compiled, unknown=True), hits_only, strict=True
    ):
        assert found.hits.tolist() == alone.hits.tolist() == sorted(found.hits.tolist())
        answer: list[bool | None] = [False] * frame.height
        for place in found.hits:
            answer[place] = True
        for place in found.unknown:
            assert answer[place] is False
            answer[place] = None
        answers.append(answer)
    return answers


def by_rows(conditions: list[t.Condition], rows: list[dict[str, Any]]) -> Answers:
    index = RowIndex(conditions, SCHEMA, NAMED)
    answers: Answers = [[False] * len(rows) for _ in conditions]
    for place, facts in enumerate(rows):
        hits, unknown = index.judge(facts)
        assert not set(hits) & set(unknown)
        for number in hits:
            answers[number][place] = True
        for number in unknown:
            answers[number][place] = None
    return answers


def compare(conditions: list[t.Condition], rows: list[dict[str, Any]]) -> int:
    """Cases compared; says the first disagreement in full."""
    frame = frame_of(rows)
    wanted = Oracle(frame, SCHEMA, NAMED).judge(conditions)
    for name, given_answers in (
        ("columns", by_columns(conditions, frame)),
        ("row", by_rows(conditions, rows)),
    ):
        for tree, got, want in zip(conditions, given_answers, wanted, strict=True):
            for facts, one, other in zip(rows, got, want, strict=True):
                assert one is other, f"{name} says {one}, DuckDB {other}:\n{text_of(tree)}\n{facts}"
    return len(conditions) * len(rows)


def seeded(seed: int) -> Choices:
    source = random.Random(seed)  # noqa: S311  test data, to be the same each time
    return Choices(source.randrange)


def test_columns_rows_and_duckdb_agree_on_100_000_generated_cases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0
    for seed in range(20):
        # Every other batch is put in the order of its commodity codes, as large ones are.
        monkeypatch.setattr(batch, "MANY_ROWS", 1 if seed % 2 else 1_000)
        choices = seeded(seed)
        conditions = [condition(choices) for _ in range(50)]
        compared += compare(conditions, [row(choices) for _ in range(100)])
    assert compared == 100_000


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_tree_and_rows_agree(data: st.DataObject) -> None:
    choices = Choices(lambda n: data.draw(st.integers(0, n - 1)))
    compare([condition(choices, 2)], [row(choices) for _ in range(2)])


def test_the_judge_knows_that_a_negative_turned_positive_is_positive() -> None:
    tree = parse("COALESCE(ABS(-net_mass), 9007199254740992.0) = net_mass", SCHEMA)
    weights = [None, 12.34, 0.0, None, None]
    rows = [row(seeded(1)) | {"net_mass": weight} for weight in weights]
    compare([tree], rows)
    assert by_rows([tree], rows) == [[None, True, True, None, None]]


def test_blocks_and_candidates_give_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether rows are walked through in blocks or found by the index must not matter."""
    choices = seeded(99)
    conditions = [condition(choices) for _ in range(60)]
    frame = frame_of([row(choices) for _ in range(100)])
    answers = []
    for block, dense in ((32_768, 0.3), (7, -1.0), (100, 2.0)):
        monkeypatch.setattr(kernel, "BLOCK", block)
        monkeypatch.setattr(kernel, "DENSE", dense)
        monkeypatch.setattr(batch, "MANY_ROWS", block)
        answers.append(by_columns(conditions, frame))
    assert answers[0] == answers[1] == answers[2]
