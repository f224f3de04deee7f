"""The whole way once, as its people walk it: a broker's file with a wrong mapping becomes a find."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.looking import keep_picture
from tests.browser.test_control import KEPT, until
from tidewaiter.desks.control.models import ControlOrder, ControlResult
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.jobs.worker import drain

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(officer):
    """The house's officers of office HBR, and the operator in whose name it works by itself."""
    return {
        "operator": officer("operator", national=True, username="operator"),
        "clerk": officer("intake_clerk", national=True),
        "targeting": officer("targeting_officer", national=True),
        "supervisor": officer("supervisor", offices=["HBR"]),
        "inspector": officer("inspector", offices=["HBR"]),
        "head": officer("head_of_enforcement", national=True),
    }


def a_brokers_file(path: Path) -> Path:
    """Forty declarations as a broker writes them: semicolons, decimal commas, names of his own."""
    day = timezone.localdate() - timedelta(days=1)
    lines = ["Dec. No;Lodged on;Customs office;Trader;Tariff code;From;Net kg;Amount;Curr"]
    lines += [
        f"BRK{number:05};{day:%d/%m/%Y};HBR;T{number % 7:03};610910{number % 10}0;CN;"
        f"{100 + number},50;{900 + 10 * number},00;EUR"
        for number in range(40)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    return path


def choose(page: Page, column: str, field: str) -> None:
    page.get_by_label(f"What {column} holds").select_option(field)


def map_columns(page: Page, *, date_column: str) -> None:
    fields = {
        "Dec. No": "declaration_id", "Lodged on": "-", "Customs office": "office",
        "Trader": "importer", "Tariff code": "hs", "From": "origin", "Net kg": "net_mass",
        "Amount": "customs_value", "Curr": "currency",
    }  # fmt: skip
    fields[date_column] = "declaration_date"
    for column, field in fields.items():
        choose(page, column, field)
    page.get_by_label("Name of the mapping").fill("Broker BRK")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save and read the file").click()
    page.wait_for_url("**/messages/**")
    drain()


def test_from_a_brokers_file_to_the_hit_rate(enter, people, tmp_path, put_in_force):
    put_in_force(people["operator"], Profile(
        code="TEST-ALL-SHIRTS", title="Every shirt", condition="hs LIKE '6109%'",
        reason="Goods of {hs} are looked at this week.", mandatory=True, lane="red",
    ))  # fmt: skip

    clerk = enter(people["clerk"])
    clerk.goto("/intake/upload/")
    clerk.locator("input[type=file]").set_input_files(a_brokers_file(tmp_path / "broker.csv"))
    clerk.get_by_role("button", name="Hand in").click()
    clerk.wait_for_url("**/messages/**")
    message = clerk.url
    drain()
    clerk.get_by_role("link", name="Go through the columns").click()
    map_columns(clerk, date_column="Trader")  # the wrong column
    save(clerk)
    clerk.goto("/intake/quarantine/")
    expect(clerk.get_by_text("line 2").first).to_be_visible()
    keep_picture(clerk, "loop-quarantine")

    clerk.goto(message)
    clerk.get_by_role("link", name="Change what the columns hold").click()
    map_columns(clerk, date_column="Lodged on")
    choose(clerk, "Trader", "importer")
    save(clerk)
    expect(clerk.get_by_text("recorded", exact=True)).to_be_visible()
    keep_picture(clerk, "loop-accepted")

    desk = enter(people["targeting"])
    desk.goto("/targeting/worklist/")
    desk.get_by_role("link", name="BRK00000").first.click()
    expect(desk.get_by_text("are looked at this week").first).to_be_visible()
    keep_picture(desk, "loop-declaration")
    assert ControlOrder.objects.filter(declaration_id__startswith="BRK").count() == 40

    board = enter(people["supervisor"])
    board.goto("/control/board/")
    board.get_by_role("button", name="Draw").first.click()
    board.wait_for_load_state()
    keep_picture(board, "loop-board")

    before = finds(enter(people["head"]))
    order = ControlOrder.objects.filter(state="assigned").earliest("pk")
    on_the_phone(enter(people["inspector"], "phone"), order)
    result = ControlResult.objects.get()
    assert result.found
    assert result.photographs.count() == 1
    drain()
    head = enter(people["head"])
    assert finds(head) == before + 1
    keep_picture(head, "loop-performance")


def on_the_phone(page: Page, order: ControlOrder) -> None:
    """Record a find with a photograph where there is no network, then come back."""
    page.goto("/control/my/")
    until(page, KEPT, f"/control/my/{order.pk}/result/")
    keep_picture(page, "loop-my-orders-phone")
    page.context.set_offline(True)
    page.goto(f"/control/my/{order.pk}/result/")
    page.get_by_label("Found something").check()
    page.get_by_label("Revenue", exact=True).check()
    page.get_by_label("Revenue to collect").fill("480.00")
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), "darkgreen").save(buffer, "JPEG")
    page.locator("[data-camera]").set_input_files(
        [{"name": "box.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}]
    )
    expect(page.locator("[data-photographs] img")).to_have_count(1)
    keep_picture(page, "loop-result-phone")
    page.get_by_role("button", name="Record the result").click()
    card = page.locator(f"[data-order='{order.pk}']")
    expect(card).to_contain_text("Saved on this phone")
    page.context.set_offline(False)
    expect(card).to_contain_text("Recorded", timeout=30_000)


def finds(page: Page) -> int:
    """The number of finds on the performance page."""
    page.goto("/performance/")
    text = page.locator(".stat-note", has_text=re.compile(r"^[\d,]+ finds$")).inner_text()
    return int(text.split()[0].replace(",", ""))
