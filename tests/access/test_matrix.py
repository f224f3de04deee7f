"""Roles × pages, generated from the URL map: who opens what, and that another office stays unseen.

A door is a page's address: its name, and the mark of its view. What it should answer follows from
the mark, `ROLES`, and whose the thing behind it is (factories.py). A new page is tested by
existing; one without a mark, or with arguments and no factory, fails here.
"""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.access.factories import CHANGING, FACTORIES, FORMS, NATIONAL, PURPOSED, load
from tests.access.of_targeting import purpose_for
from tests.access.pages import Page, pages
from tests.fixtures.machines import token_of
from tidewaiter.platform.accounts.roles import PERMISSIONS, ROLES

pytestmark = pytest.mark.django_db
HERE, THERE = "HEREPORT", "ELSEWHEREPORT"
MARKS = PERMISSIONS | {"public", "signed_in", "token"}
PRIVATE = ("office", "own")
# Answers of a door that is open: content, a redirect inside, or a complaint about empty input.
OPEN = {200, 201, 202, 204, 286, 302, 400, 409, 410, 415, 422}
# Doors that are shut for everybody in this configuration.
SHUT = re.compile(
    r"account_(inactive|signup|email|email_verification_sent|set_password|reset_password)|gallery|openid_connect_(login|callback)|sign_on_left"
    r"|api:api-root"
)


def sight(door: Page) -> str:
    """Whose the thing behind a door is (see factories.py)."""
    if not door.arguments:
        return "national" if door.name in NATIONAL else "shared"
    return FACTORIES[door.name].sight


def holders(door: Page) -> list[str]:
    """The roles that may open it."""
    return [r for r in ROLES if door.mark == "signed_in" or door.mark in ROLES[r].may]


def desk_of(door: Page) -> str:
    return door.name.partition(":")[0] if ":" in door.name else "site"


load()
ALL = pages()
OURS = [door for door in ALL if not door.library and not SHUT.fullmatch(door.name)]
GUARDED = [door for door in OURS if door.mark not in ("public", "token")]
MACHINES = [door for door in OURS if door.mark == "token"]
OWNED = [d for d in GUARDED if d.arguments and d.name in FACTORIES and sight(d) in PRIVATE]
PLAIN = [d for d in GUARDED if not d.arguments and d.name not in CHANGING]


def knock(client, door: Page, office: str, owner):
    """GET, or POST where it takes nothing else, for a thing of `office` and `owner`."""
    arguments = FACTORIES[door.name].make(office, owner) if door.arguments else {}
    address = reverse(door.name, kwargs=arguments)
    if door.name in PURPOSED:
        client.post(reverse("purpose:say"), purpose_for(PURPOSED[door.name](arguments)))
    answer = client.get(address)
    if answer.status_code != 405:
        return answer
    return client.post(address, FORMS[door.name](office) if door.name in FORMS else {})


def test_every_view_is_marked():
    unmarked = [door.name for door in ALL if not door.library and door.mark not in MARKS]
    assert unmarked == []


def test_every_page_with_arguments_has_a_factory():
    missing = [door.name for door in OURS if door.arguments and door.name not in FACTORIES]
    assert missing == []


def test_nothing_is_registered_for_a_page_that_is_gone():
    known = FACTORIES.keys() | FORMS.keys() | CHANGING.keys() | NATIONAL
    assert known - {door.name for door in ALL} == set()


@pytest.mark.parametrize("door", OURS, ids=str)
def test_a_stranger(door, client, officer):
    answer = knock(client, door, HERE, officer(offices=[HERE]))
    if door.mark == "public":
        assert answer.status_code in OPEN
        assert "/account/login/" not in answer.get("Location", "")
    elif door.mark == "token":
        assert answer.status_code == 401
    else:
        assert answer.status_code in (302, 401)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/account/login/")


@pytest.mark.parametrize("door", MACHINES, ids=str)
def test_an_end_point_for_machines_does_not_take_a_session(door, browse):
    client = browse("operator", national=True)
    assert knock(client, door, HERE, client.user).status_code == 401


@pytest.mark.parametrize("door", [d for d in MACHINES if d.arguments], ids=str)
def test_a_machine_gets_what_belongs_to_its_office_only(door, client, officer):
    machine = officer(*ROLES, offices=[HERE])
    _token, secret = token_of(machine)
    headers = {"Authorization": f"Bearer {secret}"}
    for office, owner, expected in ((HERE, machine, OPEN), (THERE, officer(*ROLES), {404})):
        address = reverse(door.name, kwargs=FACTORIES[door.name].make(office, owner))
        address += f"?{FACTORIES[door.name].query}"
        assert client.get(address, headers=headers).status_code in expected, office


@pytest.mark.parametrize("door", GUARDED, ids=str)
def test_a_role_opens_what_it_may_and_nothing_else(door, browse):
    for role in ROLES:
        client = browse(role, offices=[HERE])
        answer = knock(client, door, HERE, client.user)
        if role not in holders(door):
            assert answer.status_code == 403, role
        elif sight(door) == "national":
            assert answer.status_code in (403, 404), role
            far = browse(role, national=True)
            assert knock(far, door, HERE, far.user).status_code in OPEN, role
        else:
            assert answer.status_code in OPEN, role
    nobody = browse(offices=[HERE])
    expected = OPEN if door.mark == "signed_in" else {403}
    assert knock(nobody, door, HERE, nobody.user).status_code in expected


@pytest.mark.parametrize("door", OWNED, ids=str)
def test_what_belongs_to_another_office_is_not_there(door, browse, officer):
    for role in holders(door):
        stranger = officer(role, offices=[THERE])
        client = browse(role, offices=[HERE])
        assert knock(client, door, THERE, stranger).status_code == 404, role


@pytest.mark.parametrize("desk", sorted({desk_of(door) for door in PLAIN}))
def test_pages_are_the_same_whatever_lies_at_another_office(desk, browse, officer, monkeypatch):
    """Neither seen nor counted: not one byte of them depends on what others have."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    doors = [door for door in PLAIN if desk_of(door) == desk]
    clients = {role: browse(role, offices=[HERE]) for role in ROLES}
    visits = [(door, role) for door in doors for role in holders(door)]
    furnish(HERE, officer(*ROLES, offices=[HERE]))
    before = {visit: content(clients[visit[1]], visit[0]) for visit in visits}
    furnish(THERE, officer(*ROLES, offices=[THERE]))
    after = {visit: content(clients[visit[1]], visit[0]) for visit in visits}
    assert [visit for visit in visits if after[visit] != before[visit]] == []
    assert [visit for visit in visits if THERE in after[visit]] == []


def furnish(office: str, owner) -> None:
    """One of everything that a factory can make."""
    makers = {f.make.__qualname__: f.make for f in FACTORIES.values() if f.sight in PRIVATE}
    for make in makers.values():
        make(office, owner)


def content(client, door: Page) -> str:
    """The page without what differs at each request: anti-forgery tokens and nonces."""
    text = client.get(reverse(door.name)).getvalue().decode(errors="replace")
    return re.sub(r'(csrf[^>]{0,40}?|nonce)="[^"]*"', "", text)
