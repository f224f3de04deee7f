"""The profile editor in a real browser: checked while typing, completed by a click, four eyes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import LOOKS, look
from tidewaiter.desks.targeting.actions.profiles import active_profile_set

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_profile_from_the_first_letter_to_force(enter: Callable[..., Page]) -> None:
    page = enter("targeting_officer")
    page.goto("/targeting/profiles/new")
    page.get_by_label("Code", exact=True).fill("PHONES")
    page.get_by_label("Title").fill("Telephones")
    condition = page.get_by_label("Condition", exact=True)
    condition.click()
    page.keyboard.type("hs LIKE '8517%' AND orgin")
    expect(page.locator("mark.editor-error")).to_have_text("orgin")
    # The message leads to the place; the suggestion takes the place of what was typed there.
    page.get_by_role("button", name="did you mean").click()
    assert condition.evaluate("area => [area.selectionStart, area.selectionEnd]") == [20, 25]
    page.keyboard.type("orig")
    page.locator('[data-insert="origin"]').click()
    expect(condition).to_have_value("hs LIKE '8517%' AND origin ")
    page.keyboard.type("= 'CN'")
    expect(page.get_by_text("Can be judged.")).to_be_visible()
    expect(page.locator("mark")).to_have_count(0)
    page.get_by_role("button", name="Try on the last month").click()
    expect(page.get_by_text("There is no traffic yet")).to_be_visible()
    page.get_by_role("button", name="Save and propose").click()
    expect(page.locator("h1")).to_have_text("PHONES")
    expect(page.get_by_role("button", name="Agree")).to_have_count(0)
    assert active_profile_set(date(2026, 1, 1)).codes == ()

    other = enter("profile_approver")
    other.goto("/targeting/profiles/PHONES/")
    other.get_by_role("button", name="Agree").click()
    expect(other.locator(".badge").first).to_have_text("Active")
    assert active_profile_set(date(2026, 1, 1)).codes == ("PHONES",)


def test_a_condition_is_put_together_without_knowing_the_language(
    enter: Callable[..., Page],
) -> None:
    page = enter("targeting_officer")
    page.goto("/targeting/profiles/new")
    condition = page.get_by_label("Condition", exact=True)
    fact, value = page.get_by_label("Fact"), page.get_by_label("Value")
    add = page.get_by_role("button", name="Add", exact=True)
    fact.fill("hs")
    value.fill("8517")
    expect(page.locator("[data-says]")).to_contain_text("begins with 8517")
    add.click()
    page.get_by_label("Joined by").select_option(label="or")
    fact.fill("customs_value")
    value.fill("much")
    add.click()
    expect(condition).to_have_value("hs LIKE '8517%'")
    value.fill("500")
    value.press("Enter")
    page.get_by_label("Joined by").select_option(label="and not")
    fact.fill("origin")
    page.get_by_label("Comparison").select_option(label="is one of (a comma between)")
    value.fill("CN, VN")
    add.click()
    # What was joined by OR is kept together.
    expect(condition).to_have_value(
        "(hs LIKE '8517%'\nOR customs_value >= 500)\nAND NOT origin IN ('CN', 'VN')"
    )
    expect(page.get_by_text("Can be judged.")).to_be_visible()
    look(page)


@pytest.mark.parametrize("shown", LOOKS)
def test_accessibility(enter: Callable[..., Page], shown: str) -> None:
    page = enter("targeting_officer", shown)
    page.goto("/targeting/profiles/new")
    page.locator("#id_code").fill("PHONES")
    page.locator("#id_title").fill("Telephones")
    page.locator("#id_condition").fill("orgin = 'CN' AND customs_value > 5")
    expect(page.locator("mark.editor-error")).to_have_count(1)
    look(page)
    page.locator("#id_condition").fill("origin = 'CN' AND customs_value > 5")
    page.locator("button[name=save]").click()
    page.wait_for_url("**/profiles/PHONES/")
    look(page)
    for address in ("/targeting/profiles/", "/targeting/lists/"):
        page.goto(address)
        look(page)
    page.locator("#id_name").fill("hubs")
    page.locator("#id_name").press("Enter")
    page.wait_for_url("**/lists/hubs/")
    page.locator("#id_value").fill("HK")
    page.locator("#id_value").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    look(page)
