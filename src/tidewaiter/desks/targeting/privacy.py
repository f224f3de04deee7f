"""What this desk keeps of persons, and what it has computed from months that are masked now."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from tidewaiter.desks.targeting.actions.studies import folder_of
from tidewaiter.desks.targeting.models import ListValue, Override, Study
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.platform.privacy.stores import HOOKS, Store, register

register(
    Store(
        "overrides",
        Override,
        "proposed_at",
        {"reason": "text", "remark": "text"},
        declaration="declaration_id",
        permission="targeting.read",
    )
)
# A value counts from its removal: until then profiles ask for it.
register(
    Store(
        "list_values",
        ListValue,
        "removed_at",
        {"value": "identifier", "note": "text", "removal_reason": "text"},
    )
)


def forget(store: str, months: list[str]) -> None:
    """Remove what was made from these months and can be made again, and answers of studies and trials
    that are as old. Sums and baselines stay: of traders they have hashes and figures."""
    if store != DECLARATIONS.name:
        return
    home = Path(settings.HOME) / "risk"
    for month in months:
        for folder in (home / "past").glob(f"{month}-*"):
            shutil.rmtree(folder)
    shutil.rmtree(home / "past" / "unfinished", ignore_errors=True)
    _forget_answers(home, _after(max(months)))


def _after(month: str) -> date:
    """The first day of the next month."""
    return (date.fromisoformat(f"{month}-01") + timedelta(days=31)).replace(day=1)


def _forget_answers(home: Path, before: date) -> None:
    studies = Study.objects.filter(done_at__date__lt=before)
    for study in studies:
        shutil.rmtree(folder_of(study), ignore_errors=True)
    studies.delete()
    for path in (home / "whatif").glob("*.json"):
        written = datetime.fromtimestamp(path.stat().st_mtime, timezone.get_current_timezone())
        if written.date() < before:
            path.unlink()


HOOKS.derived.append(forget)
