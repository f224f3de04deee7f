"""Worklist and declaration in a real browser: keys, ticks, history that comes later, access."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import LOOKS, look
from tidewaiter.desks.targeting.models import Override

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("traffic"),
]

LIST = "/targeting/worklist/?since=2026-03-01"
ONE = "/targeting/declarations/26XT0006/"


def test_keys_walk_the_list_and_open_a_declaration(enter):
    page = enter("targeting_officer")
    page.goto(LIST)
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second).to_have_class("is-here")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("26XT0028")


def test_ticked_rows_are_exported(enter):
    page = enter("targeting_officer")
    page.goto(LIST)
    page.get_by_role("checkbox", name="Select 26XT0029").check()
    page.get_by_role("checkbox", name="Select 26XT0027").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export selected").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["26XT0029", "26XT0027"]


def test_a_view_is_saved_and_opened_again(enter):
    page = enter("targeting_officer")
    page.goto(f"{LIST}&lane=red")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save this view as").fill("Reds")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/targeting/worklist/")
    page.get_by_text("Views", exact=True).click()
    page.locator(".menu-item", has_text="Reds").click()
    expect(page).to_have_url(re.compile("lane=red"))


def test_the_importers_history_arrives_with_its_charts(enter):
    page = enter("targeting_officer")
    page.goto(ONE)
    expect(page.get_by_text("Goods with the highest value")).to_be_visible()
    expect(page.locator("#trader-value svg")).to_be_visible()


def test_two_officers_change_a_lane(enter):
    anna, berta = enter("targeting_officer"), enter("profile_approver")
    anna.goto("/targeting/declarations/26XT0002/")
    anna.get_by_text("Propose another lane").click()
    anna.get_by_label("Lane").select_option("red")
    anna.get_by_label("Reason").fill("The seal number differs from the bill of lading.")
    anna.get_by_role("button", name="Propose", exact=True).click()
    expect(anna.get_by_role("heading", name="Another lane is proposed")).to_be_visible()
    expect(anna.get_by_role("button", name="Approve")).to_have_count(0)
    berta.goto("/targeting/overrides/")
    berta.get_by_role("link", name="26XT0002").click()
    berta.get_by_role("button", name="Approve").click()
    expect(berta.locator(".page-head .badge")).to_contain_text("Red")
    assert Override.objects.get().state == Override.State.APPROVED


@pytest.mark.parametrize(
    "address", [LIST, ONE, "/targeting/traders/IMP0/", "/targeting/overrides/"]
)
@pytest.mark.parametrize("shown", LOOKS)
def test_everybody_can_use_the_pages(enter, address, shown):
    page = enter("targeting_officer", shown)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if shown == "rtl":
        assert page.locator("html").get_attribute("dir") == "rtl"
    look(page)
