"""The monthly report: written, kept in the vault under its hash, entered in the ledger."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from tidewaiter.desks.performance.actions.summaries import refresh_summaries
from tidewaiter.desks.performance.models import ComplianceReport
from tidewaiter.desks.performance.report.content import content_of
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.vault.actions import store

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.models import Job
    from tidewaiter.platform.jobs.steps import Steps


class NothingToReport(ValueError):
    """The month has no declarations in the officer's offices."""


def parse_month(text: str) -> date:
    """The first day of `2026-03`. Raises ValueError."""
    return date.fromisoformat(f"{text}-01")


def write_report(
    actor: User, month: date, *, language: str = "", steps: Steps | None = None
) -> ComplianceReport:
    """The report of a month over the offices that the actor sees. Raises Denied, NothingToReport."""
    from tidewaiter.desks.performance.report.setting import typeset  # noqa: PLC0415  slow to import

    check(actor, "performance.export")
    steps = steps or Unwatched()
    refresh_summaries(steps)
    scope, now = actor.scope(), timezone.now()
    language = language or settings.LANGUAGE_CODE
    with translation.override(language):
        content = content_of(actor, month.replace(day=1))
        if not content.month.whole.declarations:
            raise NothingToReport(f"no declarations in {month:%Y-%m}")
        steps.check()
        steps.update(1, 2)
        pdf = typeset(content, language, now)
        headline = content.headline
    steps.check()
    stored = store(pdf, actor)
    with transaction.atomic():
        report = ComplianceReport.objects.create(
            month=month.replace(day=1),
            national=scope.national,
            offices=[] if scope.national else sorted(scope.codes),
            language=language,
            headline=headline,
            file=stored,
            written_at=now,
            written_by=actor,
        )
        record(
            actor, "performance.report", f"{month:%Y-%m}", sha256=stored.sha256, report=report.pk
        )
    steps.update(2, 2)
    return report


@transaction.atomic
def ask_for_report(actor: User, month: date, language: str) -> Job:
    """A job that writes the report in the officer's name. Raises Denied."""
    check(actor, "performance.export")
    job = enqueue(
        "performance.report",
        actor=actor,
        officer=actor.pk,
        month=f"{month:%Y-%m}",
        language=language,
    )
    record(actor, "performance.report_asked", f"{month:%Y-%m}", job=job.pk)
    return job
