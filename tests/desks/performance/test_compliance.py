"""How much is missed and where, beside the truth of a simulated world; what profiles add."""

from __future__ import annotations

import io
from datetime import date

import polars as pl
import pytest

from tests.fixtures.traffic import append, item, selection
from tidewaiter.desks.performance.actions import refresh_summaries
from tidewaiter.desks.performance.queries.compliance import compliance, strata
from tidewaiter.desks.performance.queries.counts import Wanted
from tidewaiter.desks.performance.queries.profiles import profile_overlap
from tidewaiter.desks.performance.queries.yields import overview
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.measurement import wilson
from tidewaiter.engine.simulate import inspect
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
PAGE = "/performance/compliance"
QUARTER = Wanted(date(2026, 1, 1), date(2026, 3, 31))


@pytest.fixture
def head(officer):
    return officer("head_of_enforcement", national=True)


@pytest.fixture
def counted(simulated):
    refresh_summaries()
    return simulated


def whole_truth(truth: pl.DataFrame) -> pl.DataFrame:
    """What a control of every declaration would have found."""
    results = inspect(truth, truth["declaration_id"].unique(), "physical", seed=5)
    return results.group_by("declaration_id").agg(
        pl.col("found").any(), pl.col("revenue").sum(), pl.col("office").first()
    )


def test_the_estimate_holds_the_truth(counted, head):
    true, shown = whole_truth(counted), compliance(head, QUARTER)
    whole = shown.whole
    assert whole.declarations == true.height
    assert whole.rate.low <= true["found"].mean() <= whole.rate.high
    assert whole.gap.low <= true["revenue"].sum() <= whole.gap.high
    results = lake().current(OUTCOMES).collect()
    found = results.group_by("declaration_id").agg(pl.col("found").any())
    assert (whole.controlled, whole.found) == (found.height, found["found"].sum())
    assert whole.missed.value == pytest.approx(whole.rate.value * true.height - whole.found)
    assert [one.name for one in shown.months] == [date(2026, n, 1) for n in (1, 2, 3)]


@pytest.mark.parametrize("by", ["office", "chapter", "origin", "lane", "size"])
def test_strata_add_up_to_the_whole(by, counted, head):
    shown = compliance(head, QUARTER, by)
    for name in ("declarations", "controlled", "by_chance", "found"):
        assert sum(getattr(one, name) for one in shown.lines) == getattr(shown.whole, name)


def test_lanes_are_those_that_risk_alone_gives(counted, head):
    lanes = {one.name: one for one in strata_of(head, "lane")}
    assert set(lanes) == {"red", "green"}
    assert lanes["red"].by_chance == 0
    assert lanes["red"].rate.low == lanes["red"].rate.high  # all of it was controlled
    assert lanes["green"].by_chance == lanes["green"].controlled


def strata_of(user, by):
    return compliance(user, QUARTER, by).lines


def test_the_ranking_is_judged_by_what_chance_found_too(counted, head):
    shown = compliance(head, QUARTER)
    assert [one.share for one in shown.by_value] == [0.01, 0.02, 0.05, 0.1]
    fifth = shown.by_value[2]
    assert fifth.lift.value > 1
    assert fifth.recall.low <= fifth.recall.value <= fifth.recall.high
    assert fifth.controls == pytest.approx(0.05 * shown.whole.declarations)


def test_an_officer_of_one_office_is_told_of_that_office_alone(counted, officer):
    office = lake().scan(DECLARATIONS).select(pl.col("office").first()).collect().item()
    chief = officer("supervisor", offices=[office])
    shown = compliance(chief, QUARTER)
    assert [one.name for one in shown.lines] == [office]
    assert shown.whole.declarations == shown.lines[0].declarations
    assert compliance(officer("supervisor"), QUARTER).whole.declarations == 0


