"""Accounts and jobs."""

from __future__ import annotations

from django.utils import timezone

from tests.access.factories import FORMS, NATIONAL, shows
from tests.fixtures.machines import token_of
from tidewaiter.platform.accounts import actions
from tidewaiter.platform.accounts.models import Delegation, HeldRole, Office, User
from tidewaiter.platform.jobs.models import Job, Schedule

FORMS["accounts:set_clearance"] = lambda office: {"clearance": "1"}
NATIONAL.update({"accounts:create_office", "ledger:heads", "ledger:heads_file"})


def account_of(office: str) -> User:
    user = User.objects.create(username=f"clerk-{office}-{User.objects.count()}", password="!")
    user.offices.add(Office.objects.get_or_create(code=office)[0])
    HeldRole.objects.create(user=user, role="intake_clerk")
    return user


@shows("accounts:user", "accounts:set_active", "accounts:invite", "accounts:reset_factors",
       "accounts:end_sessions", "accounts:issue_token", "accounts:set_superior",
       "accounts:delegate_for", "accounts:set_clearance", "sign_on_remove")  # fmt: skip
def account(office: str, officer: User) -> dict[str, object]:
    return {"pk": account_of(office).pk}


@shows("accounts:end_delegation", sight="own")
def delegation(office: str, officer: User) -> dict[str, object]:
    today = timezone.localdate()
    made = Delegation.objects.create(
        of=officer, to=account_of(office), since=today, until=today, made_by=officer
    )
    return {"pk": made.pk}


@shows("accounts:revoke_token", "accounts:rotate_token")
def token(office: str, officer: User) -> dict[str, object]:
    user = account_of(office)
    made, _secret = token_of(user)
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
