"""The first accounts of a new house."""

from __future__ import annotations

from django.urls import reverse

from tidewaiter.cli.terminal import OPERATOR
from tidewaiter.platform.accounts.actions import (
    Person,
    Rights,
    create_user,
    first_administrator,
    set_clearance,
)
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.handling import CLOSED


def first_accounts() -> str | None:
    """Make the command line's operator and the first administrator.

    The path of the administrator's one-time link, or None once there is one who can log in.
    """
    if not User.objects.filter(username=OPERATOR).exists():
        rights = Rights(frozenset({"operator"}), frozenset(), national=True)
        operator = create_user(None, OPERATOR, Person(), rights)
        set_clearance(None, operator, CLOSED)
    secret = first_administrator()
    return reverse("accounts:welcome", args=[secret]) if secret else None
