"""Worklist and declaration in a real browser: keys, ticks, history that comes later, access."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.desks.targeting.conftest import traffic  # noqa: F401  a fixture
from tidewaiter.desks.targeting.models import Override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("traffic"),
]

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LIST = "/targeting/worklist/?since=2026-03-01"
ONE = "/targeting/declarations/26XT0006/"


@pytest.fixture
def desk(browser: Browser, live_server, browse) -> Iterator[Callable[..., Page]]:
    """A signed-in page: `desk("targeting_officer")`, with options of the browser's context."""
    contexts = []

    def open_desk(role: str, **options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        client = browse(role, national=True)
        cookies = [("sessionid", client.cookies["sessionid"].value)]
        if options.get("locale") == "ar":
            cookies.append(("django_language", "ar"))
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies]
        )
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


def test_keys_walk_the_list_and_open_a_declaration(desk):
    page = desk("targeting_officer")
    page.goto(LIST)
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second).to_have_class("is-here")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("26XT0028")


def test_ticked_rows_are_exported(desk):
    page = desk("targeting_officer")
    page.goto(LIST)
    page.get_by_role("checkbox", name="Select 26XT0029").check()
    page.get_by_role("checkbox", name="Select 26XT0027").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export selected").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["26XT0029", "26XT0027"]


def test_a_view_is_saved_and_opened_again(desk):
    page = desk("targeting_officer")
    page.goto(f"{LIST}&lane=red")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save this view as").fill("Reds")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/targeting/worklist/")
    page.get_by_text("Views", exact=True).click()
    page.locator(".menu-item", has_text="Reds").click()
    expect(page).to_have_url(re.compile("lane=red"))


def test_the_importers_history_arrives_with_its_charts(desk):
    page = desk("targeting_officer")
    page.goto(ONE)
    expect(page.get_by_text("Goods with the highest value")).to_be_visible()
    expect(page.locator("#trader-value svg")).to_be_visible()


def test_two_officers_change_a_lane(desk):
    anna, berta = desk("targeting_officer"), desk("profile_approver")
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
@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"locale": "ar"}, PHONE],
    ids=["light", "dark", "right-to-left", "phone"],
)
def test_everybody_can_use_the_pages(desk, address, options):
    page = desk("targeting_officer", **options)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if options.get("locale") == "ar":
        assert page.locator("html").get_attribute("dir") == "rtl"
    assert violations(page) == []
    width, seen = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert width <= seen
