"""The performance page: counts once a month, rates beside chance, only one's own offices."""

from __future__ import annotations

import io
import math
from datetime import date

import polars as pl
import pytest

from tests.fixtures.traffic import NORTH, SOUTH, append, assessment, item, result, selection
from tidewaiter.desks.performance.actions import refresh_summaries, summaries
from tidewaiter.desks.performance.queries.counts import Wanted, offices
from tidewaiter.desks.performance.queries.yields import daily, overview
from tidewaiter.desks.targeting.models import Pins, RiskModelVersion
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.measurement import traffic as measurement
from tidewaiter.engine.risk.measurement import wilson
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
PAGE = "/performance/"
MARCH = Wanted(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def head(officer):
    return officer("head_of_enforcement", national=True)


def test_counts_are_those_of_the_lake(controlled, head):
    shown = overview(head, MARCH)
    assert shown.totals["declarations"] == 30
    assert shown.totals["items"] == 60
    assert shown.totals["controlled"] == 4
    assert shown.totals["found"] == 2
    assert shown.totals["revenue"] == 421.0
    assert shown.targeted == wilson(1, 2)
    assert shown.random == wilson(1, 2)


def test_lanes_are_beside_their_own_random_share(controlled, head):
    lines = {line.name: line for line in overview(head, MARCH, "lane").lines}
    assert list(lines) == ["red", "yellow", "blue", "green"]
    red = lines["red"]
    assert (red.declarations, red.controlled, red.found, red.revenue) == (10, 4, 2, 421.0)
    assert (red.targeted, red.random) == (wilson(1, 2), wilson(1, 2))
    assert lines["green"].controlled == 0


def test_offices_profiles_and_models(controlled, head, officer):
    offices = {line.name: line for line in overview(head, MARCH, "office").lines}
    assert (offices[NORTH].controlled, offices[SOUTH].controlled) == (2, 2)
    assert (offices[NORTH].found, offices[SOUTH].found) == (1, 1)

    (phones,) = overview(head, MARCH, "profile").lines
    assert (phones.name, phones.declarations) == ("PHONES", 8)
    assert (phones.controlled, phones.found) == (1, 0)  # declaration 12
    assert phones.random == wilson(1, 2)

    trainer = officer("analyst")
    model = RiskModelVersion.objects.create(
        version="a" * 64, trained_by=trainer, learned_until=date(2026, 1, 1)
    )
    Pins.objects.create(
        digest="pins", profiles="p", lists="l", model=model.version, currency="EUR", code="1"
    )
    (line,) = overview(head, MARCH, "model").lines
    assert (line.name, line.controlled, line.found) == (model.version, 2, 1)


def test_estimates_weigh_results_by_their_probability(controlled, head, monkeypatch):
    """Results of 3 (found), 9, 12 at one half, of 6 (found) for sure; the others are still open."""
    estimated = overview(head, MARCH).estimated
    assert math.isnan(estimated.rate.value)  # three controls by chance say nothing
    assert (estimated.declarations, estimated.by_chance, estimated.found) == (30, 3, 2)
    for name in ("LEAST_CONTROLS", "LEAST_CONTROLS_OF_REVENUE", "LEAST_FINDS"):
        monkeypatch.setattr(measurement, name, 1)
    estimated = overview(head, MARCH).estimated
    certain = 17  # selected with p = 1, but for 3, 9 and 12, recorded with one half
    assert estimated.rate.value * 30 == pytest.approx(certain * 1 + (30 - certain) / 3)
    assert estimated.rate.low < estimated.rate.value < estimated.rate.high


def test_only_ones_own_offices_are_counted_or_named(controlled, officer, browse):
    chief = officer("supervisor", offices=[NORTH])
    shown = overview(chief, MARCH, "office")
    assert [line.name for line in shown.lines] == [NORTH]
    assert shown.totals["declarations"] == 15
    assert shown.totals["controlled"] == 2
    assert offices(chief) == [NORTH]
    text = browse(chief).get(PAGE, {"by": "office", "office": SOUTH}).content.decode()
    assert f'value="{NORTH}"' in text
    assert f'value="{SOUTH}"' not in text
    nowhere = overview(officer("supervisor"), MARCH)
    assert nowhere.totals["declarations"] == 0


def test_who_may_not_read_is_refused(officer, browse):
    inspector = officer("inspector", national=True)
    with pytest.raises(Denied):
        overview(inspector, MARCH)
    assert browse(inspector).get(PAGE).status_code == 403
    with pytest.raises(Denied):
        daily(officer("supervisor", national=True), MARCH)


def test_a_new_result_moves_the_hit_rate_at_once_in_a_small_house(controlled, head):
    before = overview(head, MARCH)
    append(OUTCOMES, [result(18, found=True)], "one more")
    after = overview(head, MARCH)
    assert after.targeted.value > before.targeted.value
    assert after.totals["revenue"] == before.totals["revenue"] + 100


def test_a_large_house_shows_what_was_counted_last(controlled, head, monkeypatch):
    refresh_summaries()
    monkeypatch.setattr(summaries, "AT_ONCE", 0.0)
    append(OUTCOMES, [result(18, found=True)], "one more")
    shown = overview(head, MARCH)
    assert shown.totals["controlled"] == 4
    assert refresh_summaries() == ["2026-03"]
    assert overview(head, MARCH).totals["controlled"] == 5


def test_only_months_written_to_are_counted_again(controlled, head):
    assert refresh_summaries() == ["2026-03"]
    assert refresh_summaries() == []
    april = item(40, declaration_date=date(2026, 4, 2))
    append(DECLARATIONS, [april], "april")
    assert refresh_summaries() == ["2026-04"]


def test_counting_agrees_whatever_the_lake_was_counted_from(controlled, head):
    """A superseding result replaces the earlier one; a cancelled declaration does not count."""
    overview(head, MARCH)
    append(OUTCOMES, [{**result(9, found=True), "version": 2}], "put right")
    append(DECLARATIONS, [item(5, n, function="cancellation", version=2) for n in (1, 2)], "gone")
    shown = overview(head, MARCH)
    assert shown.totals["found"] == 3
    assert shown.totals["controlled"] == 4
    assert shown.totals["declarations"] == 29


def test_declared_but_not_selected_yet(home, head):
    append(DECLARATIONS, [item(1)], "declared")
    shown = overview(head, MARCH)
    assert shown.totals["declarations"] == 1
    assert shown.periods[0].lanes[""] == 1


def test_days_to_release(home, head):
    rows = [item(n, release_date=date(2026, 3, 1 + n + 2)) for n in (1, 3)] + [item(5)]
    append(DECLARATIONS, rows, "declared")
    shown = overview(head, MARCH)
    assert (shown.totals["released"], shown.totals["release_days"]) == (2, 4)
    assert shown.periods[0].release_days == 2.0


def test_revenue_in_another_currency_is_not_added(controlled, head):
    append(OUTCOMES, [result(18, found=True, currency="USD", revenue=1e9)], "dollars")
    assert overview(head, MARCH).totals["revenue"] == 421.0


def test_long_windows_are_shown_by_week_or_month(controlled, head):
    append(DECLARATIONS, [item(41, declaration_date=date(2025, 6, 3))], "older")
    half_year = overview(head, Wanted(date(2025, 10, 1), date(2026, 3, 31)))
    assert all(period.start.weekday() == 0 for period in half_year.periods)
    year = overview(head, Wanted(date(2025, 4, 1), date(2026, 3, 31)))
    assert [p.start for p in year.periods] == [date(2025, 6, 1), date(2026, 3, 1)]


def test_default_window_ends_with_the_newest_traffic(controlled, head):
    append(DECLARATIONS, [item(41, declaration_date=date(2025, 6, 3))], "older")
    shown = overview(head, Wanted())
    assert shown.until == date(2026, 3, 10)
    assert shown.totals["declarations"] == 30


@pytest.mark.parametrize("by", ["lane", "office", "profile", "model", "nonsense"])
def test_page_shows_figures_charts_and_table(by, controlled, browse):
    text = browse("head_of_enforcement", national=True).get(PAGE, {"by": by}).content.decode()
    for expected in ("Hit rate by chance", "Revenue assessed", "421", 'id="hits"'):
        assert expected in text


def test_an_empty_house_says_so(home, browse):
    text = browse("head_of_enforcement", national=True).get(PAGE).content.decode()
    assert "No declarations in these days" in text


def test_nonsense_in_the_address_is_no_error(controlled, browse):
    client = browse("head_of_enforcement", national=True)
    assert client.get(PAGE, {"since": "yesterday", "office": "NOWHERE"}).status_code == 200


def test_export_adds_up_and_is_written_down(controlled, browse):
    client = browse("head_of_enforcement", national=True)
    answer = client.get("/performance/export", {"since": "2026-03-01", "until": "2026-03-31"})
    frame = pl.read_csv(io.BytesIO(answer.getvalue()))
    assert frame["declarations"].sum() == 30
    assert frame["found"].sum() == 2
    assert Entry.objects.filter(action="performance.export").exists()


def test_a_declaration_on_two_profiles_counts_once_for_each(home, head):
    declared = [item(1), item(1, 2)]
    append(DECLARATIONS, declared, "declared")
    judged = [assessment(one, profiles=["PHONES", "SHOES"]) for one in declared]
    append(ASSESSMENTS, judged, "assessed")
    append(SELECTIONS, [selection(item(1))], "selected")
    lines = overview(head, MARCH, "profile").lines
    assert sorted((line.name, line.declarations) for line in lines) == [("PHONES", 1), ("SHOES", 1)]
