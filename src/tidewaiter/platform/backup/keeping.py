"""Which backups are kept for how long, and taking out what none of them needs any more."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from tidewaiter.platform.backup.repository import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidewaiter.platform.backup.repository import Backup, Repository

# Up to this age, before the newest backup, the last one of each span is kept.
SPANS = (
    (timedelta(days=1), timedelta(0)),  # all
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=31), timedelta(days=1)),
    (timedelta(days=366), timedelta(days=7)),
)
ALWAYS = 48  # newest ones, whatever the clock says of the others: it may be wrong


def kept(backups: Sequence[Backup]) -> set[Backup]:
    """Those to keep. Ages count from the newest backup, so that a house that stands still loses
    none."""
    ordered = sorted(backups)
    if not ordered:
        return set()
    newest = max(one.made_at for one in ordered)
    found = {}
    for backup in ordered:
        age = newest - backup.made_at
        span = next((span for limit, span in SPANS if age <= limit), None)
        if span is None:
            continue
        place = (span, backup.made_at.timestamp() // span.total_seconds()) if span else backup
        found[place] = backup
    return set(found.values()) | set(ordered[-ALWAYS:])


def prune(
    repository: Repository, told: Callable[[int, str], None] | None = None
) -> tuple[int, int]:
    """Remove backups that need not be kept, then pieces that none needs; how many of each.

    Raises Damaged, before any piece is removed, if what is left cannot be read. What is missing
    keeps nothing: it can be restored no more.
    """
    with repository.held(alone=True):
        there = repository.backups()
        gone = set(there) - kept(there)
        for backup in gone:
            repository.remove(backup)
        needed = needed_by(repository, [one for one in there if one not in gone])
        spare = repository.objects() - needed
        for done, name in enumerate(sorted(spare), 1):
            repository.path(name).unlink()
            if told:
                told(done, name)
        _halves(repository)
    return len(gone), len(spare)


def needed_by(repository: Repository, backups: Sequence[Backup]) -> set[str]:
    """Names of all pieces that these backups are made of; what several share is read once."""
    needed: set[str] = set()
    for backup in backups:
        listing = set(repository.about(backup)["listing"])
        for name in listing - needed:
            with suppress(Missing):
                needed |= names_in(repository.get(name))
        needed |= listing
    return needed


def names_in(listing: bytes) -> set[str]:
    return {name for line in listing.splitlines() for name in orjson.loads(line)["pieces"]}


def _halves(repository: Repository) -> None:
    """What killed backups left; nobody else is writing."""
    for path in (repository.root / "objects").glob("*/*.part"):
        path.unlink()
