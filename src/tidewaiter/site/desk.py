"""What waits for an officer, in figures: the first thing on his own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from tidewaiter.desks.control import queries as control
from tidewaiter.desks.intake import queries as intake
from tidewaiter.desks.performance.queries import drift
from tidewaiter.platform.accounts import emergencies
from tidewaiter.platform.foureyes import queries as foureyes
from tidewaiter.platform.jobs import queries as jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.platform.accounts.models import User


@dataclass(frozen=True, slots=True)
class Count:
    """A figure and where its rows are; `alarm`: it should be nought."""

    label: str
    value: int
    url: str
    alarm: bool = False

    @property
    def tone(self) -> str:
        return "bad" if self.alarm and self.value else ""


def waiting_for(user: User) -> list[Count]:
    """Only of what the officer may do something about."""
    return [
        *_of_emergencies(user),
        *_of_four_eyes(user),
        *_of_controls(user),
        *_of_targeting(user),
        *_of_data(user),
    ]


def _of_emergencies(user: User) -> Iterator[Count]:
    if user.may(emergencies.REVIEW):
        number = emergencies.to_look_at(user).count()
        address = f"{reverse('accounts:emergencies')}?state=waiting"
        yield Count(_("Emergencies to look at"), number, address, alarm=True)


def _of_four_eyes(user: User) -> Iterator[Count]:
    if user.may(foureyes.READ):
        address = f"{reverse('foureyes:proposals')}?mine=decide"
        yield Count(_("To decide as second officer"), foureyes.to_decide(user), address)


def _of_controls(user: User) -> Iterator[Count]:
    if user.may("control.perform"):
        yield Count(_("My orders"), control.my_orders(user).count(), reverse("control:mine"))
    if user.may("control.supervise"):
        board = reverse("control:board")
        counts = control.counts(user)
        yield Count(_("To assign"), counts.waiting, f"{board}?tab=waiting")
        yield Count(_("In hand"), counts.in_hand, f"{board}?tab=open")
        yield Count(_("Overdue"), counts.overdue, f"{board}?tab=overdue", alarm=True)


def _of_targeting(user: User) -> Iterator[Count]:
    if user.may("models.train") or user.may("models.promote"):
        yield Count(_("Drift alarms"), drift.alarms(user), reverse("performance:drift"), alarm=True)


def _of_data(user: User) -> Iterator[Count]:
    if user.may("intake.read") and user.may("intake.replay"):
        number = intake.with_open_findings(user).count()
        yield Count(_("Messages partly kept out"), number, reverse("intake:quarantine"), alarm=True)
    if user.may("jobs.read") and user.may("jobs.manage"):
        number = jobs.jobs(user, state="failed").count()
        yield Count(_("Failed jobs"), number, f"{reverse('jobs:list')}?state=failed", alarm=True)
