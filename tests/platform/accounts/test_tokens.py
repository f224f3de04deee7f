"""Machine clients: what a token may, how long, from where."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from tests.fixtures.machines import token_of
from tidewaiter.desks.intake.actions.recording import record_message
from tidewaiter.platform.accounts import recognising, tokens
from tidewaiter.platform.accounts.access import check, check_national
from tidewaiter.platform.accounts.models import Office, Token, User
from tidewaiter.platform.accounts.tokens import Grant
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
SUBMIT = Grant(["intake.submit"])


@pytest.fixture
def machine(officer):
    return officer("machine", offices=["A"])


def ask(secret: str, address: str = "127.0.0.1"):
    request = RequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {secret}", REMOTE_ADDR=address)
    return recognising.authenticate_token(request)


def later(days: float = 1):
    return timezone.now() + timedelta(days=days)


def submit(client, secret: str, **header: object):
    document = {
        "declaration_id": "D1", "declaration_date": timezone.localdate().isoformat(),
        "office": "A", "currency": "EUR",
        "items": [{"item_no": 1, "hs": "610910", "origin": "CN", "customs_value": 900.0}],
    } | header  # fmt: skip
    return client.post(
        "/api/declarations", json.dumps(document), content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip


def test_a_token_speaks_for_its_account_and_only_its_hash_is_kept(machine):
    token, secret = token_of(machine)
    assert ask(secret) == machine
    assert secret not in str(list(Token.objects.values()))
    assert secret not in str(list(Entry.objects.values()))
    assert secret.startswith(f"tw_{token.prefix}_")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer tw_", "Basic x", "Bearer tw_dead_beef"])
def test_no_or_a_wrong_token_is_refused(machine, header):
    token_of(machine)
    request = RequestFactory().get("/", HTTP_AUTHORIZATION=header)
    assert recognising.authenticate_token(request) is None


def test_a_revoked_expired_or_disabled_token_is_refused(machine, officer):
    boss = officer("administrator", national=True)
    token, secret = token_of(machine)
    tokens.revoke_token(boss, token)
    assert ask(secret) is None
    assert Entry.objects.filter(action="token.revoke", actor=boss.username).count() == 1
    _token, secret = token_of(machine, days=-1)
    assert ask(secret) is None
    _token, secret = token_of(machine)
    machine.is_active = False
    machine.save()
    assert ask(secret) is None


def test_a_token_lives_a_year_at_most(machine):
    token, _secret = token_of(machine, days=5000)
    assert token.expires_at <= timezone.now() + tokens.LONGEST_LIFE


def test_recognising_a_token_costs_one_query_whatever_it_is(machine, django_assert_num_queries):
    """So the time it takes does not tell a wrong secret from an old one or a good one."""
    token, old = token_of(machine)
    _token, new = tokens.rotate_token(None, token, later())
    for secret in (old, new):
        ask(secret)
    for secret in (old, new, "tw_01234567_wrong"):
        with django_assert_num_queries(1):
            ask(secret)


def test_only_administrators_in_sight_of_the_account_issue_and_rotate(machine, officer):
    token, _secret = token_of(machine)
    for stranger in (officer("analyst", national=True), officer("administrator", offices=["B"])):
        with pytest.raises(PermissionDenied):
            tokens.issue_token(stranger, machine, "x", later(), SUBMIT)
        with pytest.raises(PermissionDenied):
            tokens.rotate_token(stranger, token, later())
    insider = officer("administrator", offices=["A"])
    assert tokens.issue_token(insider, machine, "x", later(), SUBMIT)


def test_a_wrong_token_is_told_to_the_log_without_its_secret(client, db, caplog):
    client.post("/api/messages", headers={"Authorization": "Bearer tw_01234567_secretsecret"})
    assert "refused the token tw_01234567… from 127.0.0.1" in caplog.text
    assert "secretsecret" not in caplog.text


def test_a_token_may_what_it_names_and_nothing_else(officer):
    clerk = officer("intake_clerk", "analyst", national=True)
    _token, secret = token_of(clerk, grant=Grant(["intake.read"]))
    asking = ask(secret)
    check(asking, "intake.read")
    for permission in ("intake.submit", "targeting.read", "accounts.manage"):
        with pytest.raises(PermissionDenied):
            check(asking, permission)
    assert clerk.may("intake.submit")  # the officer himself is as before


def test_nothing_ticked_is_nothing(client, machine):
    _token, secret = token_of(machine, grant=Grant())
    assert submit(client, secret).status_code == 403
    assert not Message.objects.exists()


def test_no_token_is_given_what_its_account_may_not(machine):
    for grant in (
        Grant(["ledger.read"]), Grant(["no.such"]), Grant(office="B"), Grant(office="nowhere"),
        Grant(networks=["everywhere"]), Grant(networks=["192.0.2.0/99"]),
    ):  # fmt: skip
        Office.objects.get_or_create(code="B")
        with pytest.raises(ValidationError):
            tokens.issue_token(None, machine, "x", later(), grant)
    assert not Token.objects.exists()


def test_what_an_account_loses_its_tokens_lose(officer):
    clerk = officer("intake_clerk", offices=["A"])
    _token, secret = token_of(clerk, grant=Grant(["intake.read"], office="A"))
    clerk.roles.all().delete()
    clerk.offices.clear()
    asking = ask(secret)
    assert not asking.may("intake.read")
    assert not asking.scope().allows("A")


def test_a_token_for_one_office_sees_and_sends_for_no_other(client, officer):
    officer("operator", national=True, username="operator")
    clerk = officer("intake_clerk", national=True)
    Office.objects.get_or_create(code="A")
    _token, secret = token_of(clerk, grant=Grant(["intake.submit", "intake.read"], office="A"))
    asking = ask(secret)
    assert asking.scope().codes == {"A"}
    with pytest.raises(PermissionDenied):
        check_national(asking, "intake.read")
    assert submit(client, secret).json()["state"] == "accepted"
    elsewhere = submit(client, secret, office="B", declaration_id="D2")
    assert elsewhere.status_code == 422
    assert "B" in str(elsewhere.json()["reasons"])
    _token, whole = token_of(clerk)
    other = submit(client, whole, office="B", declaration_id="D3").json()["message"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"/api/messages/{other}", headers=headers).status_code == 404


def test_a_message_read_later_is_held_to_the_office_of_its_token(client, officer):
    """The job that reads it runs for the account, which may more than the token it came with."""
    clerk = officer("intake_clerk", national=True)
    Office.objects.get_or_create(code="A")
    _token, secret = token_of(clerk, grant=Grant(["intake.submit"], office="A"))
    body = b"declaration_id,declaration_date,hs,office\nA1,2026-03-02,610910,A\nB1,2026-03-02,610910,B\n"
    headers = {"Authorization": f"Bearer {secret}"}
    client.post("/api/messages?name=two.csv", body, content_type="text/csv", headers=headers)
    message = record_message(Message.objects.get())
    assert (message.accepted, message.quarantined) == (1, 1)


def test_the_old_secret_is_good_until_the_overlap_is_over(machine, monkeypatch):
    token, first = token_of(machine, days=30)
    _token, second = tokens.rotate_token(None, token, later(60), timedelta(hours=2))
    assert ask(first) == ask(second) == machine
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2, seconds=1))
    assert ask(first) is None
    assert ask(second) == machine


def test_an_older_secret_ends_at_once_and_revoking_ends_both(machine):
    token, first = token_of(machine)
    _token, second = tokens.rotate_token(None, token, later())
    _token, third = tokens.rotate_token(None, token, later())
    assert [ask(secret) for secret in (first, second, third)] == [None, machine, machine]
    tokens.revoke_token(None, token)
    assert ask(second) is None
    assert ask(third) is None


def test_a_secret_never_outlives_its_own_day(machine, monkeypatch):
    token, first = token_of(machine, days=1 / 24)
    tokens.rotate_token(None, token, later(60), timedelta(hours=24))
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=1, seconds=1))
    assert ask(first) is None


def test_what_has_ended_is_not_rotated(machine):
    token, _secret = token_of(machine, days=-1)
    with pytest.raises(ValidationError):
        tokens.rotate_token(None, token, later())
    good, _secret = token_of(machine)
    for overlap in (timedelta(hours=-1), timedelta(days=15)):
        with pytest.raises(ValidationError):
            tokens.rotate_token(None, good, later(), overlap)


def test_a_token_is_good_in_its_networks_only(machine, caplog):
    _token, secret = token_of(machine, grant=Grant(networks=["192.0.2.7/24", "2001:db8::/32"]))
    for address in ("192.0.2.200", "2001:db8::1", "::ffff:192.0.2.9"):
        assert ask(secret, address) == machine, address
    for address in ("198.51.100.1", "2001:db9::1", "192.0.3.1"):
        assert ask(secret, address) is None, address
    assert ask(secret, "198.51.100.1") is None
    assert Entry.objects.filter(action="token.refuse").count() == 3  # one for each address
    assert secret not in caplog.text


def test_administrators_hear_of_tokens_that_end_soon(machine, officer, client, settings):
    token_of(machine, days=10)
    token_of(machine, days=40)
    boss = officer("administrator", offices=["A"])
    other = officer("administrator", offices=["B"])
    assert len(tokens.ending_soon(boss)) == 1
    assert len(tokens.ending_soon(other)) == 0
    assert len(tokens.ending_soon(officer("analyst", national=True))) == 0
    boss.set_password("a long enough pass phrase")
    boss.save()
    given = {"login": boss.username, "password": "a long enough pass phrase"}
    page = client.post(reverse("account_login"), given, follow=True).content.decode()
    assert f"The token test of {machine.username} ends on" in page
    settings.METRICS_FROM = ["127.0.0.1"]
    numbers = client.get(reverse("metrics")).content.decode()
    assert "tidewaiter_tokens 2.0" in numbers
    assert "tidewaiter_tokens_ending 1.0" in numbers


def test_the_pages_offer_what_the_account_may_and_show_a_secret_once(
    fresh, officer, browse, machine
):
    boss = fresh(officer("administrator", offices=["A"]))
    shown = boss.get(reverse("accounts:user", args=[machine.pk])).content.decode()
    assert 'value="intake.submit"' in shown
    assert 'value="intake.replay"' not in shown
    issue = reverse("accounts:issue_token", args=[machine.pk])
    beyond = boss.post(issue, {"name": "x", "days": 9, "permissions": ["ledger.read"]})
    assert beyond.status_code == 422
    given = {"name": "x", "days": 9, "permissions": ["intake.submit"], "networks": "192.0.2.1"}
    made = boss.post(issue, given)
    token = Token.objects.get()
    assert (token.permissions, token.networks) == (["intake.submit"], ["192.0.2.1/32"])
    assert f"tw_{token.prefix}_" in made.content.decode()
    rotate = reverse("accounts:rotate_token", args=[machine.pk, token.pk])
    again = boss.post(rotate, {"days": 30, "hours": 5}).content.decode()
    assert f"tw_{token.prefix}_" in again
    assert "The old secret is valid until" in again
    listed = boss.get(reverse("accounts:tokens"), {"state": "valid"}).content.decode()
    exported = boss.get(reverse("accounts:export_tokens")).getvalue().decode()
    for text in (listed, exported):
        assert token.prefix in text
        assert token.secret_hash not in text
    assert Entry.objects.filter(action="token.rotate", subject=machine.username).count() == 1
    other = browse("administrator", offices=["B"])
    assert token.prefix not in other.get(reverse("accounts:tokens")).content.decode()


def test_an_officer_is_never_confined_by_what_is_kept(machine):
    assert User.objects.get(pk=machine.pk).limit is None
