"""The entries of the main navigation: one list, shown by what the officer may open."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from tidewaiter.platform.accounts.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    label: str | Promise
    entries: list[Entry]


# (label, URL name, permission): a desk adds its line here when its page exists.
ENTRIES: tuple[tuple[str | Promise, str, str], ...] = (
    (_("Waiting for a second officer"), "foureyes:proposals", "proposals.read"),
    (_("My orders"), "control:mine", "control.perform"),
    (_("Board"), "control:board", "control.supervise"),
    (_("Roster"), "control:roster", "control.supervise"),
    (_("Control orders"), "control:orders", "control.read"),
    (_("Capacity"), "control:capacity", "capacity.manage"),
    (_("Worklist"), "targeting:worklist", "targeting.read"),
    (_("Overrides"), "targeting:overrides", "targeting.read"),
    (_("Risk profiles"), "targeting:profiles", "profiles.read"),
    (_("Lists"), "targeting:lists", "lists.read"),
    (_("Models"), "targeting:models", "models.read"),
    (_("Selection policy"), "targeting:policy", "targeting.read"),
    (_("What if"), "targeting:what_if", "targeting.read"),
    (_("Selection by chance"), "targeting:chance", "ledger.read"),
    (_("Messages"), "intake:messages", "intake.read"),
    (_("Hand in files"), "intake:upload", "intake.submit"),
    (_("Quarantine"), "intake:quarantine", "intake.read"),
    (_("Mappings"), "intake:mappings", "intake.read"),
    (_("State of compliance"), "performance:compliance", "performance.read"),
    (_("Performance"), "performance:overview", "performance.read"),
    (_("What profiles add"), "performance:profiles", "performance.read"),
    (_("Drift"), "performance:drift", "models.read"),
    (_("Accounts"), "accounts:users", "accounts.manage"),
    (_("Tokens"), "accounts:tokens", "accounts.manage"),
    (_("Emergencies"), "accounts:emergencies", "emergency.review"),
    (_("Jobs"), "jobs:list", "jobs.read"),
    (_("Ledger"), "ledger:entries", "ledger.read"),
    (_("Privacy"), "privacy:report", "privacy.read"),
    (_("Unmasking"), "privacy:unmasking", "privacy.unmask"),
    (_("Declarations on hold"), "privacy:holds", "privacy.hold"),
    (_("Searches of persons"), "purpose:searches", "ledger.read"),
)

# The desk of an entry is the first part of its URL name; groups are shown in this order.
GROUPS: dict[str, tuple[str, str | Promise]] = {
    "targeting": ("targeting", _("Targeting")),
    "control": ("control", _("Control")),
    "intake": ("intake", _("Intake")),
    "performance": ("performance", _("Performance")),
    "foureyes": ("foureyes", _("Four eyes")),
    "accounts": ("administration", _("Administration")),
    "jobs": ("administration", _("Administration")),
    "ledger": ("administration", _("Administration")),
    "privacy": ("administration", _("Administration")),
    "purpose": ("administration", _("Administration")),
}
# Where the search box of the bar looks, by what the officer may open: (URL name, permission).
SEARCH = (("targeting:worklist", "targeting.read"),)


def navigation_for(user: User, path: str) -> list[Entry]:
    """All entries that the officer may open, flat."""
    return [entry for group in groups_for(user, path) for entry in group.entries]


def groups_for(user: User, path: str) -> list[Group]:
    """The same by desk. The entry with the longest address that begins `path` is the active one."""
    allowed = [
        (_place(name), str(label), reverse(name))
        for label, name, permission in ENTRIES
        if user.may(permission)
    ]
    here = max((url for _at, _label, url in allowed if path.startswith(url)), key=len, default=None)
    allowed.sort(key=lambda entry: entry[0])
    order = list(GROUPS.values())
    return [
        Group(*order[at], [Entry(label, url, url == here) for _at, label, url in entries])
        for at, entries in groupby(allowed, key=lambda entry: entry[0])
    ]


def _place(url_name: str) -> int:
    """Place of an entry's desk in the order of groups; two desks of one group share a place."""
    desk = GROUPS[url_name.split(":", maxsplit=1)[0]]
    return list(GROUPS.values()).index(desk)


def search_for(user: User) -> str:
    """Address that the bar's search box asks, empty if the officer may search nothing."""
    names = {name for _label, name, _permission in ENTRIES}
    for name, permission in SEARCH:
        if name in names and user.may(permission):
            return reverse(name)
    return ""
