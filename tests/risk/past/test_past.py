"""The kept past gives the same answers as judging the facts themselves."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import trade
from tidewaiter.engine.risk.backtest import backtest
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.language import parse, text_of
from tidewaiter.engine.risk.lists import NamedLists
from tidewaiter.engine.risk.past import Part, Window, matching, write_part
from tidewaiter.engine.risk.profiles import Profile, ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.suggesting import grow, thresholds

LISTS = NamedLists({"watched": ["I001", "I002", "I003"]})
CONDITIONS = [
    "hs LIKE '6109%'",
    "hs LIKE '61%' AND value_per_kg_ratio < 0.6",
    "importer IN LIST('watched') OR net_mass > 200",
    "NOT importer_new AND value_per_kg_ratio < 0.8",
    "supplier_items_30d > 3 AND origin <> 'CN'",
    "net_mass < 0",
    "preference = '100'",
]
DAY = trade.FIRST_DAY + timedelta(days=40)


@pytest.fixture(scope="module")
def facts():
    """Eighty days of facts with the baselines of the first of them."""
    rows = trade.declarations(1_500)
    baselines = Baselines.build(rows.lazy(), trade.outcomes(rows).lazy(), DAY)
    later = rows.filter(pl.col("declaration_date") >= DAY)
    made = compute_facts(later, baselines).with_columns(baselines=pl.lit(baselines.version))
    return made.select("key", "version", "baselines", *SCHEMA)


@pytest.fixture(scope="module")
def known(facts):
    outcomes = trade.outcomes(trade.declarations(1_500), share=0.5)
    return labelled(facts.lazy().select("declaration_id", "item_no"), outcomes.lazy())


@pytest.fixture(scope="module")
def parts(facts, known, tmp_path_factory):
    """The same in two parts of several files each."""
    home = tmp_path_factory.mktemp("past")
    half = facts.height // 2
    made = []
    for number, piece in enumerate((facts[:half], facts[half:])):
        folder = home / f"2024-0{number + 1}"
        folder.mkdir()
        write_part(folder, piece.iter_slices(200))
        part = Part(folder)
        part.keep_results("now", known, facts.filter(pl.col("item_no") == 0))
        made.append(part)
    return made


def window(parts, since=DAY, until=DAY + timedelta(days=100), offices=None):
    # As another process finds it.
    again = tuple(Part(part.folder) for part in parts)
    return Window(again, since, until, offices, {part.folder.name: "now" for part in parts})


def hit_by(past, condition):
    """Declarations hit inside a window."""
    asked = matching.asked([parse(condition, SCHEMA, LISTS)], LISTS)
    found = []
    for part in past.parts:
        (rows,) = matching.hits(part, asked, LISTS)
        found += part.frame(["declaration_id"], rows[past.inside(part)[rows]]).to_series().to_list()
    return found


@pytest.mark.parametrize("condition", CONDITIONS)
def test_hits_are_those_of_the_facts_themselves(parts, facts, condition):
    judged = ProfileSet([Profile("P", "P", condition)], SCHEMA, LISTS)
    hits = judged.evaluate(facts)
    for _again in range(2):  # asked, then kept
        assert hit_by(window(parts), condition) == facts[hits.rows]["declaration_id"].to_list()
    tree = judged.conditions[0]
    unknown = sum(len(matching.unjudged(part, tree, LISTS)) for part in window(parts).parts)
    assert unknown == len(hits.unknown_rows)


@given(
    since=st.integers(0, 90), days=st.integers(0, 90),
    offices=st.none() | st.frozensets(st.sampled_from(["O1", "O2", "O9"])),
)  # fmt: skip
def test_a_window_holds_its_days_and_offices(parts, facts, since, days, offices):
    first = DAY + timedelta(days=since)
    last = first + timedelta(days=days)
    wanted = facts.filter(pl.col("declaration_date").is_between(first, last))
    if offices is not None:
        wanted = wanted.filter(pl.col("office").is_in(sorted(offices)))
    past = window(parts, first, last, offices)
    assert hit_by(past, "net_mass >= 0") == wanted["declaration_id"].to_list()


def test_a_list_that_changed_is_asked_again(parts):
    before = hit_by(window(parts), "importer IN LIST('watched')")
    asked = [parse("importer IN LIST('watched')", SCHEMA, LISTS)]
    more = NamedLists({"watched": [f"I{n:03d}" for n in range(30)]})
    part = window(parts).parts[0]
    now = matching.hits(part, matching.asked(asked, more), more)[0]
    assert len(now) > len(before) / 2


def test_a_backtest_counts_what_is_known(parts, facts, known):
    condition, other = CONDITIONS[1], CONDITIONS[0]
    tree, beside = parse(condition, SCHEMA), parse(other, SCHEMA)
    found = backtest(window(parts), tree, {"OTHER": beside}, {})
    judged = ProfileSet([Profile("P", "P", condition)], SCHEMA, LISTS)
    hit = facts[judged.evaluate(facts).rows].join(known, on=["declaration_id", "item_no"], how="left")  # fmt: skip
    controlled = hit.filter(pl.col("found").is_not_null())
    assert (found.items, found.ours.items) == (facts.height, hit.height)
    assert found.ours.controlled == controlled.height > 0
    assert found.ours.finds == controlled["found"].sum() > 0
    assert found.ours.revenue.value == pytest.approx(controlled.filter("found")["revenue"].sum())
    assert found.controlled == known.height
    # What it hits is shirts, and the other one hits all of them.
    assert (found.alone.items, found.overlap[0].shared) == (0, hit.height)
    assert found.daily["hits"].sum() == hit.height
    assert set(found.examples["found"]) <= {True, False, None}
    assert set(found.examples["declaration_id"]) <= set(hit["declaration_id"])


def test_every_other_number_is_counted_as_if_it_stood_there(parts, facts):
    own = parse("value_per_kg_ratio < 0.95 AND net_mass BETWEEN 5 AND 500", SCHEMA)
    (swept,) = thresholds(window(parts), own, (), {})
    for point in swept.points:
        text = text_of(own).replace("0.95", repr(point.value))
        judged = ProfileSet([Profile("P", "P", text)], SCHEMA, LISTS)
        assert len(judged.evaluate(facts).rows) == point.hits
    assert swept.proposed is None or swept.proposed in [point.value for point in swept.points]


def controlled(facts, known):
    return facts.join(known.select("declaration_id", "item_no", "found"), on=["declaration_id", "item_no"]).with_columns(day="declaration_date")  # fmt: skip


def test_later_days_decide_about_a_grown_condition_and_do_not_make_it(facts, known):
    rows = controlled(facts, known)
    split, base, grown = grow(rows)
    assert any("value_per" in one.condition for one in grown)
    for one in grown:
        judged = ProfileSet([Profile("P", "P", one.condition)], SCHEMA, LISTS)
        later = rows.filter(pl.col("day") >= split)
        hit = later[judged.evaluate(later).rows]
        assert (hit.height, hit["found"].sum()) == (one.later_controlled, one.later_finds)
        assert one.later.low > base.value
    # Had the later days gone otherwise, the same conditions would have been grown, and refused.
    lucky = rows.with_columns(found=pl.col("found") & (pl.col("day") < split))
    assert grow(lucky)[2] == []


def test_nothing_is_grown_from_chance_alone(facts):
    random = np.random.default_rng(5)
    rows = facts.with_columns(
        found=pl.Series(random.random(facts.height) < 0.2), day="declaration_date"
    )
    assert len(grow(rows)[2]) <= 1
    assert grow(rows.clear())[2] == []
