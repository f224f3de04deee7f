"""Every page of the URL map, found by itself: no errors, no overflow, nothing that shuts anybody out.

What a page shows is made by the factories of tests/access. One browser walks all pages once from
left to right (light, dark, phone) and once from right to left.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.urls import NoReverseMatch, reverse

from tests.access.factories import FACTORIES
from tests.access.pages import pages
from tests.access.test_matrix import OURS, SHUT
from tests.browser.looking import (
    DESKTOP,
    PHONE,
    at_rest,
    keep_picture,
    listen,
    look,
    too_wide,
    violations,
    wait_for_parts,
)
from tidewaiter.platform.accounts.models import Office
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.site.navigation import navigation_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tidewaiter.platform.accounts.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OFFICE = "HEREPORT"
LOCAL = {"accounts:begin_emergency"}  # of no use to whoever sees all offices; looked at below
# Rules whose answer depends on colours alone, and on the size of the window.
COLOURS = ["color-contrast", "link-in-text-block"]
SIZES = ["target-size", "scrollable-region-focusable"]


@pytest.fixture
def everybody(officer) -> User:
    """Somebody who may open all pages, of an office and of all."""
    user = officer(*ROLES, offices=[OFFICE], national=True)
    user.set_password("harbour-and-tide-1")
    user.save()
    RecoveryCodes.activate(user)
    return user


@pytest.fixture
def addresses(everybody, logged_in, settings) -> dict[str, str]:
    """Name and address of each page that is a whole page of its own, for somebody signed in."""
    settings.GALLERY = True
    client = logged_in(everybody)
    found = {}
    for name, address in doors(everybody):
        answer = client.get(address)
        # A page of the log-in library about a factor that this person has not, or has already.
        if answer.status_code == 404 and name.startswith("mfa_"):
            continue
        if name in LOCAL:
            continue
        assert answer.status_code in (200, 202, 302, 405, 400), f"{name}: {answer.status_code}"
        if answer.status_code == 200 and is_page(answer):
            found[name] = address
    return found


def doors(user: User) -> Iterator[tuple[str, str]]:
    for door in OURS:
        # The pages about the API are its library's.
        if door.mark != "token" and not door.name.startswith("api:"):
            arguments = FACTORIES[door.name].make(OFFICE, user) if door.arguments else {}
            yield door.name, reverse(door.name, kwargs=arguments)
    for door in pages():
        if door.library and not SHUT.fullmatch(door.name):
            with suppress(NoReverseMatch):  # about one of the keys that this person has not
                yield door.name, reverse(door.name)
    yield "gallery", reverse("gallery")


def is_page(answer) -> bool:
    """Whole HTML: no part that htmx fetches, no file. Files stream, pages do not."""
    return not answer.streaming and b"<html" in answer.content[:4000]


@pytest.fixture
def walk(enter, everybody, addresses) -> Callable[..., str]:
    """Open every page and look at it: `walk(seen, **options)` tells what is wrong, a line each."""

    def go(see: Callable[[Page, str], list[str]], **options: object) -> str:
        page = enter(everybody, **options)
        told, wrong = listen(page), []
        for name, address in addresses.items():
            page.goto(address)
            found = see(page, name)
            wait_for_parts(page)
            wrong += [f"{name}: {one}" for one in found + told]
            told.clear()
        return "\n".join(wrong)

    return go


def test_the_walk_misses_nothing_that_the_navigation_leads_to(addresses, everybody):
    assert {entry.url for entry in navigation_for(everybody, "/")} <= set(addresses.values())
    assert len(addresses) > 40


def test_from_left_to_right(walk):
    def seen(page: Page, name: str) -> list[str]:
        wrong = at_rest(lambda: violations(page)) + in_the_dark(page) + on_the_phone(page)
        keep_picture(page, f"phone-{name}")
        page.set_viewport_size(DESKTOP["viewport"])
        return wrong

    assert not (wrong := walk(seen)), wrong


def test_from_right_to_left(walk):
    def seen(page: Page, name: str) -> list[str]:
        assert page.locator("html").get_attribute("dir") == "rtl", name
        wrong = at_rest(lambda: violations(page) + too_wide(page)) + on_the_phone(page)
        page.set_viewport_size(DESKTOP["viewport"])
        return wrong

    assert not (wrong := walk(seen, locale="ar")), wrong


def test_an_emergency_as_its_officer_sees_it(enter, officer):
    Office.objects.create(code="THEREPORT")
    page = enter(officer("inspector", offices=[OFFICE]))

    def wrong() -> list[str]:
        found = at_rest(lambda: violations(page)) + in_the_dark(page) + on_the_phone(page)
        page.set_viewport_size(DESKTOP["viewport"])
        return found

    page.goto(reverse("accounts:begin_emergency"))
    assert wrong() == []
    keep_picture(page, "emergency-begin")
    page.get_by_label("Code of the office").fill("THEREPORT")
    page.get_by_label("What happened").fill("A truck with ivory has left for this office.")
    page.get_by_role("button", name="Open the office").click()
    banner = page.get_by_text("you see the office THEREPORT")
    banner.wait_for()
    assert wrong() == []
    keep_picture(page, "emergency-lasts")
    page.get_by_role("button", name="End it now").click()
    page.get_by_text("The emergency is over.").wait_for()
    assert not banner.is_visible()


def in_the_dark(page: Page) -> list[str]:
    """A page opened in the dark is what counts; most can be spared the second opening."""
    page.emulate_media(color_scheme="dark")
    if wrong := violations(page, COLOURS):
        page.reload()
        wrong = at_rest(lambda: violations(page, COLOURS))
    page.emulate_media(color_scheme="light")
    return [f"dark: {one}" for one in wrong]


def on_the_phone(page: Page) -> list[str]:
    page.set_viewport_size(PHONE["viewport"])
    return [f"phone: {one}" for one in at_rest(lambda: violations(page, SIZES) + too_wide(page))]


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_before_anybody_has_signed_in(enter, everybody, locale):
    page = enter(everybody, "phone", locale=locale)
    page.context.clear_cookies()
    for address in (reverse("account_login"), "/no/such/page", reverse("home")):
        page.goto(address)
        look(page)
