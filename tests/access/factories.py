"""How to make what a page with arguments in its address shows.

A desk registers one function for its pages:

    @shows("control:order", "control:return")
    def order(office: str, officer: User) -> dict[str, object]:
        '''An order of `office`, given to `officer`; the arguments of the page's address.'''

`sight` says whose the thing is:
  "office"    it belongs to an office: officers of another one get 404
  "own"       it belongs to `officer` alone: every other officer gets 404
  "shared"    every office sees it (a profile, a model)
  "national"  only officers who see all offices may open it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from django.utils import timezone

from tidewaiter.platform.accounts import actions, tokens
from tidewaiter.platform.accounts.models import HeldRole, Office, User
from tidewaiter.platform.jobs.models import Job, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

Sight = Literal["office", "own", "shared", "national"]


@dataclass(frozen=True)
class Factory:
    make: Callable[[str, User], dict[str, object]]
    sight: Sight


FACTORIES: dict[str, Factory] = {}
# Pages without arguments that only officers of the whole country may open.
NATIONAL = {"accounts:create_office"}


def shows(*names: str, sight: Sight = "office") -> Callable:
    def register(make: Callable) -> Callable:
        for name in names:
            FACTORIES[name] = Factory(make, sight)
        return make

    return register


def account_of(office: str) -> User:
    user = User.objects.create(username=f"clerk-{office}-{User.objects.count()}", password="!")
    user.offices.add(Office.objects.get_or_create(code=office)[0])
    HeldRole.objects.create(user=user, role="intake_clerk")
    return user


@shows("accounts:user", "accounts:set_active", "accounts:invite", "accounts:reset_factors",
       "accounts:issue_token")  # fmt: skip
def account(office: str, officer: User) -> dict[str, object]:
    return {"pk": account_of(office).pk}


@shows("accounts:revoke_token")
def token(office: str, officer: User) -> dict[str, object]:
    user = account_of(office)
    later = timezone.now() + timedelta(days=1)
    made, _secret = tokens.issue_token(None, user, "clearance", later)
    return {"pk": user.pk, "token": made.pk}


@shows("accounts:office")
def office_page(office: str, officer: User) -> dict[str, object]:
    return {"pk": Office.objects.get_or_create(code=office)[0].pk}


@shows("accounts:welcome", sight="shared")
def invitation(office: str, officer: User) -> dict[str, object]:
    return {"secret": actions.invite(None, account_of(office))}


@shows("jobs:job", "jobs:progress", "jobs:cancel", "jobs:retry", sight="own")
def job(office: str, officer: User) -> dict[str, object]:
    now = timezone.now()
    job = Job.objects.create(
        kind="ledger.verify", title="Verify", actor=officer, created_at=now, not_before=now,
        office=office,
    )  # fmt: skip
    return {"pk": job.pk}


@shows("jobs:change_schedule", "jobs:run_schedule", sight="national")
def schedule(office: str, officer: User) -> dict[str, object]:
    number = Schedule.objects.count()
    schedule = Schedule.objects.create(
        name=f"test.{number}", kind="ledger.verify", cron="0 3 * * *", next_at=timezone.now()
    )
    return {"pk": schedule.pk}
