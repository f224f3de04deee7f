"""Questions to the past: asked by an officer, worked out by a job, their answers kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.backtesting import run_backtest
from tidewaiter.desks.targeting.actions.profiles.rows import problems_of
from tidewaiter.desks.targeting.actions.suggesting import run_suggestions
from tidewaiter.desks.targeting.models import Study
from tidewaiter.desks.targeting.models.studies import offices_text
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.desks.targeting.models import ProfileVersion
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps

KEPT = 500  # studies; the files of older ones are removed


@transaction.atomic
def ask_for_backtest(actor: User, version: ProfileVersion, since: date, until: date) -> Study:
    """Try a version of a profile on past days of the actor's offices.

    Raises Denied, ValidationError.
    """
    check(actor, "profiles.read")
    if "condition" in problems_of(actor, version.as_profile):
        raise ValidationError(_("The condition has to be mended first."))
    return _ask(
        actor, Study.Kind.BACKTEST, since, until,
        profile=version.profile, version=version.number, content=version.content,
    )  # fmt: skip


@transaction.atomic
def ask_for_suggestions(actor: User, since: date, until: date) -> Study:
    """What past days of the actor's offices suggest. Raises Denied, ValidationError."""
    check(actor, "profiles.read")
    return _ask(actor, Study.Kind.SUGGESTIONS, since, until)


def ask_for_past(actor: User) -> None:
    """Have the facts of the last month computed. Raises Denied."""
    check(actor, "profiles.read")
    enqueue("targeting.past", actor=None)


def _ask(actor: User, kind: str, since: date, until: date, **what: object) -> Study:
    if until < since:
        raise ValidationError(_("The last day lies before the first."))
    study = Study.objects.create(
        kind=kind, since=since, until=until, asked_by=actor,
        offices=offices_text(actor.scope()), **what,
    )  # fmt: skip
    title = f"{study.get_kind_display()} {study.profile or ''}".strip()
    study.job = enqueue("targeting.study", actor=actor, title=title, study=study.pk).pk
    study.save(update_fields=["job"])
    record(actor, f"study.{kind}", str(study.profile or ""), since=since, until=until)
    return study


def work_out(study: Study, steps: Steps) -> None:
    """The answer, from the past as it is kept now; safe to repeat."""
    folder = folder_of(study)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = run_backtest if study.kind == Study.Kind.BACKTEST else run_suggestions
    study.result = run(study, folder, steps)
    study.done_at = timezone.now()
    study.save(update_fields=["result", "done_at"])
    for old in sorted(_home().iterdir(), key=lambda path: int(path.name))[:-KEPT]:
        shutil.rmtree(old)


def folder_of(study: Study) -> Path:
    """Where the longer parts of an answer are."""
    return _home() / str(study.pk)


def _home() -> Path:
    return Path(settings.HOME) / "risk" / "studies"
