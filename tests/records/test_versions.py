"""Which rows are new, said again, superseding or contradictory."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.outcomes import RESULT, new_outcomes
from tidewaiter.engine.records.versions import INDEX, Known, applied, identified, settle

NOTHING = DECLARATIONS.empty().select(INDEX)


def rows(*said: dict) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"declaration_id": "D", "item_no": 1, "place": f"line {n}"} | one
            for n, one in enumerate(said)
        ],
        schema={**DECLARATIONS.incoming, "place": pl.String},
    )


def test_what_is_said_again_is_a_duplicate_and_what_differs_supersedes() -> None:
    known = Known.all(NOTHING)
    first = settle(identified(rows({"hs": "851712"})), known)
    assert (first.accepted.height, first.duplicates, first.superseding) == (1, 0, 0)
    assert settle(identified(rows({"hs": "851712"})), Known.all(first.accepted)).duplicates == 1
    changed = settle(identified(rows({"hs": "010121"})), Known.all(first.accepted))
    assert (changed.superseding, changed.accepted["version"].item()) == (1, 2)


def test_two_rows_of_one_file_that_contradict_each_other_are_a_conflict() -> None:
    said = rows({"hs": "851712"}, {"hs": "010121"}, {"hs": "851712"})
    settled = settle(identified(said), Known.all(NOTHING))
    assert settled.accepted["hs"].to_list() == ["851712"]
    assert settled.duplicates == 1
    assert settled.conflicts["place"].to_list() == ["line 1"]


def test_amendments_of_one_file_follow_each_other() -> None:
    amended = [
        {"hs": hs, "function": "amendment"} for hs in ("851712", "010121", "851712", "851712")
    ]
    settled = settle(identified(rows(*amended)), Known.all(NOTHING))
    assert settled.accepted["hs"].to_list() == ["851712", "010121", "851712"]
    assert (settled.duplicates, settled.conflicts.height) == (1, 0)


def test_each_day_that_is_left_is_marked() -> None:
    march, april = date(2026, 3, 2), date(2026, 4, 2)
    known = Known.all(
        settle(identified(rows({"declaration_date": march})), Known.all(NOTHING)).accepted
    )
    there_and_back = rows(
        {"declaration_date": april, "function": "amendment"},
        {"declaration_date": march, "function": "amendment", "hs": "851712"},
        {"declaration_date": march, "function": "amendment", "hs": "010121"},
    )
    settled = settle(identified(there_and_back), known)
    assert settled.left.select("version", "declaration_date", "month").rows() == [
        (-2, march, "2026-03"),
        (-3, april, "2026-04"),
    ]


def test_a_contradiction_with_an_earlier_chunk_of_the_file_is_a_conflict_too() -> None:
    known = Known.all(NOTHING)
    settle(identified(rows({"hs": "851712"})), known)
    assert settle(identified(rows({"hs": "010121"})), known).conflicts.height == 1


def test_an_amendment_keeps_what_it_does_not_mention() -> None:
    current = rows({"hs": "851712", "origin": "VN", "function": "original"})
    change = rows({"origin": "CN", "function": "amendment"})
    whole = applied(change, current.drop("place"))
    assert whole.select("hs", "origin", "function").rows() == [("851712", "CN", "amendment")]


def test_a_cancellation_is_about_every_item() -> None:
    current = rows({"item_no": 1, "hs": "851712"}, {"item_no": 2, "hs": "010121"})
    change = rows({"item_no": 0, "function": "cancellation"})
    whole = applied(change, current.drop("place")).sort("item_no")
    assert whole.select("item_no", "hs", "function").rows() == [
        (1, "851712", "cancellation"),
        (2, "010121", "cancellation"),
    ]


def test_a_replacement_keeps_the_day_alone_and_cancels_what_it_does_not_have() -> None:
    march = date(2026, 3, 2)
    current = rows(
        {"item_no": 1, "hs": "851712", "origin": "VN", "declaration_date": march},
        {"item_no": 2, "hs": "010121", "declaration_date": march},
    )
    change = rows(
        {"item_no": 1, "hs": "851713", "function": "replacement"},
        {"item_no": 3, "hs": "610910", "function": "replacement"},
    )
    whole = applied(change, current.drop("place")).sort("item_no")
    assert whole.select("item_no", "hs", "origin", "declaration_date", "function").rows() == [
        (1, "851713", None, march, "amendment"),
        (2, "010121", None, march, "cancellation"),
        (3, "610910", None, march, "amendment"),
    ]


def test_a_change_of_something_unknown_stands_by_itself() -> None:
    change = rows({"item_no": 0, "function": "cancellation"})
    whole = applied(change, rows({}).clear().drop("place"))
    assert whole.select("declaration_id", "item_no").rows() == [("D", 0)]


said = st.fixed_dictionaries(
    {
        "declaration_id": st.sampled_from("AB"),
        "item_no": st.integers(1, 2),
        "hs": st.sampled_from(["851712", "010121", None]),
        "net_mass": st.sampled_from([1.0, 2.5, None]),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(said, min_size=1, max_size=8), min_size=1, max_size=4), st.integers(1, 8))
def test_every_row_has_one_fate_and_chunks_do_not_matter(
    files: list[list[dict]], size: int
) -> None:
    whole, chunked = [], []
    for facts, step in ((whole, 100), (chunked, size)):
        current = NOTHING
        for file in files:
            known = Known.all(current)
            new = []
            for start in range(0, len(file), step):
                part = rows(*file[start : start + step])
                settled = settle(identified(part), known)
                assert part.height == (
                    settled.accepted.height + settled.duplicates + settled.conflicts.height
                )
                new.append(settled.accepted)
            facts.extend(pl.concat(new).select("key", "version", "hs", "net_mass").rows())
            said_now = pl.concat([current, *(one.select(INDEX) for one in new)])
            current = said_now.sort("version").unique("key", keep="last")
        keyed = [(key, version) for key, version, *_ in facts]
        assert len(keyed) == len(set(keyed))
    assert sorted(whole, key=str) == sorted(chunked, key=str)


def outcome(**result: object) -> pl.DataFrame:
    base = {
        "declaration_id": "D", "item_no": 1, "control_ref": "file",
        "declaration_date": date(2026, 3, 1), "known_on": date(2026, 3, 8),
    }  # fmt: skip
    return pl.DataFrame([base | result], schema=OUTCOMES.incoming)


def test_a_result_said_again_is_kept_once_and_a_corrected_one_supersedes() -> None:
    first = new_outcomes(
        outcome(found=False), pl.DataFrame(schema={n: OUTCOMES.schema[n] for n in RESULT})
    )
    known = first.select(RESULT)
    assert first["version"].to_list() == [1]
    assert new_outcomes(outcome(found=False), known).is_empty()
    assert new_outcomes(outcome(found=True, revenue=90.0), known)["version"].to_list() == [2]
