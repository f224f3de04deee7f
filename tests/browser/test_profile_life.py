"""An officer without knowledge of programming writes a profile, tries it, and sees it bite."""

from __future__ import annotations

import re
from datetime import timedelta

import polars as pl
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.looking import look
from tests.fixtures import trade
from tests.fixtures.trading import put
from tidewaiter.desks.control.models import ControlOrder
from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.actions.shadow import follow_shadows
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.jobs.worker import drain

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAYS = 100


@pytest.fixture
def operator(officer):
    return officer("operator", national=True, username="operator")


@pytest.fixture
def declared(home):
    """A trade of the last hundred days, with what was found in it."""
    rows = trade.declarations(1_500, days=DAYS).with_columns(function=pl.lit("original"))
    later = timezone.localdate() - timedelta(days=1) - rows["declaration_date"].max()
    rows = rows.with_columns(pl.col("declaration_date") + later)
    put(DECLARATIONS, rows, "declared")
    put(OUTCOMES, trade.outcomes(rows, share=0.7), "found")
    return rows


def choose(page, fact, comparison, value):
    page.get_by_label("Fact").fill(fact)
    operator = page.get_by_label("Comparison")
    label = next(one for one in operator.locator("option").all_inner_texts() if comparison in one)
    operator.select_option(label=label)
    page.get_by_label("Value").fill(value)
    page.get_by_role("button", name="Add", exact=True).click()


def test_from_the_builder_to_the_next_declaration(declared, operator, enter):
    page = enter("targeting_officer")
    page.goto("/targeting/profiles/new")
    page.get_by_label("Code", exact=True).fill("CHEAP-SHIRTS")
    page.get_by_label("Title").fill("Shirts far below the usual value")
    choose(page, "hs", "begins with", "6109")
    choose(page, "value_per_kg_ratio", "less than", "0.6")
    expect(page.get_by_text("Can be judged.")).to_be_visible()
    page.locator("#id_lane").select_option("red")
    page.locator("#id_mandatory").check()
    page.locator("#id_reason").fill("Worth {value_per_kg_ratio} of the usual.")
    look(page, "profile-1-builder")

    page.get_by_role("button", name="Save and backtest").click()
    page.wait_for_url("**/backtests/**")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    look(page, "profile-2-waiting")
    drain()
    expect(page.get_by_text("Known finds")).to_be_visible()
    expect(page.locator(".stat", has_text="Precision").first).to_contain_text("to")
    expect(page.get_by_role("cell", name="Find").first).to_be_visible()
    look(page, "profile-3-backtest")

    page.get_by_role("link", name="To the profile").click()
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.locator(".badge").first).to_have_text("Proposed")
    other = enter("profile_approver")
    other.goto("/targeting/profiles/CHEAP-SHIRTS/")
    expect(other.get_by_role("link", name=re.compile("Version 1, "))).to_be_visible()
    look(other, "profile-4-decide")
    other.get_by_role("button", name="Agree").click()
    expect(other.locator(".badge").first).to_have_text("Active")

    cheap = declared.filter(pl.col("hs") == "610910").head(1).with_columns(
        declaration_id=pl.lit("NEXT-1"), declaration_date=pl.lit(timezone.localdate()),
        customs_value=pl.col("net_mass") * 3, net_mass=pl.col("net_mass"),
    )  # fmt: skip
    put(DECLARATIONS, cheap, "next")
    assess_window(operator, timezone.localdate(), None)
    select_days(operator, timezone.localdate())
    assert ControlOrder.objects.filter(declaration_id="NEXT-1").count() == 1
    page.goto("/targeting/declarations/NEXT-1/")
    expect(page.get_by_text("of the usual").first).to_be_visible()
    look(page, "profile-5-bites")


@pytest.mark.parametrize("shown", ["dark", "rtl", "phone"])
def test_answers_can_be_read_by_everybody(declared, operator, enter, shown):
    page = enter("targeting_officer", shown)
    page.goto("/targeting/profiles/new")
    page.locator("#id_code").fill("CHEAP")
    page.locator("#id_title").fill("Cheap")
    page.locator("#id_condition").fill("value_per_kg_ratio < 0.6")
    page.locator("button[name=backtest]").click()
    page.wait_for_url("**/backtests/**")
    drain()
    expect(page.locator(".stat").first).to_be_visible()
    look(page, f"backtest-{shown}")
    page.goto("/targeting/suggestions/")
    look(page)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/suggestions/\d+/"))
    drain()
    expect(page.locator("pre.code").first).to_be_visible()
    look(page, f"suggestions-{shown}")


@pytest.mark.parametrize("shown", ["light", "phone"])
def test_a_version_in_shadow_shows_what_it_would_have_done(
    declared, operator, officer, enter, shown
):
    writer, approver = (officer(role, national=True) for role in ("targeting_officer", "profile_approver"))  # fmt: skip
    shirts = Profile("SHIRTS", "Shirts", "hs LIKE '6109%'", mandatory=True, lane="red")
    version = actions.save_and_propose(writer, shirts, shadow_days=14)
    actions.decide(approver, version, agree=True)
    last = declared.filter(pl.col("declaration_date") == pl.col("declaration_date").max())
    put(
        DECLARATIONS,
        last.with_columns(declaration_id=pl.lit("NEXT-") + pl.col("declaration_id")),
        "next",
    )
    assess_window(operator, last["declaration_date"][0], None)
    select_days(operator)
    assert follow_shadows() > 0
    page = enter(approver, shown)
    page.goto("/targeting/profiles/SHIRTS/")
    expect(page.get_by_text("Would have been selected")).to_be_visible()
    expect(page.get_by_role("button", name="Put in force")).to_be_visible()
    look(page, f"profile-shadow-{shown}")
