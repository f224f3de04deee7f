"""One served site, one browser, and a page for each person who is asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client
    from playwright.sync_api import Browser, BrowserContext, Page

    from tidewaiter.platform.accounts.models import User

PATIENCE = 20_000  # milliseconds: other tests may run on the same machine


@pytest.fixture
def logged_in(browse) -> Callable[[User], Client]:
    """A client of somebody who has just given his password: some pages want it afresh."""

    def enter(user: User) -> Client:
        client = browse(user)
        session = client.session
        given = {"method": "password", "at": time.time(), "username": user.username}
        session["account_authentication_methods"] = [given]
        session.save()
        return client

    return enter


@pytest.fixture
def sign_in(live_server, logged_in) -> Callable[[BrowserContext, User], None]:
    """Give a browser the session of an officer, without the log-in page."""

    def give(context: BrowserContext, user: User) -> None:
        key = logged_in(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])

    return give


@pytest.fixture
def enter(browser: Browser, live_server, officer, sign_in) -> Iterator[Callable[..., Page]]:
    """A page of somebody who is signed in: `enter("inspector")`, `enter(user, look="phone")`.

    A name of a role makes an officer who sees all offices. Options are those of the browser.
    """
    opened = []

    def open_page(who: User | str, look: str = "light", **options: object) -> Page:
        shown = {"reduced_motion": "reduce", **LOOKS[look], **options}
        context = browser.new_context(**shown, base_url=live_server.url)
        opened.append(context)
        sign_in(context, officer(who, national=True) if isinstance(who, str) else who)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield open_page
    for context in opened:
        context.close()
