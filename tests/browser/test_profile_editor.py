"""The profile editor in a real browser: checked while typing, completed by a click, four eyes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tidewaiter.desks.targeting.actions.profiles import active_profile_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def desk(browser: Browser, live_server, browse) -> Iterator[Callable[..., Page]]:
    """A signed-in page: `desk("targeting_officer")`, with options of the browser's context."""
    contexts = []

    def open_desk(role: str, **options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        client = browse(role, national=True)
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield open_desk
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    if not AXE.exists():
        pytest.skip("axe-core is not there: build the front end first")
    page.evaluate(AXE.read_text())
    found = page.evaluate("(tags) => axe.run({runOnly: tags})", RULES)["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def test_a_profile_from_the_first_letter_to_force(desk: Callable[..., Page]) -> None:
    page = desk("targeting_officer")
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

    other = desk("profile_approver")
    other.goto("/targeting/profiles/PHONES/")
    other.get_by_role("button", name="Agree").click()
    expect(other.locator(".badge").first).to_have_text("Active")
    assert active_profile_set(date(2026, 1, 1)).codes == ("PHONES",)


LOOKS = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "locale": "ar"},
    {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
]


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "right to left", "phone"])
def test_accessibility(desk: Callable[..., Page], look: dict[str, object]) -> None:
    page = desk("targeting_officer", bypass_csp=True, **look)
    page.goto("/targeting/profiles/new")
    page.locator("#id_code").fill("PHONES")
    page.locator("#id_title").fill("Telephones")
    page.locator("#id_condition").fill("orgin = 'CN' AND customs_value > 5")
    expect(page.locator("mark.editor-error")).to_have_count(1)
    assert violations(page) == []
    page.locator("#id_condition").fill("origin = 'CN' AND customs_value > 5")
    page.locator("button[name=save]").click()
    page.wait_for_url("**/profiles/PHONES/")
    assert violations(page) == []
    for address in ("/targeting/profiles/", "/targeting/lists/"):
        page.goto(address)
        assert violations(page) == []
    page.locator("#id_name").fill("hubs")
    page.locator("#id_name").press("Enter")
    page.wait_for_url("**/lists/hubs/")
    page.locator("#id_value").fill("HK")
    page.locator("#id_value").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert violations(page) == []
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
