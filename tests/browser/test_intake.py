"""The intake desk in a browser: files chosen and dropped, columns mapped, pages anybody can use."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.looking import LOOKS, keep_picture, look
from tests.desks.intake.conftest import GOOD, HALF, UNKNOWN
from tidewaiter.desks.intake.actions import record_message, replay, save_mapping, submit
from tidewaiter.platform.jobs.worker import drain

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

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
def hand_in(clerk) -> Callable[..., object]:
    """Hand in a text and read it, without the browser."""

    def hand(text: str, name: str, sender: str = "Broker Ltd") -> object:
        return record_message(submit(clerk, io.BytesIO(text.encode()), name=name, sender=sender))

    return hand


@pytest.mark.parametrize("shown", LOOKS)
def test_every_page_is_accessible(enter, hand_in, clerk, shown) -> None:
    hand_in(GOOD, "good.csv")
    half, unknown = hand_in(HALF, "half.csv"), hand_in(UNKNOWN, "unknown.csv", "Spedition Süd")
    waiting = replay(clerk, hand_in(GOOD.replace("A", "W"), "waiting.csv"))
    save_mapping(clerk, name="broker", toml=MAPPING)
    page = enter(clerk, shown)
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
        look(page, f"intake-{name}-{shown}")


def test_files_are_chosen_and_a_wrong_mapping_is_tried_before_it_is_saved(
    enter, tmp_path, clerk
) -> None:
    path = tmp_path / "unknown.csv"
    path.write_text(UNKNOWN)
    page = enter(clerk)
    page.goto("/intake/upload/")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("unknown.csv")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/messages/**")
    drain()
    page.get_by_role("link", name="Go through the columns").click()
    page.get_by_label("What Masse holds").select_option("hs")
    page.get_by_label("What Warennummer holds").select_option("description")
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_text("0 of the first 2 records can be read")).to_be_visible()
    keep_picture(page, "intake-tried")
    page.get_by_label("What Masse holds").select_option("net_mass")
    page.get_by_label("What Warennummer holds").select_option("hs")
    page.get_by_label("Name of the mapping").fill("Spedition")
    page.get_by_role("button", name="Save and read the file").click()
    page.wait_for_url("**/messages/**")
    drain()
    expect(page.get_by_text("recorded", exact=True)).to_be_visible()
