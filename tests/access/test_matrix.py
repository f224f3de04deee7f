"""Roles × pages, generated from the URL map: who opens what, and that another office stays unseen.

A page is known by its name and the mark of its view; what it should answer follows from the mark,
`ROLES`, and whose the thing on it is (factories.py). A new page is tested by existing; one without
a mark, or with arguments and no factory, fails here.
"""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.access.factories import FACTORIES, NATIONAL
from tests.access.pages import pages
from tidewaiter.platform.accounts.roles import PERMISSIONS, ROLES

pytestmark = pytest.mark.django_db
HERE, THERE = "HEREPORT", "ELSEWHEREPORT"
MARKS = PERMISSIONS | {"public", "signed_in", "token"}
# Answers of a door that is open: content, a redirect inside, or a complaint about empty input.
OPEN = {200, 201, 202, 204, 286, 302, 400, 409, 410, 415, 422}
# Pages without arguments that take POST only.
ONE_WAY = {"control:assign"}
# Pages that are shut for everybody in this configuration.
SHUT = re.compile(
    r"account_(inactive|signup|email|email_verification_sent|set_password|reset_password)|gallery"
)


def _sight(page) -> str:
    """Whose the thing on a page is (see factories.py)."""
    if not page.arguments:
        return "national" if page.name in NATIONAL else "shared"
    return FACTORIES[page.name].sight


def _holders(page) -> list[str]:
    return [role for role in ROLES if may(role, page.mark)]


def may(role: str, mark: str) -> bool:
    return mark == "signed_in" or mark in ROLES[role].may


ALL = pages()
OURS = [page for page in ALL if not page.library and not SHUT.fullmatch(page.name)]
PRIVATE = ("office", "own")
GUARDED = [page for page in OURS if page.mark not in ("public", "token")]
OWNED = [p for p in GUARDED if p.arguments and p.name in FACTORIES and _sight(p) in PRIVATE]
LISTS = [p for p in GUARDED if not p.arguments and p.name not in ONE_WAY]


def url(page, office, owner) -> str:
    if not page.arguments:
        return reverse(page.name)
    return reverse(page.name, kwargs=FACTORIES[page.name].make(office, owner))


def ask(client, address: str):
    """GET, or POST where a page takes nothing else."""
    answer = client.get(address)
    return client.post(address) if answer.status_code == 405 else answer


def test_every_view_is_marked():
    unmarked = [page.name for page in ALL if not page.library and page.mark not in MARKS]
    assert unmarked == []


def test_every_page_with_arguments_has_a_factory():
    missing = [page.name for page in OURS if page.arguments and page.name not in FACTORIES]
    assert missing == []


def test_no_factory_is_left_of_a_page_that_is_gone():
    assert FACTORIES.keys() - {page.name for page in ALL} == set()


@pytest.mark.parametrize("page", OURS, ids=str)
def test_a_stranger(page, client, officer):
    answer = ask(client, url(page, HERE, officer(offices=[HERE])))
    if page.mark == "public":
        assert answer.status_code in OPEN
        assert "/account/login/" not in answer.get("Location", "")
    elif page.mark == "token":
        assert answer.status_code == 401
    else:
        assert answer.status_code in (302, 401)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/account/login/")


@pytest.mark.parametrize("page", [p for p in OURS if p.mark == "token"], ids=str)
def test_an_end_point_for_machines_does_not_take_a_session(page, browse):
    client = browse("operator", national=True)
    assert ask(client, url(page, HERE, client.user)).status_code == 401


@pytest.mark.parametrize("page", GUARDED, ids=str)
def test_a_role_opens_what_it_may_and_nothing_else(page, browse):
    for role in ROLES:
        client = browse(role, offices=[HERE])
        answer = ask(client, url(page, HERE, client.user))
        if not may(role, page.mark):
            assert answer.status_code == 403, role
        elif _sight(page) == "national":
            assert answer.status_code in (403, 404), role
            far = browse(role, national=True)
            assert ask(far, url(page, HERE, far.user)).status_code in OPEN, role
        else:
            assert answer.status_code in OPEN, role
    nobody = browse(offices=[HERE])
    expected = OPEN if page.mark == "signed_in" else {403}
    assert ask(nobody, url(page, HERE, nobody.user)).status_code in expected


@pytest.mark.parametrize("page", OWNED, ids=str)
def test_what_belongs_to_another_office_is_not_there(page, browse, officer):
    stranger = officer(*_holders(page), offices=[THERE])
    for role in _holders(page):
        client = browse(role, offices=[HERE])
        assert ask(client, url(page, THERE, stranger)).status_code == 404, role


@pytest.mark.parametrize("page", LISTS, ids=str)
def test_a_page_is_the_same_whatever_lies_at_another_office(page, browse, officer, monkeypatch):
    """Neither seen nor counted: not one byte of the page depends on it."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    clients = [browse(role, offices=[HERE]) for role in _holders(page)]
    _furnish(HERE, clients[0].user)
    before = [_content(client, page) for client in clients]
    _furnish(THERE, officer(*ROLES, offices=[THERE]))
    after = [_content(client, page) for client in clients]
    assert after == before
    assert not any(THERE in content for content in after)


def _furnish(office: str, owner) -> None:
    """One of everything that a factory can make."""
    for make in {factory.make for factory in FACTORIES.values() if factory.sight in PRIVATE}:
        make(office, owner)


def _content(client, page) -> str:
    """The page without what differs at each request: anti-forgery tokens and nonces."""
    answer = client.get(reverse(page.name))
    text = answer.getvalue().decode(errors="replace")
    return re.sub(r'(csrf[^>]{0,40}?|nonce)="[^"]*"', "", text)