def test_what_an_officer_released_is_in_no_estimate(traffic, head):
    append(
        SELECTIONS,
        [selection(item(0), version=2, lane="green", selected_by="override", selection_probability=0.0)],
        "released",
    )  # fmt: skip
    whole = compliance(head, Wanted()).whole
    assert (whole.declarations, whole.outside) == (29, 1)


def test_the_page_says_first_how_much_is_missed(counted, browse):
    text = browse("head_of_enforcement", national=True).get(PAGE).content.decode()
    assert "How much are we missing?" in text
    assert "of declarations do not comply (between" in text
    assert text.index("How much are we missing?") < text.index('id="where"')
    assert "too few controls by chance" in text  # of the smaller offices


def test_with_few_controls_by_chance_the_page_says_so(traffic, browse):
    text = browse("head_of_enforcement", national=True).get(PAGE).content.decode()
    assert "cannot be told yet" in text


@pytest.mark.parametrize("sort", ["name", "-rate", "missed", "-lost", "nonsense"])
def test_strata_are_sorted_with_the_unknown_last(sort, counted, browse):
    client = browse("head_of_enforcement", national=True)
    rows = client.get(PAGE, {"by": "office", "sort": sort}).context["table"].rows
    column = 5 if sort == "-lost" else 3
    unknown = [row.cells[column] in ("–", "too few controls by chance") for row in rows]
    if sort != "name":
        assert unknown == sorted(unknown)
    else:
        names = [str(row.cells[0]) for row in rows]
        assert names == sorted(names)


def test_strata_are_exported_and_the_ledger_knows(counted, browse):
    client = browse("head_of_enforcement", national=True)
    answer = client.get(f"{PAGE}/export", {"by": "origin"})
    frame = pl.read_csv(io.BytesIO(answer.getvalue()))
    assert frame["declarations"].sum() == compliance(client.user, QUARTER).whole.declarations
    assert {"origin", "rate", "rate_low", "lost_high"} <= set(frame.columns)
    assert Entry.objects.filter(action="performance.export", subject="origin").exists()


def test_who_may_not_export_is_refused(counted, officer, browse):
    supervisor = officer("supervisor", national=True)
    with pytest.raises(Denied):
        strata(supervisor, QUARTER, "office")
    assert browse(supervisor).get(f"{PAGE}/export").status_code == 403
    assert browse("inspector", national=True).get(PAGE).status_code == 403


def test_profiles_are_credited_with_what_they_alone_find(counted, head):
    shown = profile_overlap(head, QUARTER)
    assert {one.code for one in shown.profiles} == {"CHEAP", "NEWCOMER", "ORIGIN"}
    for one in shown.profiles:
        assert 0 <= one.alone_found <= one.found <= one.controlled <= one.declarations
        assert one.rate == wilson(one.found, one.controlled)
    assert shown.shared["share"].is_between(0, 1).all()


def test_the_page_of_profiles_shows_the_matrix_and_exports(counted, browse):
    client = browse("head_of_enforcement", national=True)
    page = client.get("/performance/profiles", {"sort": "profile"})
    assert [row.cells[0] for row in page.context["table"].rows] == ["CHEAP", "NEWCOMER", "ORIGIN"]
    assert 'id="overlap"' in page.content.decode()
    frame = pl.read_csv(io.BytesIO(client.get("/performance/profiles/export").getvalue()))
    assert sorted(frame["code"]) == ["CHEAP", "NEWCOMER", "ORIGIN"]


def test_revenue_a_control_stands_beside_that_of_chance(counted, head):
    (red, *_others) = overview(head, QUARTER, "lane").lines
    assert red.worth.low < red.worth.value < red.worth.high
    assert red.random_worth.value < red.worth.value


def test_inspectors_are_compared_by_those_who_lead_them_only(counted, head, officer, browse):
    assert overview(head, QUARTER, "inspector").lines == []  # results came as a file
    targeter = officer("targeting_officer", national=True)
    with pytest.raises(Denied):
        overview(targeter, QUARTER, "inspector")
    assert "Inspectors" not in browse(targeter).get("/performance/").content.decode()
