"""How a session ends, and who may end it; what an officer hears when he logs in again."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.platform.accounts.codes import code_of
from tidewaiter.platform.accounts import actions
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
PASSWORD = "the tide waits for no one"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ann(officer):
    user = officer("analyst", username="ann")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client, password=PASSWORD):
    cache.clear()
    return client.post("/account/login/", {"login": "ann", "password": password}, follow=True)


def inside(client) -> bool:
    return client.get("/").status_code == 200


def shift(client, **seconds: float) -> None:
    """Let what the session remembers be so much longer ago."""
    session = client.session
    for name, back in seconds.items():
        session[name] -= back
    session.save()


def test_a_session_ends_when_nothing_was_asked_for_an_hour(client, ann, settings):
    log_in(client)
    shift(client, seen=settings.SESSION_IDLE - 60)
    assert inside(client)
    shift(client, seen=settings.SESSION_IDLE + 60)
    assert not inside(client)
    assert Entry.objects.filter(action="account.logout", actor="ann").exists()


def test_a_session_ends_after_a_working_day_however_busy(client, ann, settings):
    log_in(client)
    shift(client, began=settings.SESSION_COOKIE_AGE - 60)
    assert inside(client)
    shift(client, began=120)
    assert not inside(client)


def test_asking_keeps_a_session_alive(client, ann, settings):
    log_in(client)
    for _ in range(3):
        shift(client, seen=settings.SESSION_IDLE - 60)
        assert inside(client)


def test_the_session_gets_another_name_at_log_in(client, ann):
    client.get("/account/login/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    log_in(client)
    assert client.session.session_key != before


def test_disabling_an_account_ends_its_sessions_for_good(ann, officer):
    officer("administrator", national=True)
    client = Client()
    log_in(client)
    actions.set_active(None, ann, active=False)
    assert not inside(client)
    actions.set_active(None, ann, active=True)
    assert not inside(client)


def test_removing_the_second_factors_ends_the_sessions(ann):
    client = Client()
    log_in(client)
    TOTP.activate(ann, SECRET)
    actions.reset_factors(None, ann)
    assert not inside(client)


def test_an_administrator_ends_the_sessions_of_an_officer(ann, officer, fresh):
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    boss = officer("administrator", national=True)
    answer = fresh(boss).post(reverse("accounts:end_sessions", args=[ann.pk]), follow=True)
    assert "The sessions are ended." in answer.content.decode()
    assert not inside(here)
    assert not inside(there)
    assert Entry.objects.get(action="account.sessions_end").detail == {"sessions": 2}


def test_ending_other_sessions_asks_for_the_password_again(browse, ann):
    client = browse(ann)
    assert client.get("/account/sessions/").status_code == 200
    assert client.post("/account/sessions/").url.startswith("/account/reauthenticate/")


def test_who_logs_in_hears_of_attempts_and_changes_since(client, ann):
    assert "in vain" not in log_in(client).content.decode()
    client.post("/account/logout/")
    log_in(client, "wrong")
    log_in(client, "wrong too")
    actions.invite(None, ann)
    told = log_in(client).content.decode()
    assert "somebody tried in vain 2 times" in told
    assert "system made a one-time link for ann" in told
    client.post("/account/logout/")
    assert "in vain" not in log_in(client).content.decode()


def test_a_new_password_and_a_wrong_code_stand_in_the_ledger(client, ann):
    log_in(client)
    form = {"oldpassword": PASSWORD, "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    client.post("/account/password/change/", form)
    assert Entry.objects.filter(action="account.password_change", actor="ann").exists()
    TOTP.activate(ann, SECRET)
    client.post("/account/logout/")
    log_in(client, PASSWORD + "!")
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert Entry.objects.get(action="account.factor_failed").result == "refused"


@pytest.mark.parametrize("asked", ["all", "inspector,analyst"])
def test_where_a_second_factor_is_asked_for_nothing_opens_without(client, ann, settings, asked):
    settings.SECOND_FACTOR = frozenset(asked.split(","))
    log_in(client)
    for address in ("/", "/targeting/worklist/", "/accounts/me/"):
        assert client.get(address).url == "/account/2fa/"
    assert client.get("/account/2fa/").status_code == 200
    Authenticator.objects.create(user=ann, type="recovery_codes", data={})
    assert not inside(client)
    TOTP.activate(ann, SECRET)
    assert inside(client)


def test_roles_that_are_not_asked_go_without(client, ann, settings):
    settings.SECOND_FACTOR = frozenset({"administrator"})
    log_in(client)
    assert inside(client)


def test_a_new_second_factor_ends_the_other_sessions(ann, django_capture_on_commit_callbacks):
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    here.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = here.get("/account/2fa/totp/activate/").context["form"].secret
    code = code_of(secret)
    with django_capture_on_commit_callbacks(execute=True):
        here.post("/account/2fa/totp/activate/", {"code": code})
    assert inside(here)
    assert not inside(there)


def test_a_wrong_password_within_a_session_stands_in_the_ledger(client, ann):
    log_in(client)
    client.post("/account/reauthenticate/", {"password": "wrong"})
    assert Entry.objects.get(action="account.login_failed").subject == "ann"
