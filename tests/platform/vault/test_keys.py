"""Master keys: made, renewed, and destroyed when nothing needs them."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tidewaiter.cli.main import main
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.models import HeldRole, User
from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.lock import Taken, together
from tidewaiter.platform.vault import actions, files, keys, rotation
from tidewaiter.platform.vault.verification import faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored() -> dict[str, bytes]:
    contents = [f"file {number}".encode() * 300 for number in range(5)]
    return {actions.store(content, None).sha256: content for content in contents}


def all_readable(stored: dict[str, bytes]) -> bool:
    for sha256, content in stored.items():
        with actions.open_verified(sha256) as file:
            assert file.read() == content
    return list(faults()) == []


def test_the_first_key_is_made_on_first_use_for_its_owner_only(home, stored):
    (path,) = keys.key_paths()
    assert path.parent == home / "keys" / "vault"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.parent.chmod(0o755)  # as unpacking an archive may leave it
    keys.masters()
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_new_key_takes_all_files_over_and_the_old_one_can_go(officer, stored):
    operator = officer("operator", national=True)
    (old,) = keys.masters()
    bodies = {path: path.read_bytes()[200:] for path in files.paths()}
    made = rotation.renew_key(operator)
    assert keys.current().id.hex() == made
    assert all_readable(stored)
    with pytest.raises(rotation.StillNeeded):
        rotation.destroy_old_keys(operator)
    assert worker.drain() == 1
    assert Job.objects.get(kind="vault.rewrap").result == {"rewrapped": 5}
    assert {path: path.read_bytes()[200:] for path in files.paths()} == bodies
    assert all(files.settled(path, keys.current()) for path in files.paths())
    assert all_readable(stored)
    assert rotation.destroy_old_keys(operator) == [old.id.hex()]
    assert keys.masters() == [keys.current()]
    assert all_readable(stored)
    assert rotation.destroy_old_keys(operator) == []
    told = Entry.objects.filter(action__startswith="vault.key").values_list("action", "subject")
    assert list(told.order_by("sequence")) == [
        ("vault.key", made),
        ("vault.key_destroy", old.id.hex()),
    ]


def test_a_change_of_key_that_dies_half_way_is_finished_by_the_next(officer, stored):
    class Dies:
        def update(self, done, *_more):
            self.done = done

        def check(self):
            if self.done == 2:
                raise KeyboardInterrupt

    rotation.renew_key(officer("operator"))
    with pytest.raises(KeyboardInterrupt):
        rotation.rewrap_all(Dies())
    assert all_readable(stored)
    assert sum(files.settled(path, keys.current()) for path in files.paths()) == 2
    worker.drain()
    assert Job.objects.get(kind="vault.rewrap").result == {"rewrapped": 3}
    assert all_readable(stored)


def test_no_key_is_destroyed_while_a_backup_is_made(officer, stored):
    operator = officer("operator")
    rotation.renew_key(operator)
    worker.drain()
    with together("backup"), pytest.raises(Taken):
        rotation.destroy_old_keys(operator)
    assert len(keys.masters()) == 2


def test_a_damaged_file_keeps_its_old_key(officer, stored):
    operator = officer("operator")
    rotation.renew_key(operator)
    path = next(files.paths())
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:50])
    worker.drain()
    job = Job.objects.get(kind="vault.rewrap")
    assert job.state == "failed"
    assert str(path) in job.log
    with pytest.raises((rotation.StillNeeded, files.Corrupt), match=path.name):
        rotation.destroy_old_keys(operator)


def test_a_missing_or_damaged_key_is_named(stored):
    (path,) = keys.key_paths()
    content = path.read_text()
    path.write_text("00" + content[2:] if content[:2] != "00" else "11" + content[2:])
    with pytest.raises(files.Unreadable, match=str(path)):
        actions.open_verified(next(iter(stored)))
    path.unlink()
    actions.store(b"something else", None)  # which makes another key
    with pytest.raises(files.Unreadable, match="restore the key"):
        actions.open_verified(next(iter(stored)))
    assert {sha256 for sha256, _wrong in faults()} == set(stored)


def test_who_may_not_does_not(officer, stored):
    for role in ("internal_affairs", "administrator", "inspector"):
        with pytest.raises(Denied):
            rotation.renew_key(officer(role, national=True))
        with pytest.raises(Denied):
            rotation.destroy_old_keys(officer(role, national=True))


def test_by_command(db, stored):
    operator = User.objects.create(username="operator", national=True)
    HeldRole.objects.create(user=operator, role="operator")

    def run(*arguments: str):
        return CliRunner().invoke(main, ["vault", *arguments])

    assert "there is no old key" in run("destroy-old-keys").stdout
    assert run("renew-key").exit_code == 0
    early = run("destroy-old-keys")
    assert (early.exit_code, "vault.rewrap" in early.stderr) == (1, True)
    worker.drain()
    assert run("destroy-old-keys").stdout.startswith("destroyed: ")
    assert run("verify").stdout == "sound: 5\n"
    assert all_readable(stored)
