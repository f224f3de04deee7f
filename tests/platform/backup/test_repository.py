"""What a repository keeps: pieces once, backups by age, cuts where the content says so."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.platform.backup import jobs
from tidewaiter.platform.backup.cutting import MOST, pieces
from tidewaiter.platform.backup.keeping import ALWAYS, kept, prune
from tidewaiter.platform.backup.keys import Key, keep
from tidewaiter.platform.backup.making import make_backup
from tidewaiter.platform.backup.moment import BackupError
from tidewaiter.platform.backup.repository import Backup, Damaged, Repository
from tidewaiter.platform.backup.verifying import verify_repository
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.worker import drain
from tidewaiter.platform.lock import only_one

NOW = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path):
    return Repository.make(tmp_path / "repository", Key.new())


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  no secret


@given(st.binary(max_size=2_000), st.integers(0, 40))
def test_the_pieces_are_the_whole(start, zeros):
    content = start + bytes(zeros * 50_000) + start
    cut = list(pieces(io.BytesIO(content)))
    assert b"".join(cut) == content
    assert all(len(one) <= MOST for one in cut)


@pytest.mark.parametrize("what", ["put in", "taken out", "changed"])
def test_a_change_moves_only_the_cuts_around_it(what):
    before = noise(12_000_000)
    middle = {"put in": b"more" + before[6_000_000:], "taken out": before[6_000_007:],
              "changed": b"!" + before[6_000_001:]}[what]  # fmt: skip
    old = set(pieces(io.BytesIO(before)))
    new = set(pieces(io.BytesIO(before[:6_000_000] + middle)))
    assert len(new - old) <= 4
    assert len(old) > 50


def test_a_piece_is_kept_once_and_says_when_it_is_not_what_it_was(repository):
    known = repository.objects()
    name = repository.put(b"content", known)
    assert repository.put(b"content", known) == name
    assert repository.objects() == {name} == known
    assert repository.get(name) == b"content"
    repository.path(name).write_bytes(b"something else")
    with pytest.raises(Damaged):
        repository.get(name)
    repository.path(name).unlink()
    with pytest.raises(Damaged):
        repository.get(name)


def test_the_key_is_read_as_it_was_written_down():
    key = Key.new()
    assert Key.of(str(key)) == key
    assert Key.of(f"  {str(key).upper().replace('-', ' - ')}\n") == key
    for wrong in ("", "abc", str(key)[:-1] + "x", str(key)[1:]):
        with pytest.raises(BackupError):
            Key.of(wrong)


def test_another_key_does_not_open_it(repository):
    with pytest.raises(BackupError, match="another key"):
        Repository(repository.root, Key.new())


def every(minutes: float, days: float) -> list[Backup]:
    count = int(days * 24 * 60 / minutes)
    return [Backup(n + 1, NOW - timedelta(minutes=minutes) * (count - n)) for n in range(count)]


def test_backups_are_kept_by_age():
    there = every(5, 400)
    left = kept(there)
    newest = there[-1].made_at

    def within(days: float, than: float = 0) -> int:
        ages = [(newest - one.made_at) / timedelta(days=1) for one in left]
        return sum(than < age <= days for age in ages)

    assert there[-1] in left
    assert within(1, -1) == 24 * 12 + 1
    assert within(7, 1) in range(6 * 24, 6 * 24 + 3)
    assert within(31, 7) in range(24, 26)
    assert within(366, 31) in range(47, 51)
    assert within(1000, 366) == 0
    assert kept(sorted(left)) >= set(there[-ALWAYS:])


@given(st.lists(st.integers(-10_000_000, 10_000_000), max_size=80))
def test_whatever_the_clock_says_the_newest_stay(minutes):
    there = [Backup(n, NOW + timedelta(minutes=one)) for n, one in enumerate(minutes)]
    assert set(there[-ALWAYS:]) <= kept(there) <= set(there)


def test_pruning_removes_what_no_backup_needs(repository, monkeypatch):
    known: set[str] = set()
    shared, one, two = (repository.put(content, known) for content in (b"shared", b"1", b"2"))
    made = []
    for piece in (one, two):
        lines = [f'{{"name": "home/f", "pieces": ["{shared}", "{piece}"]}}'.encode()]
        made.append(repository.put_backup({"listing": [repository.put(lines[0], known)]}))
    monkeypatch.setattr("tidewaiter.platform.backup.keeping.kept", lambda there: {max(there)})
    assert prune(repository) == (1, 2)
    assert repository.backups() == [made[1]]
    assert {shared, two} < repository.objects()
    assert one not in repository.objects()
    assert verify_repository(repository).sound


def test_nothing_is_removed_while_somebody_reads_or_adds(repository):
    with (
        repository.held(alone=False),
        repository.held(alone=False),
        pytest.raises(BackupError, match="in use"),
    ):
        prune(repository)
    assert prune(repository) == (0, 0)


@pytest.mark.django_db
def test_one_backup_at_a_time(house):
    with only_one("backup-making"), pytest.raises(BackupError, match="is being made"):
        make_backup(house)


def run(kind: str):
    asked = enqueue(kind, actor=None)
    Job.objects.filter(pk=asked.pk).update(not_before=timezone.now())  # one that waits to be tried
    drain()
    asked.refresh_from_db()
    return asked


@pytest.mark.django_db
def test_the_worker_backs_up_prunes_and_verifies(settings, home, tmp_path, transactional_db):
    for kind in ("backup.make", "backup.prune", "backup.verify"):
        assert run(kind).result == jobs.NOWHERE
    assert jobs.age() is None
    settings.BACKUPS = str(tmp_path / "repository")
    failed = run("backup.make")
    assert failed.error
    assert jobs.age() == float("inf")
    keep(Key.new())
    Repository.make(tmp_path / "repository", jobs.house_key())
    made = run("backup.make")
    assert (made.state, made.error) == ("done", "")
    assert made.result["stored"] > 0
    assert 0 <= jobs.age() < 600
    assert run("backup.prune").result == {"removed": 0, "pieces": 0}
    assert run("backup.verify").result["backups"] == 1
    next(path for path in (tmp_path / "repository" / "objects").glob("*/*")).unlink()
    bad = run("backup.verify")
    assert (bad.state, bad.attempt) == ("failed", 1)


@pytest.fixture
def house(settings, home, tmp_path, transactional_db):
    """The repository that this test's house is backed up into."""
    keep(Key.new())
    (home / "secret.key").write_bytes(noise(3_000_000))
    (home / "other").write_bytes(noise(3_000_000, 2))
    return Repository.make(tmp_path / "repository", jobs.house_key())


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "exchanged"])
def test_damage_is_found_located_and_mended_by_the_next_backup(house, damage):
    made = make_backup(house)
    one = next(file for file in house.listed(made.backup) if file["name"] == "home/other")
    path, other = house.path(one["pieces"][0]), next(iter(house.objects() - set(one["pieces"])))
    whole = path.read_bytes()
    if damage == "flipped":
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    elif damage == "cut":
        path.write_bytes(whole[:-1])
    elif damage == "exchanged":
        path.write_bytes(house.path(other).read_bytes())
    else:
        path.unlink()
    assert verify_repository(house).faults == {made.backup.name: ["home/other"]}
    again = make_backup(house)
    assert 3_000_000 < again.stored < 3_200_000
    assert verify_repository(house).sound


