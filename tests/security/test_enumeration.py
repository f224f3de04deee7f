"""Enumeration: finding out which accounts there are, by what is answered and by the work it takes."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from tests.security.conftest import PASSWORD
from tidewaiter.platform.accounts import actions
from tidewaiter.platform.accounts.models import Invitation
from tidewaiter.platform.accounts.tokens import revoke_token

pytestmark = pytest.mark.django_db
NAMES = ("nobody-of-this-name", "ann", "invited", "disabled", "with-factor")
WRONG = "not the password at all"


@pytest.fixture
def accounts(officer):
    """One of each kind; nobody knows their passwords here."""
    for name in NAMES[1:]:
        user = officer("analyst", username=name)
        if name != "invited":
            user.set_password(PASSWORD)
        user.is_active = name != "disabled"
        user.save()
    TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")


@pytest.fixture
def hashed(monkeypatch) -> list[str]:
    """Every password that the slow hash was run on."""
    done: list[str] = []
    for name in ("encode", "verify"):
        run = getattr(Argon2PasswordHasher, name)

        def counted(self, password, *args, run=run):
            done.append(password)
            return run(self, password, *args)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    return done


def answer(client, name: str) -> tuple[int, str, str]:
    """The answer to a wrong password, without what was typed and what is new at each request."""
    cache.clear()
    told = client.post("/account/login/", {"login": name, "password": WRONG})
    text = re.sub(r'(csrf[^>]{0,40}?|nonce|value)="[^"]*"', "", told.content.decode())
    return told.status_code, text.replace(name, "NAME"), told.get("Location", "")


def test_a_wrong_password_is_answered_alike_whoever_there_is(client, accounts):
    answers = {answer(client, name) for name in NAMES}
    assert len(answers) == 1
    assert answers.pop()[0] == 200


def test_a_wrong_password_costs_the_same_work_whoever_there_is(client, accounts, hashed):
    """Counted, not measured: how often the slow hash runs is what the time of an answer tells."""
    work = {}
    for name in NAMES:
        hashed.clear()
        answer(client, name)
        work[name] = len(hashed)
    assert set(work.values()) == {1}, work


def test_the_door_shuts_alike_whoever_there_is(client, quick_passwords, accounts):
    """Lock-out counts the failures of names that do not exist as well."""
    told = {name: [answer(client, name) for _ in range(6)] for name in NAMES}
    assert [status for status, *_ in told["ann"]] == [200] * 4 + [429] * 2
    assert {tuple(answers) for answers in told.values()} == {tuple(told["ann"])}


def test_a_link_that_is_wrong_used_or_too_old_sounds_alike(client, officer):
    officer("administrator", national=True)
    used, old, off = (actions.invite(None, officer("analyst")) for _ in range(3))
    actions.accept_invitation(used, PASSWORD)
    by_secret = {one: actions.invitation(one) for one in (old, off)}
    Invitation.objects.filter(pk=by_secret[old].pk).update(expires_at=timezone.now())
    actions.set_active(None, by_secret[off].user, active=False)
    told = set()
    for secret in (used, old, off, "never-made", used[:-1], "x" * 2000):
        page = client.get(reverse("accounts:welcome", args=[secret]))
        text = re.sub(r'(csrf[^>]{0,40}?|nonce)="[^"]*"', "", page.content.decode())
        told.add((page.status_code, text.replace(secret, "")))
    assert len(told) == 1
    assert told.pop()[0] == 410


@pytest.mark.parametrize("name", ["ann", "nobody-of-this-name"])
@pytest.mark.parametrize("path", ["password/reset/", "signup/", "email/", "inactive/"])
def test_no_other_door_asks_for_a_name(client, accounts, path, name):
    form = {"email": name, "login": name, "username": name, "password1": WRONG, "password2": WRONG}
    assert client.post(f"/account/{path}", form).status_code == 404


def test_tokens_that_are_wrong_revoked_or_made_up_sound_alike(client, machine):
    revoke_token(None, machine.token)
    told = set()
    for secret in (machine.secret, "tw_deadbeef_" + "x" * 43, "x", "tw_"):
        headers = {"Authorization": f"Bearer {secret}"}
        refused = client.get("/api/messages/1", headers=headers)
        told.add((refused.status_code, refused.content))
    assert len(told) == 1
    assert told.pop()[0] == 401
