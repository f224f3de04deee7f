"""Performance and models in a real browser: charts are drawn, tabs work, everybody can read them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looking import LOOKS, look
from tests.fixtures import trade
from tidewaiter.desks.performance.actions import refresh_summaries
from tidewaiter.desks.targeting.actions.learning import train

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = "/performance/?since=2026-03-01&until=2026-03-31"


@pytest.mark.usefixtures("controlled")
@pytest.mark.parametrize("shown", LOOKS)
def test_charts_are_drawn_and_everybody_can_read_them(enter, shown):
    page = enter("head_of_enforcement", shown)
    page.goto(PAGE)
    expect(page.locator("#hits svg, #hits canvas").first).to_be_visible()
    look(page)


@pytest.mark.usefixtures("controlled")
def test_tabs_keep_the_window(enter):
    page = enter("head_of_enforcement")
    page.goto(PAGE)
    page.locator("nav.tabs a").nth(1).click()
    expect(page.locator("#yield")).to_contain_text("XT000100")
    assert "since=2026-03-01" in page.url


@pytest.mark.usefixtures("trading")
def test_a_challenger_is_promoted_by_somebody_else(enter, officer):
    trainer = officer("analyst", national=True)
    train(trainer, until=trade.FIRST_DAY.replace(month=3, day=15))
    second = train(trainer)
    page = enter("profile_approver")
    page.goto(f"/targeting/models/{second.version}/")
    expect(page.locator("#weights svg, #weights canvas").first).to_be_visible()
    look(page)
    page.get_by_role("button", name="Promote").click()
    expect(page.locator(".page-head")).to_contain_text("champion")


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("shown", LOOKS)
def test_the_state_of_compliance_is_read_by_everybody(enter, shown):
    refresh_summaries()
    page = enter("head_of_enforcement", shown)
    page.goto("/performance/compliance")
    expect(page.locator("#months svg, #months canvas").first).to_be_visible()
    expect(page.locator("#strata svg, #strata canvas").first).to_be_visible()
    look(page, f"compliance-{shown}")
    page.goto("/performance/profiles")
    expect(page.locator("#overlap svg, #overlap canvas").first).to_be_visible()
    look(page, f"profiles-{shown}")


@pytest.mark.usefixtures("simulated")
def test_strata_are_sorted_and_keep_their_tab(enter):
    refresh_summaries()
    page = enter("head_of_enforcement")
    page.goto("/performance/compliance?by=origin")
    page.locator("#where thead a").first.click()
    assert "by=origin" in page.url
    assert "sort=name" in page.url
