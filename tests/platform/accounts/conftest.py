from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tidewaiter.platform.accounts.models import User


@pytest.fixture
def fresh(browse) -> Callable[[User], Client]:
    """A signed-in client whose officer has just given his password again."""

    def enter(user: User) -> Client:
        client = browse(user)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        return client

    return enter