@pytest.mark.django_db
def test_backups_cannot_be_exchanged_with_each_other(house):
    first, second = make_backup(house).backup, make_backup(house).backup
    folder = house.root / "backups"
    (folder / second.name).write_bytes((folder / first.name).read_bytes())
    assert set(verify_repository(house).faults) == {second.name}
    assert house.backups() == [first]
    assert make_backup(house).backup.number == 3
    assert verify_repository(house).sound


@pytest.mark.django_db
def test_nothing_can_be_read_without_the_key_nor_by_others(house, home):
    make_backup(house)
    secret = (home / "secret.key").read_bytes()[1000:1016]
    found = [path for path in house.root.rglob("*") if path.is_file()]
    assert not any(secret in path.read_bytes() for path in found)
    assert all(path.stat().st_mode & 0o077 == 0 for path in house.root.rglob("*"))
    listed = {one["name"] for one in house.listed(house.backups()[-1])}
    assert not any(name.startswith("home/keys/backup") for name in listed)


@pytest.mark.django_db
def test_files_that_are_as_they_were_are_not_read_again(house, home, monkeypatch):
    make_backup(house)
    puts = []
    put = Repository.put
    monkeypatch.setattr(
        Repository, "put", lambda self, content, known: puts.append(len(content)) or put(self, content, known)
    )  # fmt: skip
    made = make_backup(house)
    assert made.bytes > 6_000_000
    assert sum(puts) < 3_000_000


def test_an_empty_folder_where_the_disk_should_be_is_no_repository(tmp_path):
    with pytest.raises(BackupError, match="is its disk there"):
        Repository(tmp_path, Key.new())
    (tmp_path / "something").touch()
    with pytest.raises(BackupError, match="not empty"):
        Repository.make(tmp_path, Key.new())
