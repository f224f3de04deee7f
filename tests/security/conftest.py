"""An insider with every right, and what he may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.platform.accounts.conftest import fresh  # noqa: F401  a fixture of these tests, too

if TYPE_CHECKING:
    from django.test import Client

    from tests.security.walking import Address

PASSWORD = "the tide waits for no one"


@pytest.fixture(autouse=True)
def no_other_limit() -> None:
    """The log-in library counts attempts in the cache, for the whole process."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def insider(officer, fresh) -> Client:  # noqa: F811
    """Signed in, of one office and of all, in every role, his password given a moment ago."""
    from tests.security.walking import HERE
    from tidewaiter.platform.accounts.roles import ROLES

    officer("operator", national=True, username="operator")  # in whose name the house works
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
