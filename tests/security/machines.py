"""The API as an attacker with a machine client's token reaches it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.test import Client

from tests.fixtures.machines import token_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tidewaiter.platform.accounts.models import User


class Machine:
    def __init__(self, user: User) -> None:
        self.user = user
        self.token, self.secret = token_of(user)
        self.client = Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, body: object = None) -> HttpResponse:
        content = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        return self.client.generic(
            method.upper(), path, content, "application/json",
            headers={"Authorization": f"Bearer {self.secret}"},
        )  # fmt: skip
