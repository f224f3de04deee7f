"""What every test may use: a home of its own, people by role, the administration's test data.

The settings read the home folder and the database when they are imported, so both are chosen
here, before Django is set up: one temporary home for each test process, removed at its end.
`DATABASE_URL` chooses PostgreSQL; without it the tests run on a SQLite file.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if "tidewaiter.site.settings" in sys.modules:
    raise RuntimeError("unset DJANGO_SETTINGS_MODULE: the tests set it after choosing a home")
HOME = Path(tempfile.mkdtemp(prefix="tidewaiter-test-"))
(HOME / "static").mkdir()
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["TIDEWAITER_HOME"] = str(HOME)
if "PYTEST_XDIST_WORKER" in os.environ:  # processes share the cores: their threads would fight
    os.environ.update(OMP_NUM_THREADS="1", POLARS_MAX_THREADS="1")
# Playwright's synchronous interface runs an event loop in the thread of the test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.operations import BaseDatabaseOperations
    from django.test import Client

    from tidewaiter.platform.accounts.models import User


# No test asserts a speed: a busy machine is no failure.
hypothesis.settings.register_profile(
    "calm", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("calm")


def pytest_configure() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.site.settings"
    django.setup()
    # The processes of pytest-xdist inherit the environment, and must choose their own home first.
    del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the database, so that it can be run on each of them."""
    doors = {"db", "transactional_db", "officer", "browse", "live_server"}
    for item in items:
        if item.get_closest_marker("django_db") or doors & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


# Lakes that tests of several parts of the house begin with.
pytest_plugins = ["tests.fixtures.traffic", "tests.fixtures.simulated", "tests.fixtures.trading"]
REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real declarations and messages that are not in the repository; skips where absent."""
    given = os.environ.get("TIDEWAITER_TEST_DATA")
    path = Path(given) if given else REPOSITORY.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"no test data at {path}; set TIDEWAITER_TEST_DATA")
    return path


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A file, not memory: as in production, threads and other processes meet in it."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(HOME / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Tests that commit are emptied afterwards, which the ledger's triggers would refuse."""
    from django.db import connection

    from tidewaiter.platform.ledger import guard

    # On the class: with a browser running, tests get another connection than without.
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_unguarded(self: BaseDatabaseOperations, statements: list[str]) -> None:
        guard.take_down(self.connection)
        flush(self, statements)
        guard.put_up(self.connection)

    operations.execute_sql_flush = flush_unguarded


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, settings) -> Path:
    """`settings.HOME` of this test alone: lake, vault and spool start empty."""
    settings.HOME = tmp_path_factory.mktemp("home")
    return settings.HOME


_number = count(1)


@pytest.fixture
def officer(db: None) -> Callable[..., User]:
    """Make an officer: `officer("inspector", offices=["A"])`; several roles may be given."""
    from tidewaiter.platform.accounts.models import HeldRole, Office, User
    from tidewaiter.platform.handling import CLOSED, OPEN

    def make(
        *roles: str,
        offices: list[str] | None = None,
        national: bool = False,
        username: str = "",
        clearance: int = 0,
    ) -> User:
        name = username or f"{roles[0] if roles else 'officer'}-{next(_number)}"
        # The command line of the machine reads all; everybody else what is open.
        cleared = clearance or (CLOSED if "operator" in roles else OPEN)
        user = User(username=name, national=national, clearance=cleared)
        user.set_unusable_password()
        user.save()
        HeldRole.objects.bulk_create(HeldRole(user=user, role=role) for role in roles)
        for code in offices or []:
            user.offices.add(Office.objects.get_or_create(code=code)[0])
        return user

    return make


@pytest.fixture
def browse(officer: Callable[..., User]) -> Callable[..., Client]:
    """A signed-in client: `browse(user)`, or `browse("inspector", offices=["A"])`."""
    from django.test import Client

    def enter(*who: User | str, **where: object) -> Client:
        user = officer(*who, **where) if not who or isinstance(who[0], str) else who[0]
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        client.user = user
        return client

    return enter


@pytest.fixture
def put_in_force(tmp_path: Path) -> Callable[..., None]:
    """Make profiles active: `put_in_force(operator, Profile(...))`."""
    from tidewaiter.desks.targeting.actions.profiles import import_profiles
    from tidewaiter.engine.risk.profiles import write_profiles

    def put(operator: User, *profiles: object) -> None:
        path = tmp_path / "in-force.toml"
        path.write_text(write_profiles(profiles), "utf-8")
        assert not import_profiles(operator, [path], approve=True).problems

    return put


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The distribution's Chromium, and nothing of it that would call out."""
    path = os.environ.get("TIDEWAITER_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: install the package chromium, or set TIDEWAITER_CHROMIUM")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    more = ["--disable-component-update", "--disable-sync", "--no-first-run"]
    return {**browser_type_launch_args, "executable_path": path, "args": quiet + more}
