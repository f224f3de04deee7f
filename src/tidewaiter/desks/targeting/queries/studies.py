"""Questions to the past that an officer may see, and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.desks.targeting.actions.backtesting import ITEMS
from tidewaiter.desks.targeting.actions.studies import folder_of
from tidewaiter.desks.targeting.models import RiskProfile, Study
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs import queries as jobs
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.desks.targeting.models.studies import StudyRows
    from tidewaiter.platform.accounts.models import User

ORDERS = ("asked_at", "profile", "since")


def studies(user: User, kind: str, code: str = "") -> StudyRows:
    """Newest first; `code`: of one profile. Raises Denied."""
    check(user, "profiles.read")
    rows = Study.objects.visible_to(user).filter(kind=kind).select_related("profile", "asked_by")
    if kind == Study.Kind.BACKTEST:
        rows = rows.filter(profile__in=RiskProfile.objects.visible_to(user))
    return rows.filter(profile__code=code) if code else rows


def study(user: User, kind: str, pk: int) -> Study | None:
    return studies(user, kind).filter(pk=pk).first()


def job_of(user: User, study: Study) -> Job | None:
    """The job that works on it, for who may see that."""
    try:
        return jobs.job(user, study.job) if study.job else None
    except Job.DoesNotExist:
        return None


def seen_codes(user: User, codes: list[str]) -> set[str]:
    """Those of these profiles that the officer sees."""
    rows = RiskProfile.objects.visible_to(user).filter(code__in=codes)
    return set(rows.values_list("code", flat=True))


def exported(user: User, study: Study) -> pl.DataFrame:
    """The items hit, to be written to a file. Raises Denied."""
    check(user, "targeting.export")
    path = folder_of(study) / ITEMS
    frame = pl.read_parquet(path) if path.exists() else pl.DataFrame()
    record(user, "study.export", study.profile.code if study.profile else "", items=frame.height)
    return frame
