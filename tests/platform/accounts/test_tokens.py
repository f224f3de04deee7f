"""Machine clients."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.utils import timezone

from tidewaiter.platform.accounts import tokens
from tidewaiter.platform.accounts.models import Token
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(officer):
    return officer("machine", offices=["A"])


def issue(user, days=1):
    return tokens.issue_token(None, user, "clearance", timezone.now() + timedelta(days=days))


def ask(header: str):
    request = RequestFactory().get("/", HTTP_AUTHORIZATION=header)
    return tokens.authenticate_token(request)


def test_a_token_speaks_for_its_account_and_only_its_hash_is_kept(machine):
    token, secret = issue(machine)
    assert ask(f"Bearer {secret}") == machine
    assert ask(f"bearer {secret}") == machine
    assert secret not in str(list(Token.objects.values()))
    assert secret not in str(list(Entry.objects.values()))
    assert secret.startswith(f"tw_{token.prefix}_")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer tw_", "Basic x", "Bearer tw_dead_beef"])
def test_no_or_a_wrong_token_is_refused(machine, header):
    issue(machine)
    assert ask(header) is None


def test_a_revoked_expired_or_disabled_token_is_refused(machine, officer):
    boss = officer("administrator", national=True)
    token, secret = issue(machine)
    tokens.revoke_token(boss, token)
    assert ask(f"Bearer {secret}") is None
    assert Entry.objects.filter(action="token.revoke", actor=boss.username).count() == 1
    _token, secret = issue(machine, days=-1)
    assert ask(f"Bearer {secret}") is None
    _token, secret = issue(machine)
    machine.is_active = False
    machine.save()
    assert ask(f"Bearer {secret}") is None


def test_a_token_lives_a_year_at_most(machine):
    token, _secret = issue(machine, days=5000)
    assert token.expires_at <= timezone.now() + tokens.LONGEST_LIFE


def test_recognising_a_token_costs_one_query_once_its_use_is_noted(
    machine, django_assert_num_queries
):
    token, secret = issue(machine)
    ask(f"Bearer {secret}")
    with django_assert_num_queries(1):
        ask(f"Bearer {secret}")
    token.refresh_from_db()
    assert token.last_used_at


def test_only_administrators_in_sight_of_the_account_issue_tokens(machine, officer):
    for stranger in (officer("analyst", national=True), officer("administrator", offices=["B"])):
        with pytest.raises(PermissionDenied):
            tokens.issue_token(stranger, machine, "x", timezone.now() + timedelta(days=1))
    insider = officer("administrator", offices=["A"])
    assert tokens.issue_token(insider, machine, "x", timezone.now() + timedelta(days=1))


def test_a_wrong_token_is_told_to_the_log_without_its_secret(client, db, caplog):
    client.post("/api/messages", headers={"Authorization": "Bearer tw_01234567_secretsecret"})
    assert "refused the token tw_01234567… from 127.0.0.1" in caplog.text
    assert "secretsecret" not in caplog.text
