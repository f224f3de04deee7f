"""An insider with every right, and what he may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.platform.accounts.conftest import fresh  # noqa: F401  a fixture of these tests, too

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tests.security.machines import Machine
    from tests.security.walking import Address
    from tidewaiter.platform.accounts.models import User

PASSWORD = "the tide waits for no one"


@pytest.fixture(autouse=True)
def no_other_limit(settings) -> None:
    """The log-in library counts attempts in the cache, for the whole process; and who tries
    everything asks more often than an officer may."""
    from django.core.cache import cache

    cache.clear()
    settings.RATE_ACCOUNT = settings.RATE_ADDRESS = settings.RATE_TOKEN = 0


@pytest.fixture
def quick_passwords(settings) -> None:
    """Where the password is not the point, its slow hash need not be either."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def operator(officer) -> User:
    """In whose name the house works by itself."""
    return officer("operator", national=True, username="operator")


@pytest.fixture
def insider(officer, operator, quick_passwords, fresh) -> Client:  # noqa: F811
    """Signed in, of one office and of all, in every role, his password given a moment ago."""
    from tests.security.walking import HERE
    from tidewaiter.platform.accounts.roles import ROLES

    user = officer(*ROLES, offices=[HERE], national=True, username="insider")
    user.set_password(PASSWORD)
    user.save()
    client = fresh(user)
    client.raise_request_exception = False  # an attacker sees an answer, not an exception
    return client


@pytest.fixture
def places(insider) -> list[Address]:
    from tests.security.walking import addresses

    return addresses(insider.user)


@pytest.fixture
def machine_of(officer, operator) -> Callable[..., Machine]:
    """A clearance system with its token: `machine_of("A")("post", path, document)`."""
    from tests.security.machines import Machine

    return lambda *offices: Machine(officer("machine", "analyst", offices=list(offices)))


@pytest.fixture
def machine(machine_of) -> Machine:
    return machine_of("A")
