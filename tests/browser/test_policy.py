"""A policy is tried, proposed with its figures, approved by somebody else, and decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looking import look
from tests.desks.targeting.test_selecting import DAY, arrives, declared
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.platform.jobs.worker import drain
from tidewaiter.platform.store import lake

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("shown", ["light", "dark", "rtl", "phone"])
def test_from_the_trial_to_the_next_selection(enter, officer, traffic, shown):
    operator = officer("operator", "supervisor", national=True, username="operator")
    page = enter("targeting_officer", shown)
    page.goto("/targeting/what-if/")
    page.locator("[name=red_random_rate]").fill("100")
    look(page, f"policy-1-form-{shown}")
    page.locator("main form.form-wide button[type=submit]").click()
    page.wait_for_url("**/what-if/*/")
    drain()
    page.locator("a[href*='policy/new']").click()
    look(page, f"policy-2-propose-{shown}")
    page.locator("[name=reason]").fill("A month of everything, so that we learn what there is.")
    page.locator("[name=legal_basis]").fill("Article 46 (2)")
    page.locator("main form.form-wide button").click()
    page.wait_for_url("**/policy/2/")
    look(page, f"policy-3-waits-{shown}")

    head = enter("head_of_enforcement", shown)
    head.goto("/targeting/policy/")
    look(head, f"policy-4-history-{shown}")
    head.locator(".notice a").click()
    expect(head.locator("q")).to_contain_text("so that we learn")
    look(head, f"policy-5-decide-{shown}")
    head.locator("button[name=agree][value='0']").click()
    expect(head.locator("[data-error-summary]")).to_be_visible()
    look(head)
    head.locator("button[name=agree][value='1']").click()
    expect(head.locator(".badge.tone-good").first).to_be_visible()
    look(head, f"policy-6-in-force-{shown}")

    arrives(declared(range(300, 310), "ONE", DAY), expected_value=1.0)
    select_days(operator, DAY)
    lanes = lake().current(SELECTIONS).filter(importer="ONE").collect()["lane"]
    assert set(lanes) == {"red"}


def test_figures_are_changed_on_a_form_of_their_own(enter, traffic):
    page = enter("analyst", "phone")
    page.goto("/targeting/policy/new")
    page.get_by_label("Weight of the risk area: Drugs").fill("3")
    page.get_by_label("Blue: minutes of a control").fill("-1")
    page.get_by_label("Trader's limit, % of its declarations").fill("")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Trader's limit, % of its declarations: This field is required.")).to_be_visible()  # fmt: skip
    expect(page.locator("[data-figure-now]:visible")).to_have_count(3)
    look(page, "policy-form-wrong-phone")
