"""Holds, the last day that a file is kept, and what is left of a deleted one."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from tests.access.of_control import photograph_of, picture
from tidewaiter.cli.main import main
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.models import HeldRole, User
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.lock import together
from tidewaiter.platform.vault import actions, files, responses, retention
from tidewaiter.platform.vault.holding import hold, holds_in_force, propose_lift
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.retention import keep_until
from tidewaiter.platform.vault.verification import faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(officer):
    return officer("head_of_enforcement", national=True)


@pytest.fixture
def affairs(officer):
    """The second officer."""
    return officer("internal_affairs", national=True)


def past(sha256: str, days: int = 1) -> str:
    keep_until(None, sha256, timezone.localdate() - timedelta(days=days))
    return sha256


def clear() -> dict:
    job = enqueue("vault.clear", actor=None)
    worker.drain()
    job.refresh_from_db()
    return job


def there(sha256: str) -> bool:
    return files.path_of(sha256).exists()


def test_what_nobody_decided_about_is_kept_for_ever():
    stored = actions.store(b"evidence", None)
    assert stored.keep_until is None
    assert clear().result == {"deleted": 0}
    assert there(stored.sha256)


def test_it_is_kept_on_its_last_day_and_deleted_after_it():
    today, yesterday = actions.store(b"1", None).sha256, actions.store(b"2", None).sha256
    past(today, days=0)
    past(yesterday)
    assert clear().result == {"deleted": 1}
    assert (there(today), there(yesterday)) == (True, False)


def test_a_deleted_file_leaves_its_row_and_an_entry_and_says_when(officer):
    stored = actions.store(b"\x89PNG\r\n\x1a\n", officer("inspector"))
    past(stored.sha256)
    clear()
    stored.refresh_from_db()
    assert stored.deleted_at is not None
    with pytest.raises(actions.Deleted, match=f"{stored.deleted_at:%Y-%m-%d}"):
        actions.open_verified(stored.sha256)
    for answer in (responses.file_response, responses.view_response, responses.thumbnail_response):
        told = answer(stored)
        assert told.status_code == 410
        assert str(timezone.localtime(stored.deleted_at).year) in told.content.decode()
    entry = Entry.objects.get(action="vault.delete")
    assert entry.subject == stored.sha256
    assert entry.detail["size"] == 8
    assert list(faults()) == []


def test_what_was_made_from_it_goes_with_it(home):
    stored = actions.store(picture().read(), None)
    actions.thumbnail(stored.sha256)
    actions.viewing_copy(stored.sha256)
    past(stored.sha256)
    clear()
    assert not [path for path in (home / "vault").rglob("*") if path.is_file()]
    with pytest.raises(actions.Deleted):
        actions.thumbnail(stored.sha256)


def test_what_a_row_refers_to_is_not_deleted(officer):
    photograph = photograph_of("A", officer("inspector", offices=["A"]))
    past(photograph.file_id)
    assert clear().result == {"deleted": 0}
    assert there(photograph.file_id)
    photograph.delete()
    assert clear().result == {"deleted": 1}


def test_a_hold_keeps_what_would_be_deleted_until_the_last_one_is_lifted(head, affairs):
    sha256 = past(actions.store(b"evidence", None).sha256)
    first, second = hold(head, sha256, "case 7"), hold(head, sha256, "appeal 3")
    for one in (first, second):
        assert clear().result == {"deleted": 0}
        proposal = propose_lift(head, one.pk, "closed")
        assert clear().result == {"deleted": 0}
        with pytest.raises(Denied, match="You proposed it"):
            foureyes.approve(head, proposal.pk)
        foureyes.approve(affairs, proposal.pk)
    assert clear().result == {"deleted": 1}
    told = Entry.objects.filter(action__in=("vault.hold", "vault.lift")).order_by("sequence")
    assert [(one.actor, one.subject, one.reason) for one in told] == [
        (head.username, sha256, "case 7"),
        (head.username, sha256, "appeal 3"),
        (affairs.username, sha256, "closed"),
        (affairs.username, sha256, "closed"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_set_while_its_file_is_about_to_be_deleted_wins(head):
    sha256 = past(actions.store(b"evidence", None).sha256)
    deleted: list[int] = []

    def delete() -> None:
        deleted.append(retention.delete_due(Unwatched()))
        connection.close()

    deleting = threading.Thread(target=delete)
    with transaction.atomic():
        hold(head, sha256, "case 7")
        deleting.start()
        deleting.join(0.3)  # until it waits for the row
    deleting.join()
    assert deleted == [0]
    assert there(sha256)


def test_what_cannot_be_held_or_lifted_is_refused_with_words(head, affairs):
    sha256 = actions.store(b"evidence", None).sha256
    for wrong in ("0" * 64, "", "no hash"):
        with pytest.raises(ValidationError, match="no file"):
            hold(head, wrong, "case 7")
    for reason in (" ", "x" * 1001):
        with pytest.raises(ValidationError, match="reason"):
            hold(head, sha256, reason)
    with pytest.raises(ValidationError, match="no hold 99"):
        propose_lift(head, 99, "closed")
    made = hold(head, sha256, "case 7")
    proposal = propose_lift(head, made.pk, "closed")
    with pytest.raises(ValidationError, match="waits already"):
        propose_lift(affairs, made.pk, "closed")
    foureyes.return_(affairs, proposal.pk, remark="The appeal goes on.")
    assert holds_in_force(head).get() == made
    foureyes.approve(affairs, propose_lift(head, made.pk, "closed").pk)
    with pytest.raises(ValidationError, match="no hold"):
        propose_lift(head, made.pk, "closed")
    past(sha256)
    clear()
    with pytest.raises(ValidationError, match="deleted on"):
        hold(head, sha256, "too late")
    assert not holds_in_force(head).exists()


def test_holding_takes_the_right_and_all_offices(officer, head):
    sha256 = actions.store(b"evidence", None).sha256
    made = hold(head, sha256, "case 7")
    proposal = propose_lift(head, made.pk, "closed")
    strangers = [
        officer("inspector", national=True),
        officer("supervisor", national=True),
        officer("administrator", national=True),
        officer("head_of_enforcement", offices=["A"]),
    ]
    for stranger in strangers:
        with pytest.raises(Denied):
            hold(stranger, sha256, "mine")
        with pytest.raises(Denied):
            propose_lift(stranger, made.pk, "mine")
        with pytest.raises(Denied):
            foureyes.approve(stranger, proposal.pk)
        with pytest.raises(Denied):
            holds_in_force(stranger)


def test_what_is_stored_again_is_wanted_again():
    sha256 = past(actions.store(b"evidence", None).sha256)
    assert actions.store(b"evidence", None).keep_until is None
    assert clear().result == {"deleted": 0}
    past(sha256)
    clear()
    again = actions.store(b"evidence", None)
    assert again.deleted_at is None
    assert clear().result == {"deleted": 0}
    with actions.open_verified(sha256) as file:
        assert file.read() == b"evidence"


def test_a_run_that_dies_half_way_is_finished_by_the_next(monkeypatch):
    sha256 = past(actions.store(b"evidence", None).sha256)

    def dies(_path):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "remove", dies)
    with pytest.raises(KeyboardInterrupt):
        retention.delete_due(Unwatched())
    with pytest.raises(actions.Deleted):
        actions.open_verified(sha256)
    assert [name for name, wrong in faults() if "deleted" in wrong] == [sha256]
    monkeypatch.undo()
    clear()
    assert not there(sha256)
    assert list(faults()) == []


def test_nothing_is_deleted_while_a_backup_is_made():
    sha256 = past(actions.store(b"evidence", None).sha256)
    with together("backup"):
        job = clear()
    assert job.state == "queued"
    assert there(sha256)
    assert Stored.objects.get(pk=sha256).deleted_at is None


def test_by_command(affairs):
    operator = User.objects.create(username="operator", national=True)
    HeldRole.objects.create(user=operator, role="operator")
    sha256 = actions.store(b"evidence", None).sha256

    def run(*arguments: object):
        return CliRunner().invoke(main, ["vault", *map(str, arguments)])

    number = json.loads(run("hold", sha256, "--reason", "case 7", "--json").stdout)["hold"]
    (listed,) = json.loads(run("holds", "--json").stdout)
    assert (listed["hold"], listed["reason"], listed["sha256"]) == (number, "case 7", sha256)
    assert sha256 in run("holds").stdout
    lifted = run("lift", number, "--reason", "closed")
    assert (lifted.exit_code, "when a second officer approves" in lifted.stdout) == (0, True)
    assert json.loads(run("holds", "--json").stdout)
    for wrong, said in ((number, "waits already"), (number + 1, f"no hold {number + 1}")):
        refused = run("lift", wrong, "--reason", "closed")
        assert (refused.exit_code, said in refused.stderr) == (1, True)
    assert run("hold", "0" * 64, "--reason", "x").exit_code == 1
    foureyes.approve(affairs, Proposal.objects.get().pk)
    assert run("holds").stdout == ""
