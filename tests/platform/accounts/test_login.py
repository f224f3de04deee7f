"""Logging in: passwords, lock-out, second factor, and what the ledger keeps of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.platform.accounts.codes import code_of
from tidewaiter.platform.accounts.lockout import LONGEST
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
PASSWORD = "the tide waits for no one"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def no_other_limit():
    """The log-in library counts attempts in the cache, for the whole process."""
    cache.clear()


@pytest.fixture
def ann(officer):
    user = officer("analyst", username="ann")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client, password=PASSWORD, name="ann", address="10.0.0.1"):
    cache.clear()
    form = {"login": name, "password": password}
    return client.post("/account/login/", form, REMOTE_ADDR=address)


def inside(client) -> bool:
    return client.get("/").status_code == 200


def wait(client_failures: timedelta):
    """Let time pass, for what the lock-out remembers."""
    for row in AccessAttempt.objects.all():
        row.attempt_time -= client_failures
        row.save()


def test_the_right_password_opens_and_the_wrong_one_does_not(client, ann):
    assert client.get("/").url.startswith("/account/login/")
    assert log_in(client, "wrong").status_code == 200
    assert not inside(client)
    assert log_in(client).status_code == 302
    assert inside(client)
    client.post("/account/logout/")
    assert not inside(client)
    verbs = list(Entry.objects.order_by("sequence").values_list("action", flat=True))
    assert verbs == ["account.login_failed", "account.login", "account.logout"]


def test_passwords_are_hashed_with_argon2(ann):
    assert ann.password.startswith("argon2$")


def test_what_was_typed_as_a_name_is_kept_only_if_it_is_one(client, ann):
    log_in(client, name="my secret password", password="ann")
    assert Entry.objects.get().subject == "an unknown account"


def test_five_failures_shut_the_door_even_for_the_right_password(client, ann):
    for _ in range(4):
        assert log_in(client, "wrong").status_code == 200
    shut = log_in(client, "wrong")
    assert shut.status_code == 429
    assert "1 min" in shut.content.decode()
    assert log_in(client).status_code == 429
    assert log_in(client, name="ANN").status_code == 429
    assert not inside(client)
    assert Entry.objects.filter(action="account.lockout", subject="ann").exists()


def test_a_lockout_holds_for_its_address_only(client, ann):
    for _ in range(5):
        log_in(client, "wrong", address="10.0.0.1")
    assert log_in(client, address="10.0.0.2").status_code == 302


def test_the_door_opens_again_after_a_pause_that_grows(client, ann):
    for _ in range(5):
        log_in(client, "wrong")
    wait(timedelta(minutes=1, seconds=1))
    assert log_in(client, "wrong").status_code == 200
    for _ in range(4):
        log_in(client, "wrong")
    wait(timedelta(minutes=1, seconds=1))
    assert log_in(client).status_code == 429
    wait(timedelta(minutes=3))
    assert log_in(client).status_code == 302


def test_the_pause_has_an_upper_bound(client, ann):
    AccessFailureLog.objects.bulk_create(
        AccessFailureLog(username="ann", ip_address="10.0.0.1") for _ in range(200)
    )
    for _ in range(5):
        log_in(client, "wrong")
    wait(LONGEST + timedelta(seconds=1))
    assert log_in(client).status_code == 302


def code(offset: int = 0) -> str:
    return code_of(SECRET, offset)


def test_with_a_second_factor_the_password_alone_does_not_open(client, ann):
    TOTP.activate(ann, SECRET)
    step = log_in(client)
    assert step.url.startswith("/account/2fa/authenticate/")
    assert not inside(client)
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not inside(client)
    assert client.post("/account/2fa/authenticate/", {"code": code()}).status_code == 302
    assert inside(client)


def test_a_recovery_code_opens_once(ann):
    TOTP.activate(ann, SECRET)
    recovery = RecoveryCodes.activate(ann).get_unused_codes()[0]
    for expected in (True, False):
        client = Client()
        log_in(client)
        client.post("/account/2fa/authenticate/", {"code": recovery})
        assert inside(client) is expected


def test_an_officer_enrols_an_authenticator_app_after_giving_the_password_again(
    client, ann, django_capture_on_commit_callbacks
):
    log_in(client)
    asked = client.get("/account/2fa/totp/activate/")
    assert asked.url.startswith("/account/reauthenticate/")
    assert client.post(asked.url, {"password": PASSWORD}).status_code == 302
    page = client.get("/account/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    now = code_of(secret)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/account/2fa/totp/activate/", {"code": now}).status_code == 302
    assert Authenticator.objects.filter(user=ann, type="totp").exists()
    assert Entry.objects.filter(action="account.factor_add", actor="ann").exists()


@pytest.mark.parametrize(
    "path",
    ["2fa/", "2fa/recovery-codes/generate/", "2fa/webauthn/", "2fa/webauthn/add/", "sessions/",
     "password/change/", "reauthenticate/", "logout/"],
)  # fmt: skip
def test_the_pages_of_ones_own_log_in_open(fresh, ann, path):
    TOTP.activate(ann, SECRET)
    assert fresh(ann).get(f"/account/{path}").status_code == 200


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "password/set/"])
def test_doors_that_nobody_needs_are_shut(client, path):
    assert client.get(f"/account/{path}").status_code == 404
    assert client.post(f"/account/{path}", {"email": "a@b.example"}).status_code == 404


def test_a_new_password_ends_other_sessions(ann):
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    form = {"oldpassword": PASSWORD, "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    assert here.post("/account/password/change/", form).status_code == 302
    assert inside(here)
    assert not inside(elsewhere)


def test_an_officer_sees_and_ends_his_other_sessions(ann):
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    assert here.get("/accounts/me/").status_code == 200
    here.post("/account/reauthenticate/", {"password": PASSWORD})
    here.post("/account/sessions/")
    assert inside(here)
    assert not inside(elsewhere)


def test_a_session_ends_when_its_time_is_up(client, ann):
    log_in(client)
    session = client.session
    session.set_expiry(timezone.now() - timedelta(seconds=1))
    session.save()
    assert not inside(client)


@pytest.mark.parametrize("name", ["ann", "nobody", "waiting", "disabled"])
def test_every_failed_attempt_costs_one_hash_whatever_the_name(
    client, ann, officer, monkeypatch, name
):
    officer("analyst", username="waiting")
    gone = officer("analyst", username="disabled")
    gone.set_password(PASSWORD)
    gone.is_active = False
    gone.save()
    hashed = []
    for step in ("encode", "verify"):
        known = getattr(Argon2PasswordHasher, step)
        monkeypatch.setattr(
            Argon2PasswordHasher,
            step,
            lambda self, *given, known=known: hashed.append(1) or known(self, *given),
        )
    answer = log_in(client, "wrong", name=name)
    assert len(hashed) == 1
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == [
        "The username and/or password you specified are not correct."
    ]


@pytest.mark.parametrize(("proxies", "believed"), [(0, "10.0.0.1"), (1, "198.51.100.7")])
def test_an_address_is_believed_from_our_own_proxies_only(client, ann, settings, proxies, believed):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    form = {"login": "ann", "password": PASSWORD}
    sent = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.66, 198.51.100.7"}
    client.post("/account/login/", form, **sent)
    assert Entry.objects.get(action="account.login").address == believed


@pytest.mark.parametrize("path", ["totp/deactivate/", "webauthn/add/", "recovery-codes/",
                                  "recovery-codes/generate/", "recovery-codes/download/"])  # fmt: skip
def test_factors_are_neither_seen_nor_changed_without_giving_one_again(browse, ann, path):
    TOTP.activate(ann, SECRET)
    RecoveryCodes.activate(ann)
    asked = browse(ann).get(f"/account/2fa/{path}")
    assert asked.status_code == 302
    assert "reauthenticate" in asked.url
