"""The inspector's phone: a control without a network is recorded once, and nothing is lost."""

from __future__ import annotations

import hashlib
import io
import uuid
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.looking import LOOKS, at_rest, keep_picture, look, too_wide
from tests.desks.control.builders import REASON, content, declare, selections
from tidewaiter.desks.control.actions import (
    Shot,
    assign_waiting,
    keep_photograph,
    raise_orders,
    reassign,
    record_result,
    return_result,
)
from tidewaiter.desks.control.models import ControlOrder, ControlResult

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BACK_OFF = 30_000  # milliseconds: longer than the first waits between attempts
KEPT = """async (address) => {
  const cache = await caches.open("tidewaiter-control-pages");
  return (await cache.keys()).some((request) => request.url.endsWith(address));
}"""


@pytest.fixture
def crew(officer):
    """An inspector with one red order of three items, and who made it so."""
    inspector = officer("inspector", offices=["A"])
    supervisor = officer("supervisor", offices=["A"])
    declare("26IMP000042")
    chosen = selections("26IMP000042", reasons=REASON, instructions="Open one package in ten.")
    raise_orders(officer("operator", national=True), chosen)
    assign_waiting(supervisor)
    return inspector, supervisor, ControlOrder.objects.get()


@pytest.fixture
def phone(enter) -> Callable[..., Page]:
    """A phone on which an officer is signed in: `phone(officer)`."""
    return lambda user, **options: enter(user, look="phone", **options)


def ready(page: Page, order) -> None:
    """Open the list and wait until the phone holds the pages of the order."""
    page.goto("/control/my/")
    until(page, KEPT, f"/control/my/{order.pk}/result/")


def until(page: Page, script: str, argument: str = "") -> None:
    """Wait until an asynchronous function of the page answers true."""
    for _ in range(100):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never true: {script}")


def picture() -> dict[str, object]:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(buffer, "JPEG")
    return {"name": "seal.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


def fill_in(page: Page) -> None:
    page.get_by_label("Found something").check()
    page.get_by_label("Revenue", exact=True).check()
    page.get_by_label("Critical").first.check()
    page.get_by_label("Revenue to collect").fill("250.50")
    page.locator("input[name=items_revenue][value='2']").check()
    page.locator("[data-camera]").set_input_files([picture()])
    expect(page.locator("[data-photographs] img")).to_have_count(1)
    page.get_by_label("Caption").fill("Broken seal")
    page.get_by_label("Notes").fill("Two cartons opened")


def record(page: Page) -> None:
    page.get_by_role("button", name="Record the result").click()
    page.wait_for_url("**/control/my/")


def the_only_result():
    return ControlResult.objects.get()


def test_a_control_without_a_network_is_recorded_once(phone, crew):
    inspector, __, order = crew
    page = phone(inspector)
    ready(page, order)
    keep_picture(page, "control-my-orders")
    page.context.set_offline(True)

    page.reload()
    page.get_by_role("link", name=order.declaration_id).click()
    expect(page.get_by_text("Unit value 2.10 EUR/kg")).to_be_visible()
    keep_picture(page, "control-order")
    page.get_by_role("button", name="Begin the control").click()
    page.wait_for_url("**/result/")
    fill_in(page)
    page.wait_for_timeout(500)
    page.reload()
    expect(page.get_by_label("Revenue to collect")).to_have_value("250.50")
    expect(page.get_by_label("Found something")).to_be_checked()
    expect(page.locator("[data-photographs] img")).to_have_count(1)
    expect(page.get_by_label("Caption")).to_have_value("Broken seal")
    keep_picture(page, "control-result")
    record(page)

    card = page.locator(f"[data-order='{order.pk}']")
    expect(card).to_contain_text("Saved on this phone")
    expect(page.locator("[data-outbox]")).to_contain_text("No connection")
    keep_picture(page, "control-offline")
    page.reload()
    expect(card).to_contain_text("Saved on this phone")
    order.refresh_from_db()
    assert order.state == "assigned"

    page.context.set_offline(False)
    expect(card).to_contain_text("Recorded", timeout=BACK_OFF)
    result = the_only_result()
    (line,) = result.lines.all()
    assert (line.risk_area, line.severity, line.items) == ("revenue", 2, [2])
    assert (str(line.revenue), result.notes) == ("250.50", "Two cartons opened")
    assert result.photographs.get().caption == "Broken seal"
    assert result.started_at is not None
    page.reload()
    expect(page.locator("[data-outbox]")).to_be_hidden()
    expect(page.get_by_text("Recorded today")).to_be_visible()
    the_only_result()


def test_where_the_officer_is_goes_along_if_he_wants(phone, crew):
    inspector, __, order = crew
    here = {"latitude": 51.95, "longitude": 4.14, "accuracy": 12}
    page = phone(inspector, geolocation=here, permissions=["geolocation"])
    page.goto(f"/control/my/{order.pk}/result/")
    page.get_by_label("Nothing found").check()
    page.get_by_label("Add where I am now").check()
    expect(page.locator("[data-position-told]")).to_have_text("±12 m")
    record(page)
    expect(page.get_by_text("Recorded today").or_(recorded_badge(page)).first).to_be_visible()
    assert the_only_result().position == here


def recorded_badge(page: Page):
    return page.locator("[data-order-state]", has_text="Recorded")


def test_an_answer_lost_on_the_way_makes_no_second_result(phone, crew):
    inspector, __, order = crew
    page = phone(inspector, service_workers="block")  # so that the test sees the requests
    lost = []

    def lose_the_answer(route) -> None:
        route.fetch()
        lost.append(route.request.url)
        route.abort("connectionreset")

    page.context.route(f"**/api/orders/{order.pk}/result", lose_the_answer, times=1)
    page.goto(f"/control/my/{order.pk}/result/")
    page.get_by_label("Nothing found").check()
    record(page)
    expect(page.locator("[data-outbox]")).to_contain_text("No connection")
    assert len(lost) == 1
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("[data-outbox]")).to_be_hidden()
    assert not the_only_result().found


