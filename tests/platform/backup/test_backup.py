"""A backup taken while the house is at work is one moment of it; each moment can be restored."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.platform.backup.houses import SCRIPT

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_backup_taken_at_work_is_restored_to_one_moment(house, second):
    with house.at_work(5):
        house.backed_up()
    told = second.restored(house)
    numbers = [str(number) for number in range(len(told["received"]))]
    assert len(numbers) >= 5
    assert sorted(told["received"]) == sorted(numbers)
    assert told["lake"] == sorted(numbers)
    assert sorted(told["recorded"]) == sorted(numbers)
    assert told["files"] >= len(numbers)
    assert told["ledger_sound"]
    assert (second.home / "secret.key").read_text() == (house.home / "secret.key").read_text()


def test_three_moments_are_restored_as_they_were(house, second, new_house, tmp_path):
    answer = house.run(SCRIPT, "moments", house.repository)
    assert answer.returncode == 0, answer.stderr
    moments = json.loads(answer.stdout.splitlines()[-1])
    assert moments[-1]["stored"] < 0.25, "only what is new is written"
    places = [second, new_house(tmp_path / "third"), new_house(tmp_path / "fourth")]
    for place, known in zip(places, moments, strict=True):
        assert place.restored(house, "--at", known["at"]) == known["told"]
    for key in ("vault/*.key", "ledger/*", "backup/*"):
        for path in (house.home / "keys").glob(key):
            copy = second.home / path.relative_to(house.home)
            assert copy.read_bytes() == path.read_bytes()
            assert copy.stat().st_mode & 0o077 == 0
    over = second.restore(house)
    assert over.returncode == 1
    assert "is not empty" in over.stderr
    # As a kill before the last step leaves it: the same command begins again.
    (second.home / ".restoring").mkdir()
    (second.home / ".restoring" / "database-begun").touch()
    assert second.restored(house) == moments[-1]["told"]
    checked = second.tidewaiter("verify")
    assert checked.returncode == 0, checked.stdout


def test_what_cannot_be_restored_is_told_and_nothing_is_touched(house, second, tmp_path):
    house.backed_up()
    good = house.repository.with_name("good")
    house.repository.rename(good)

    def refused(*arguments: object) -> str:
        answer = second.tidewaiter("restore", "--from", house.repository, *arguments)
        assert answer.returncode == 1
        assert {path.name for path in second.home.iterdir()} <= {"secret.key", "static", "keys"}
        shutil.rmtree(house.repository, ignore_errors=True)
        shutil.copytree(good, house.repository)
        return answer.stderr

    key = ("--key", house.key)
    assert "is no repository" in refused(*key)
    assert "no backup is that old" in refused(*key, "--at", "2020-01-01 00:00")
    (tmp_path / "key").write_text(house.key.read_text()[1:])
    assert "no key" in refused("--key", tmp_path / "key")
    next((house.repository / "objects").glob("*/*")).unlink()
    assert "is missing" in refused(*key)
