"""Masking of facts: what is due goes, what is held stays, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.engine.records import DECLARATIONS, SELECTIONS
from tidewaiter.engine.records.lake import SEPARATOR
from tidewaiter.engine.records.masking import due, facts_masked, mask

AT = datetime(2026, 11, 1, tzinfo=UTC)
FIELDS = ("importer", "importer_name", "documents")
value = st.none() | st.text("ABCxyz '\"ä", min_size=1, max_size=5)
row = st.fixed_dictionaries(
    {
        "declaration_id": st.sampled_from(["D1", "D2", "D3"]),
        "importer": value,
        "importer_name": value,
        "seller_name": value,
        "documents": st.none() | st.lists(st.text("N12 ", min_size=1, max_size=4), max_size=3),
        "customs_value": st.floats(0, 100),
    }
)


def token(kind: str, text: str) -> str:
    return f"masked-{kind}-{text.encode().hex()}"


def facts(rows: list[dict]) -> pl.DataFrame:
    numbered = [
        one | {"key": n, "version": 1, "content": 7, "item_no": n} for n, one in enumerate(rows)
    ]
    return DECLARATIONS.conform(pl.DataFrame(numbered, schema_overrides=dict(DECLARATIONS.schema)))


def masked(rows: pl.DataFrame, held: str = "", fields: tuple[str, ...] = FIELDS):
    tokens = dict.fromkeys(fields, token)
    return mask(DECLARATIONS, rows, tokens, held=pl.col("declaration_id") == held, at=AT)


@given(st.lists(row, min_size=1, max_size=8))
def test_what_is_due_is_replaced_and_the_rest_is_as_it_was(rows) -> None:
    before = facts(rows)
    done = masked(before, held="D3")
    assert done.rows.schema == before.schema
    for was, now in zip(before.iter_rows(named=True), done.rows.iter_rows(named=True), strict=True):
        held = was["declaration_id"] == "D3"
        for name, said in was.items():
            if name in ("masked", "masked_at", "content"):
                continue
            if held or name not in FIELDS or not said:
                assert now[name] == said
        told = [name for name in FIELDS if was[name] and not held]
        assert sorted(now["masked"] or []) == sorted(told)
        assert (now["masked_at"], now["content"]) == ((AT, None) if told else (None, 7))
        if "importer_name" in told:
            assert now["importer_name"] == token("name", was["importer_name"])
        if "documents" in told:
            assert now["documents"] == [token("identifier", one) for one in was["documents"]]


@given(st.lists(row, min_size=1, max_size=8))
def test_originals_are_kept_and_masking_again_changes_nothing(rows) -> None:
    before = facts(rows)
    done = masked(before)
    assert done.count == sum(bool(one[name]) for one in rows for name in FIELDS)
    for name, kept in done.originals.items():
        for key, _version, said in kept.iter_rows():
            was = rows[key][name]
            assert said == (SEPARATOR.join(was) if isinstance(was, list) else was)
    assert done.rows.filter(due(DECLARATIONS, FIELDS)).is_empty()
    again = masked(done.rows)
    assert again.count == 0
    assert again.rows.equals(done.rows)
    later = masked(done.rows, fields=(*FIELDS, "seller_name"))
    assert set(later.originals) <= {"seller_name"}


def test_reasons_lose_names_and_keep_their_figures() -> None:
    reasons = [
        {"code": "profile:A", "weight": 1.5, "facts": {"importer_name": "Zoë", "unit_value": 2.1}},
        {"code": "history", "weight": 0.5, "facts": {"supplier": "S1", "finds": 3, "origin": "VN"}},
    ]
    told = orjson.loads(facts_masked(orjson.dumps(reasons).decode(), token))
    assert told[0]["facts"] == {"importer_name": token("name", "Zoë"), "unit_value": 2.1}
    assert told[1]["facts"] == {"supplier": token("identifier", "S1"), "finds": 3, "origin": "VN"}
    assert [one["weight"] for one in told] == [1.5, 0.5]


def test_a_reason_that_names_nobody_is_not_due() -> None:
    rows = SELECTIONS.conform(
        pl.DataFrame(
            {
                "key": [1, 2],
                "version": [1, 1],
                "reason": ['{"code":"a","facts":{"unit_value":2}}', '{"facts":{"importer":"X"}}'],
            }
        )
    )
    assert rows.filter(due(SELECTIONS, ["reason"]))["key"].to_list() == [2]
