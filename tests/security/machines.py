"""The API as an attacker with a machine client's token reaches it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from django.test import Client
from django.utils import timezone

from tidewaiter.platform.accounts.tokens import issue_token

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tidewaiter.platform.accounts.models import User


class Machine:
    def __init__(self, user: User) -> None:
        self.user = user
        later = timezone.now() + timedelta(days=1)
        self.token, self.secret = issue_token(None, user, "test", later)
        self.client = Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, body: object = None) -> HttpResponse:
        content = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        return self.client.generic(
            method.upper(), path, content, "application/json",
            headers={"Authorization": f"Bearer {self.secret}"},
        )  # fmt: skip
