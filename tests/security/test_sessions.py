"""Sessions: planted, stolen, outlived. What tests/platform/accounts shows is not repeated here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.security.conftest import PASSWORD
from tidewaiter.platform.accounts import actions, tokens
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.actions import Person, Rights
from tidewaiter.platform.accounts.models import HeldRole, Invitation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
COOKIE = "sessionid"


@pytest.fixture
def ann(officer):
    user = officer("analyst", national=True, username="ann")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, **more: str):
    return client.post("/account/login/", {"login": "ann", "password": PASSWORD, **more})


def inside(client: Client) -> bool:
    return client.get("/").status_code == 200


def stolen(client: Client) -> Client:
    """Another browser with a copy of the cookie."""
    thief = Client()
    thief.cookies[COOKIE] = client.cookies[COOKIE].value
    return thief


def test_a_session_planted_before_the_log_in_is_not_the_one_after(client, ann):
    """Fixation: the attacker knows the key that the officer's browser comes with."""
    client.get("/account/login/")
    session = client.session
    session["planted"] = "by the attacker"
    session.save()
    client.cookies[COOKIE] = planted = session.session_key
    attacker = stolen(client)
    assert log_in(client).status_code == 302
    assert client.cookies[COOKIE].value != planted
    assert inside(client)
    assert not inside(attacker)
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_key_that_an_attacker_invents_is_not_adopted(client, ann):
    client.cookies[COOKIE] = "a" * 32
    log_in(client)
    assert client.cookies[COOKIE].value != "a" * 32
    assert not Session.objects.filter(session_key="a" * 32).exists()


def test_the_second_factor_changes_the_key_again(client, ann):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(ann, secret)
    log_in(client)
    half = client.cookies[COOKIE].value
    attacker = stolen(client)
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/account/2fa/authenticate/", {"code": code}).status_code == 302
    assert inside(client)
    assert client.cookies[COOKIE].value != half
    assert not inside(attacker)
    # The code that somebody read over the officer's shoulder opens nothing any more.
    log_in(attacker)
    attacker.post("/account/2fa/authenticate/", {"code": code})
    assert not inside(attacker)
    assert Authenticator.objects.filter(user=ann).exists()


def test_the_log_out_ends_the_session_on_the_server(client, ann):
    log_in(client)
    attacker = stolen(client)
    assert inside(attacker)
    key = client.session.session_key
    client.post("/account/logout/")
    assert not inside(attacker)
    assert not Session.objects.filter(session_key=key).exists()


@pytest.mark.parametrize("value", ["", "x", "../../etc/passwd", "\x00", "a" * 10_000, "' OR 1=1--"])
def test_a_forged_key_opens_nothing(client, ann, value):
    log_in(client)
    attacker = Client(raise_request_exception=False)
    attacker.cookies[COOKIE] = value
    assert attacker.get("/").status_code == 302


def test_a_session_signed_with_another_key_opens_nothing(client, ann):
    """Who can write the table of sessions but has not the signing key makes no officer of himself."""
    log_in(client)
    said = client.session.items()
    forged = signing.dumps(
        dict(said), key="another key", salt="django.contrib.sessions.SessionStore"
    )
    Session.objects.update(session_data=forged)
    assert not inside(client)


def test_other_sessions_end_when_one_is_revoked_and_stay_ended(ann):
    """Three browsers at once; the officer ends two of them from the third."""
    browsers = [Client() for _ in range(3)]
    for browser in browsers:
        cache.clear()
        log_in(browser)
        inside(browser)
    browsers[0].post("/account/reauthenticate/", {"password": PASSWORD})
    browsers[0].post(reverse("usersessions_list"))
    assert [inside(browser) for browser in browsers] == [True, False, False]
    assert [inside(browser) for browser in browsers] == [True, False, False]


def test_a_role_that_is_taken_away_is_gone_from_the_running_session(client, ann):
    log_in(client)
    assert client.get(reverse("targeting:worklist")).status_code == 200
    HeldRole.objects.filter(user=ann).delete()
    assert client.get(reverse("targeting:worklist")).status_code == 403


def test_a_password_set_by_a_one_time_link_ends_the_thiefs_session(client, ann):
    """An officer whose password was stolen gets a new link: who is inside is out."""
    log_in(client)
    secret = actions.invite(None, ann)
    assert inside(client)
    form = {"password": PASSWORD * 2, "again": PASSWORD * 2}
    assert Client().post(reverse("accounts:welcome", args=[secret]), form).status_code == 302
    assert not inside(client)


def test_a_one_time_link_opens_once_even_when_two_hurry(ann, monkeypatch):
    """Both have found the link unused before either sets a password."""
    secret = actions.invite(None, ann)
    seen = actions.invitation(secret)
    monkeypatch.setattr(actions, "invitation", lambda _secret: seen)
    actions.accept_invitation(secret, PASSWORD + " one")
    with pytest.raises(Denied):
        actions.accept_invitation(secret, PASSWORD + " two")
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD + " one")
    assert Invitation.objects.get().used_at


def test_a_token_is_no_password_no_session_and_no_link(client, machine, ann):
    """A secret of one kind opens no door of another."""
    secret = machine.secret
    login = {"login": machine.user.username, "password": secret}
    assert client.post("/account/login/", login).status_code == 200
    assert client.get(reverse("accounts:welcome", args=[secret])).status_code == 410
    for headers in ({"Authorization": f"Bearer {secret}"}, {"Cookie": f"{COOKIE}={secret}"}):
        assert client.get("/", headers=headers).status_code == 302
    invitation = actions.invite(None, ann)
    assert tokens.secret_hash(invitation) != tokens.secret_hash(secret)
    headers = {"Authorization": f"Bearer {invitation}"}
    assert client.get("/api/messages/1", headers=headers).status_code == 401


def test_a_token_says_no_more_once_its_account_has_lost_the_right(machine):
    assert machine("get", "/api/messages/1").status_code == 404
    nothing = Rights(frozenset(), frozenset({"A"}))
    actions.change_user(None, machine.user, Person(), nothing)
    assert machine("get", "/api/messages/1").status_code == 403
    tokens.revoke_token(None, machine.token)
    assert machine("get", "/api/messages/1").status_code == 401


def test_a_session_that_is_too_old_cannot_be_kept_alive(client, ann):
    """Its beginning is fixed at the log-in: asking again and again does not move it."""
    log_in(client)
    began = client.session["began"]
    assert inside(client)
    assert client.session["began"] == began
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not inside(client)


def test_a_password_of_another_hash_is_no_way_in(client, ann, settings):
    """A hash that somebody writes into the table in a weaker format is not even read."""
    assert ann.password.startswith("md5$")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert log_in(client).status_code == 200
    assert not inside(client)
