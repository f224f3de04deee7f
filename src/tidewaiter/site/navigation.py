"""The entries of the main navigation: one list, shown by what the officer may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    url: str
    active: bool


# (label, URL name, permission): a desk adds its line here when its page exists.
ENTRIES: tuple[tuple[str, str, str], ...] = ()


def navigation_for(user: User, path: str) -> list[Entry]:
    entries = []
    for label, name, permission in ENTRIES:
        if user.may(permission):
            url = reverse(name)
            entries.append(Entry(str(label), url, path.startswith(url)))
    return entries