def test_who_has_to_sign_in_again_loses_nothing(phone, crew, sign_in):
    inspector, __, order = crew
    page = phone(inspector)
    ready(page, order)
    page.context.set_offline(True)
    page.goto(f"/control/my/{order.pk}/result/")
    fill_in(page)
    record(page)
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.locator("[data-outbox]")).to_contain_text("sign in again", timeout=BACK_OFF)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/account/login/**")
    sign_in(page.context, inspector)
    page.goto("/control/my/")
    expect(page.get_by_text("Recorded today").or_(recorded_badge(page)).first).to_be_visible(
        timeout=BACK_OFF
    )
    assert the_only_result().photographs.count() == 1


def test_what_the_server_will_not_take_stays_until_the_officer_decides(phone, crew, officer):
    inspector, supervisor, order = crew
    page = phone(inspector)
    ready(page, order)
    page.context.set_offline(True)
    page.goto(f"/control/my/{order.pk}/result/")
    page.get_by_label("Nothing found").check()
    record(page)
    officer("inspector", offices=["A"])
    reassign(supervisor, order, reason="Called away")
    page.context.set_offline(False)
    notice = page.get_by_role("alert").filter(has_text="given to another inspector")
    expect(notice).to_be_visible(timeout=BACK_OFF)
    page.reload()
    expect(notice).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard").click()
    expect(notice).to_have_count(0)
    assert not order.results.exists()


def test_a_result_saved_again_replaces_the_one_not_sent(phone, crew):
    inspector, __, order = crew
    page = phone(inspector)
    ready(page, order)
    page.context.set_offline(True)
    for notes in ("first", "second"):
        page.goto(f"/control/my/{order.pk}/result/")
        page.get_by_label("Nothing found").check()
        page.get_by_label("Notes").fill(notes)
        record(page)
    expect(page.locator("[data-outbox]")).to_contain_text("1 result")
    page.context.set_offline(False)
    expect(recorded_badge(page)).to_be_visible(timeout=BACK_OFF)
    assert the_only_result().notes == "second"


def test_signing_out_wipes_the_pages_kept(phone, crew):
    inspector, __, order = crew
    page = phone(inspector)
    ready(page, order)
    page.locator(".bar-end .menu summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login/**")
    until(page, "async () => !(await caches.has('tidewaiter-control-pages'))")


def test_one_officer_does_not_send_for_another(phone, crew, officer, sign_in):
    inspector, __, order = crew
    page = phone(inspector)
    ready(page, order)
    page.context.set_offline(True)
    page.goto(f"/control/my/{order.pk}/result/")
    page.get_by_label("Nothing found").check()
    record(page)
    page.context.clear_cookies()
    sign_in(page.context, officer("inspector", offices=["A"]))
    page.context.set_offline(False)
    page.goto("/control/my/")
    expect(page.get_by_text("No orders for you")).to_be_visible()
    expect(page.locator("[data-outbox]")).to_be_hidden()
    assert not order.results.exists()
    page.context.clear_cookies()
    sign_in(page.context, inspector)
    page.goto("/control/my/")
    expect(page.locator("[data-order-state]")).to_contain_text("Recorded", timeout=BACK_OFF)
    the_only_result()


PHONE_PAGES = ["my/", "my/{pk}/", "my/{pk}/result/"]
DESK_PAGES = ["board/", "orders/", "orders/{pk}/", "roster/", "capacity/"]


@pytest.mark.parametrize(
    "shown", [LOOKS["light"], LOOKS["dark"], LOOKS["rtl"]], ids=["light", "dark", "rtl"]
)
def test_the_phone_pages_are_accessible(phone, crew, shown):
    inspector, __, order = crew
    kept = {name: value for name, value in shown.items() if name != "viewport"}
    page = phone(inspector, **kept)
    for address in PHONE_PAGES:
        page.goto("/control/" + address.format(pk=order.pk))
        if "result" in address:
            page.get_by_label(page.locator("[data-found] + span").inner_text()).check()
            page.locator("[data-area]").first.check()
            page.locator("[data-camera]").set_input_files([picture()])
            expect(page.locator("[data-photographs] img")).to_have_count(1)
        look(page)


@pytest.mark.parametrize("shown", LOOKS)
def test_the_supervisors_pages_are_accessible(enter, crew, shown):
    __, supervisor, order = crew
    page = enter(supervisor, shown)
    for address in DESK_PAGES:
        page.goto("/control/" + address.format(pk=order.pk))
        look(page, f"control-{address.split('/')[0]}-{shown}")


SMALL = """() => [...document.querySelectorAll(".field-desk :is(a, button, input, textarea, summary)")]
  .filter((one) => one.checkVisibility({checkOpacity: false}) && !one.closest(".crumbs"))
  .map((one) => (one.closest("label") ?? one).getBoundingClientRect().height < 43.5 ? one.outerHTML : "")
  .filter(Boolean)"""


def test_every_target_is_large_enough_for_a_glove(phone, crew):
    inspector, __, order = crew
    page = phone(inspector)
    for address in PHONE_PAGES:
        page.goto("/control/" + address.format(pk=order.pk))
        if "result" in address:
            page.get_by_label("Found something").check()
            page.get_by_label("Revenue", exact=True).check()
        assert page.evaluate(SMALL) == []
        assert at_rest(lambda: too_wide(page)) == [], address


def test_photographs_are_shown_as_copies_and_downloaded_as_taken(enter, phone, crew):
    inspector, supervisor, order = crew
    file = SimpleUploadedFile("seal.jpg", picture()["buffer"] + b"hidden behind it")
    kept = keep_photograph(inspector, order.pk, Shot(uuid.uuid4(), file))
    record_result(inspector, order.pk, content(photographs=(kept.pk,)))
    order.refresh_from_db()
    return_result(supervisor, order, remark="Which seal?")

    page = phone(inspector)
    page.goto(f"/control/my/{order.pk}/")
    expect(page.locator(".photographs img")).to_have_js_property("naturalWidth", 64)
    assert page.evaluate(SMALL) == []

    page = enter(supervisor, "light")
    page.goto(f"/control/orders/{order.pk}/")
    shown = page.locator(".photographs img")
    expect(shown).to_have_js_property("naturalWidth", 64)
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Original").click()
    assert download.value.suggested_filename == f"{kept.file_id}.jpg"
    assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() == kept.file_id
    with page.expect_response(f"**/photographs/{kept.pk}/") as answer:
        shown.click()
    assert answer.value.headers["content-type"] == "image/jpeg"
    assert b"hidden" not in answer.value.body()
