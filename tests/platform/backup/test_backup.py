"""A backup taken while the house is at work is one moment of it; each moment can be restored."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.platform.backup.houses import SCRIPT

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def rows(house) -> dict:
    answer = house.run(SCRIPT, "rows")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_backup_taken_at_work_is_restored_to_one_moment(house, second):
    with house.at_work(5):
        house.backed_up()
    answer = second.restore(house)
    assert answer.returncode == 0, answer.stderr
    assert second.run(SCRIPT, "settle").returncode == 0
    told = second.told()
    numbers = [str(number) for number in range(len(told["received"]))]
    assert len(numbers) >= 5
    assert sorted(told["received"]) == sorted(numbers)
    assert sorted(told["lake"]) == sorted(numbers)
    assert sorted(told["recorded"]) == sorted(numbers)
    assert told["files"] >= len(numbers)
    assert told["ledger_sound"]
    assert (second.home / "secret.key").read_text() == (house.home / "secret.key").read_text()


def test_three_moments_are_restored_as_they_were(house, second, new_house, tmp_path):
    moments = []
    for messages in (2, 2, 3):
        with house.at_work(messages):
            pass
        assert house.run(SCRIPT, "settle").returncode == 0
        made = house.backed_up()
        moments.append((made["made_at"], house.told(), rows(house)))
    assert made["stored"] < made["bytes"] / 4, "only what is new is written"
    house.backup("prune")
    places = [second, new_house(tmp_path / "third"), new_house(tmp_path / "fourth")]
    for place, (moment, told, digests) in zip(places, moments, strict=True):
        answer = place.restore(house, "--at", moment, "--json")
        assert answer.returncode == 0, answer.stderr
        assert place.told() == told
        assert rows(place) == digests
        assert json.loads(answer.stdout)["made_at"] == moment
        checked = place.tidewaiter("ledger", "verify", "--json")
        assert checked.returncode == 0, checked.stderr
    early = new_house(tmp_path / "fifth").restore(house, "--at", "2020-01-01 00:00")
    assert early.returncode == 1
    assert "no backup is that old" in early.stderr


def test_keys_of_the_vault_come_along_and_stay_shut(house, second):
    with house.at_work(3):
        pass
    assert house.tidewaiter("vault", "renew-key").returncode == 0
    house.backed_up()
    assert second.restore(house).returncode == 0
    answer = second.tidewaiter("vault", "verify", "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["files"] >= 3
    names = sorted((second.home / "keys" / "vault").iterdir())
    assert len(names) == 2
    assert names[0].parent.stat().st_mode & 0o077 == 0
    for key in (*names, second.key):
        assert key.stat().st_mode & 0o077 == 0
        assert key.read_bytes() == (house.home / key.relative_to(second.home)).read_bytes()


def test_a_damaged_repository_is_told_restores_nothing_and_mends(house, second):
    house.backed_up()
    objects = sorted(
        (house.repository / "objects").glob("*/*"), key=lambda path: path.stat().st_size
    )
    flipped, cut, gone = objects[-1], objects[-2], objects[-3]
    whole = flipped.read_bytes()
    flipped.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    cut.write_bytes(cut.read_bytes()[:-1])
    gone.unlink()
    answer = second.restore(house)
    assert answer.returncode == 1
    assert "damaged" in answer.stderr or "missing" in answer.stderr
    assert {path.name for path in second.home.iterdir()} <= {"secret.key", "static"}
    told = house.backup("verify", "--json")
    assert told.returncode == 1
    (faults,) = json.loads(told.stdout)["faults"].values()
    assert faults
    house.backed_up()
    assert house.backup("verify").returncode == 0
    assert second.restore(house).returncode == 0


def test_what_a_backup_is_cannot_be_exchanged(house, second):
    house.backed_up()
    house.backed_up()
    older, newer = sorted((house.repository / "backups").iterdir())
    shutil.copy(older, newer)
    answer = second.restore(house)
    assert answer.returncode == 1
    assert "damaged" in answer.stderr
    assert house.backup("verify").returncode == 1


def test_without_its_key_nothing_is_read(house, second, tmp_path):
    house.backed_up()
    whole = house.key.read_text()
    for text, said in {
        "nothing": "no key",
        whole.replace(whole[0], "f" if whole[0] != "f" else "0", 1): "no key",
        "0" * 64 + "-" + "6" * 8: "no key",
    }.items():
        (tmp_path / "key").write_text(text)
        place = ("--from", house.repository, "--key", tmp_path / "key")
        answer = second.tidewaiter("restore", *place)
        assert answer.returncode == 1
        assert said in answer.stderr
    secret = (house.home / "secret.key").read_bytes()
    assert not any(
        secret in path.read_bytes() for path in house.repository.rglob("*") if path.is_file()
    )
    assert all(path.stat().st_mode & 0o077 == 0 for path in house.repository.rglob("*"))


def test_nothing_is_overwritten(house):
    house.backed_up()
    over = house.restore(house)
    assert over.returncode == 1
    assert "is not empty" in over.stderr


def test_a_disk_that_is_not_there_gets_no_new_repository(house):
    shutil.rmtree(house.repository)
    house.repository.mkdir()
    answer = house.backup()
    assert answer.returncode == 1
    assert "is its disk there?" in answer.stderr
    assert list(house.repository.iterdir()) == []


def test_a_killed_restore_is_begun_again_by_the_same_command(house, second):
    with house.at_work(3):
        pass
    assert house.run(SCRIPT, "settle").returncode == 0
    house.backed_up()
    assert second.restore(house).returncode == 0
    # As after the last step but one: everything in its place, the folder of work still there.
    (second.home / ".restoring").mkdir()
    (second.home / ".restoring" / "database-begun").touch()
    answer = second.restore(house)
    assert answer.returncode == 0, answer.stderr
    assert second.told() == house.told()
