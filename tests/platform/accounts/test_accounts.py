"""Who makes, changes, invites and disables whom."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from tidewaiter.platform.accounts import actions
from tidewaiter.platform.accounts.actions import Person, Rights
from tidewaiter.platform.accounts.models import Invitation, Office, User
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
PASSWORD = "the tide waits for no one"
INSPECTOR = Rights(frozenset({"inspector"}), frozenset({"A"}))


@pytest.fixture
def offices():
    return [Office.objects.create(code=code) for code in "ABC"]


@pytest.fixture
def boss(officer):
    return officer("administrator", national=True)


@pytest.fixture
def local_boss(officer, offices):
    return officer("administrator", offices=["A", "B"])


def test_an_account_is_made_without_a_password_and_written_down(boss, offices):
    user = actions.create_user(boss, "ann", Person("Ann", "Lee"), INSPECTOR)
    assert not user.has_usable_password()
    assert actions.rights_of(User.objects.get(username="ann")) == INSPECTOR
    entry = Entry.objects.get(action="account.create")
    assert (entry.actor, entry.subject) == (boss.username, "ann")
    assert entry.detail["roles"] == ["inspector"]


def test_two_accounts_whose_names_differ_in_case_only_are_refused(boss, offices):
    actions.create_user(boss, "ann", Person(), INSPECTOR)
    with pytest.raises(ValidationError, match="already"):
        actions.create_user(boss, "Ann", Person(), INSPECTOR)


def test_unknown_roles_and_offices_are_refused(boss):
    with pytest.raises(ValidationError, match="unknown office"):
        actions.create_user(boss, "ann", Person(), INSPECTOR)
    with pytest.raises(ValidationError, match="unknown role"):
        actions.create_user(boss, "bob", Person(), Rights(frozenset({"king"}), frozenset()))
    assert not User.objects.filter(username__in=("ann", "bob")).exists()


@pytest.mark.parametrize("role", ["targeting_officer", "inspector", "internal_affairs", "machine"])
def test_only_administrators_make_accounts(officer, offices, role):
    with pytest.raises(PermissionDenied):
        actions.create_user(officer(role, national=True), "ann", Person(), INSPECTOR)


@pytest.mark.parametrize(
    "rights",
    [
        Rights(frozenset(), frozenset("C")),
        Rights(frozenset(), frozenset("AC")),
        Rights(frozenset(), frozenset(), national=True),
        Rights(frozenset(), frozenset()),
    ],
)
def test_an_office_administrator_gives_no_sight_he_does_not_have(local_boss, offices, rights):
    with pytest.raises(PermissionDenied):
        actions.create_user(local_boss, "ann", Person(), rights)


def test_an_office_administrator_sees_accounts_wholly_inside_his_offices(local_boss, officer, boss):
    inside = officer("inspector", offices=["A", "B"])
    officer("inspector", offices=["A", "C"])
    officer("inspector", offices=["C"])
    officer("inspector")
    assert set(User.objects.visible_to(local_boss)) == {inside, local_boss}
    assert User.objects.visible_to(boss).count() == User.objects.count()
    with pytest.raises(PermissionDenied):
        actions.change_user(local_boss, boss, Person(), INSPECTOR)


def test_nobody_changes_his_own_rights(boss):
    with pytest.raises(PermissionDenied):
        actions.change_user(boss, boss, Person(), Rights(frozenset({"operator"}), frozenset()))
    with pytest.raises(PermissionDenied):
        actions.set_active(boss, boss, active=False)


def test_the_last_national_administrator_stays(boss, officer):
    only = actions.set_active
    with pytest.raises(ValidationError, match="last national administrator"):
        only(None, boss, active=False)
    with pytest.raises(ValidationError, match="last national administrator"):
        actions.change_user(None, boss, Person(), Rights(frozenset(), frozenset(), national=True))
    officer("administrator", national=True)
    assert not only(None, boss, active=False).is_active


def test_a_disabled_officer_is_out_at_once(browse, boss):
    client = browse("analyst")
    assert client.get("/").status_code == 200
    actions.set_active(boss, client.user, active=False)
    assert client.get("/").status_code == 302


def test_a_one_time_link_sets_a_password_once(boss, offices, client):
    user = actions.create_user(boss, "ann", Person(), INSPECTOR)
    secret = actions.invite(boss, user)
    assert secret not in str(list(Invitation.objects.values()))
    url = reverse("accounts:welcome", args=[secret])
    assert client.get(url).status_code == 200
    refused = client.post(url, {"password": "short", "again": "short"})
    assert refused.status_code == 200
    assert actions.invitation(secret)
    assert client.post(url, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert client.get(url).status_code == 410
    assert client.post(url, {"password": PASSWORD * 2, "again": PASSWORD * 2}).status_code == 410


def test_a_link_ends_when_it_expires_is_replaced_or_the_account_is_disabled(boss, officer):
    user = officer("inspector")
    first = actions.invite(boss, user)
    second = actions.invite(boss, user)
    assert actions.invitation(first) is None
    assert actions.invitation(second)
    actions.set_active(boss, user, active=False)
    assert actions.invitation(second) is None
    actions.set_active(boss, user, active=True)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert actions.invitation(second) is None


def test_the_first_administrator_gets_a_link_until_one_can_log_in():
    secret = actions.first_administrator()
    again = actions.first_administrator()
    assert User.objects.count() == 1
    assert actions.invitation(secret) is None
    user = actions.accept_invitation(again, PASSWORD)
    assert user.may("accounts.manage")
    assert actions.first_administrator() is None


def test_the_list_is_filtered_and_exported_as_filtered(browse, boss, officer):
    ann = officer("inspector", offices=["A"], username="=ann")
    officer("analyst", offices=["B"], username="robert")
    client = browse(boss)
    page = client.get(reverse("accounts:users"), {"role": "inspector"}).content.decode()
    assert "=ann" in page
    assert "robert" not in page
    text = client.get(reverse("accounts:export"), {"office": "A"}).getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["username"], row["offices"]) for row in rows] == [("'" + ann.username, "A")]
    assert Entry.objects.filter(action="account.export", actor=boss.username).exists()


def test_making_an_account_on_the_page_asks_for_the_password_again(browse, boss, offices):
    boss.set_password(PASSWORD)
    boss.save()
    client = browse(boss)
    form = {"username": "ann", "roles": ["inspector"], "offices": ["A"]}
    url = reverse("accounts:create")
    asked = client.post(url, form)
    assert asked.status_code == 302
    assert asked.url.startswith("/account/reauthenticate/")
    assert not User.objects.filter(username="ann").exists()


def test_an_administrator_makes_and_changes_an_account_on_the_page(fresh, boss, offices):
    boss.set_password(PASSWORD)
    boss.save()
    client = fresh(boss)
    form = {"username": "ann", "roles": ["inspector"], "offices": ["A"]}
    page = client.post(reverse("accounts:create"), form)
    user = User.objects.get(username="ann")
    assert page.status_code == 200
    assert "/accounts/welcome/" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    again = client.post(reverse("accounts:create"), form)
    assert "already" in again.content.decode()
    changed = {"first_name": "Ann", "roles": ["supervisor"], "offices": ["A", "B"]}
    url = reverse("accounts:user", args=[user.pk])
    assert client.post(url, changed).status_code == 302
    assert actions.rights_of(user).offices == {"A", "B"}
    assert User.objects.get(username="ann").may("control.supervise")


def test_an_account_out_of_sight_is_not_there(browse, local_boss, officer):
    client = browse(local_boss)
    stranger = officer("inspector", offices=["C"])
    assert client.get(reverse("accounts:user", args=[stranger.pk])).status_code == 404
    assert client.get(reverse("accounts:user", args=[10**9])).status_code == 404


def test_an_office_is_renamed_but_its_code_stays(browse, boss, offices):
    client = browse(boss)
    url = reverse("accounts:office", args=[offices[0].pk])
    assert client.post(url, {"code": "Z", "name": "Harbour"}).status_code == 302
    offices[0].refresh_from_db()
    assert (offices[0].code, offices[0].name) == ("A", "Harbour")
    new = client.post(reverse("accounts:create_office"), {"code": "A", "name": "Twice"})
    assert new.status_code == 200
    assert Office.objects.count() == 3
