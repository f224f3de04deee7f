"""The intake desk in a browser: files chosen and dropped, columns mapped, pages anybody can use."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.desks.intake.conftest import GOOD, HALF, UNKNOWN
from tidewaiter.desks.intake.actions import record_message, replay, save_mapping, submit
from tidewaiter.platform.jobs.worker import work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "rtl": {"color_scheme": "light", "locale": "ar"},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True},
}
MAPPING = """name = "broker"
[fields]
declaration_id = "Ref"
declaration_date = "Day"
hs = "Code"
"""


@pytest.fixture
def clerk(officer):
    return officer("intake_clerk", national=True)


@pytest.fixture
def desk(browser: Browser, live_server, browse, clerk) -> Iterator[Callable[..., Page]]:
    """A signed-in clerk's browser: `desk(color_scheme="dark")`."""
    opened = []

    def open_desk(**look: object) -> Page:
        sizes = {"viewport": {"width": 1366, "height": 800}}
        context = browser.new_context(**{**sizes, **look}, base_url=live_server.url)
        opened.append(context)
        session = browse(clerk).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        return page

    yield open_desk
    for context in opened:
        context.close()


@pytest.fixture
def hand_in(clerk) -> Callable[..., object]:
    """Hand in a text and read it, without the browser."""

    def hand(text: str, name: str, sender: str = "Broker Ltd") -> object:
        return record_message(submit(clerk, io.BytesIO(text.encode()), name=name, sender=sender))

    return hand


def look_at(page: Page, name: str) -> None:
    """Keep a picture where one is asked for."""
    if folder := os.environ.get("TIDEWAITER_PICTURES"):
        page.screenshot(path=Path(folder) / f"intake-{name}.png", full_page=True)


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, as `rule: element`."""
    if not AXE.exists():
        pytest.skip("axe-core is not there: build the front end first")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("(tags) => axe.run({runOnly: tags})", RULES)["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible(desk, hand_in, clerk, look) -> None:
    hand_in(GOOD, "good.csv")
    half, unknown = hand_in(HALF, "half.csv"), hand_in(UNKNOWN, "unknown.csv", "Spedition Süd")
    waiting = replay(clerk, hand_in(GOOD.replace("A", "W"), "waiting.csv"))
    save_mapping(clerk, name="broker", toml=MAPPING)
    page = desk(**LOOKS[look])
    for name, address in {
        "messages": "/intake/",
        "message": f"/intake/messages/{half.pk}/",
        "unmapped": f"/intake/messages/{unknown.pk}/",
        "waiting": f"/intake/messages/{waiting.pk}/",
        "columns": f"/intake/messages/{unknown.pk}/columns",
        "upload": "/intake/upload/",
        "quarantine": "/intake/quarantine/",
        "mappings": "/intake/mappings/",
        "mapping": "/intake/mappings/broker/",
    }.items():
        page.goto(address)
        look_at(page, f"{name}-{look}")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name


def test_files_are_chosen_and_a_wrong_mapping_is_tried_before_it_is_saved(
    desk, tmp_path, clerk
) -> None:
    path = tmp_path / "unknown.csv"
    path.write_text(UNKNOWN)
    page = desk()
    page.goto("/intake/upload/")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("unknown.csv")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/messages/**")
    work(once=True)
    page.get_by_role("link", name="Go through the columns").click()
    page.get_by_label("What Masse holds").select_option("hs")
    page.get_by_label("What Warennummer holds").select_option("description")
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_text("0 of the first 2 records can be read")).to_be_visible()
    look_at(page, "tried")
    page.get_by_label("What Masse holds").select_option("net_mass")
    page.get_by_label("What Warennummer holds").select_option("hs")
    page.get_by_label("Name of the mapping").fill("Spedition")
    page.get_by_role("button", name="Save and read the file").click()
    page.wait_for_url("**/messages/**")
    work(once=True)
    expect(page.get_by_text("recorded", exact=True)).to_be_visible()
