from __future__ import annotations

import pytest

from tests.platform.backup.houses import Builder


@pytest.fixture(scope="session")
def new_house(django_db_setup):
    """`new_house(home)`, or a copy: `new_house(home, like=house)`."""
    build = Builder()
    yield build
    build.close()


@pytest.fixture(scope="session")
def model_house(new_house, tmp_path_factory):
    """A house that has been set up, with a repository, to be copied."""
    made = new_house(tmp_path_factory.mktemp("model") / "home")
    for answer in (made.tidewaiter("init"), made.backup("init")):
        assert answer.returncode == 0, answer.stderr
    return made


@pytest.fixture
def house(new_house, model_house, tmp_path):
    return new_house(tmp_path / "first", like=model_house)


@pytest.fixture
def second(new_house, tmp_path):
    """Nothing yet: where a backup is restored."""
    return new_house(tmp_path / "second")
