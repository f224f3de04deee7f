"""Trying a policy in the browser: a form, a job that shows how far it is, what came of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looking import at_rest, look, too_wide
from tidewaiter.platform.jobs.worker import drain

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("shown", ["light", "phone"])
def test_a_policy_is_tried_and_its_figures_appear_by_themselves(enter, home, traffic, shown):
    page = enter("targeting_officer", look=shown)
    page.goto("/targeting/what-if/")
    look(page, f"what-if-form-{shown}")
    random = page.get_by_label("Red: random share, %")
    random.fill("20")
    expect(page.get_by_text("in force: 0.25")).to_be_visible()
    random.fill("0.25")
    expect(page.get_by_text("in force: 0.25")).to_be_hidden()
    random.fill("20")
    look(page, f"what-if-changed-{shown}")
    page.get_by_role("button", name="Try it on the last month").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    look(page)
    drain()  # the page asks every two seconds
    expect(page.get_by_role("heading", name="Workload against capacity")).to_be_visible()
    expect(page.get_by_role("link", name="Policy file")).to_be_visible()
    expect(page.get_by_text("done", exact=True)).to_be_visible()
    look(page, f"what-if-{shown}")
    assert at_rest(lambda: too_wide(page)) == []
