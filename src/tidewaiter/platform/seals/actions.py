"""Sealing: the sums of what the house itself did to the lake, and of nothing else.

1. An intention is written: what will be done, and the sums of the files an append will commit.
2. The lake does it.
3. Every new commit that an intention explains is sealed, and the intention taken away.

A process killed between 2 and 3 leaves its intention, and whoever seals next seals for it: the next
writer, the worker when it starts, the job every ten minutes, `tidewaiter verify`.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from tidewaiter.engine.records import STREAMS
from tidewaiter.engine.records.sealing import (
    ALTER,
    APPEND,
    CHECKPOINT,
    LOG,
    MASK,
    OPERATIONS,
    OPTIMIZE,
    VACUUM,
    WRITTEN,
)
from tidewaiter.engine.records.table import Table
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.lock import if_free, only_one
from tidewaiter.platform.seals import chain, folder
from tidewaiter.platform.seals.models import Intention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from tidewaiter.platform.seals.folder import Commit, Sum

CREATE = "create"  # a table just made, wherever it was first read
ADOPT = "adopt"  # one with facts from before its seals
ABSENT: Sum = ("", 0)  # a file that was missing when its table was adopted
# Backup, vacuum and checkpoints keep out of each other's way.
UPKEEP = "lake-upkeep"
FORGOTTEN = timedelta(days=8)  # after which vacuum has deleted what a killed append wrote


class HouseSeals:
    """Keeps the sums of this installation's lake (see engine/records/sealing.py)."""

    @contextmanager
    def around(self, table: str, kind: str, files: Sequence[str] = ()) -> Iterator[None]:
        if chain.last_seal(table) is None:
            seal(table)
        sums = {path: folder.summed(table, path) if kind in WRITTEN else ABSENT for path in files}
        with nullcontext() if kind == APPEND else only_one(_lock(table, kind)):
            intention = _intend(table, kind, sums)
            try:
                yield
            finally:
                seal(table, ended=intention)

    def quiet(self) -> AbstractContextManager[bool]:
        return if_free(UPKEEP)


def _lock(table: str, kind: str) -> str:
    """Held by who does such a thing to the table: who finds it free knows that nobody is at it."""
    return f"{kind}-{table}"


def _intend(table: str, kind: str, sums: dict[str, Sum]) -> Intention:
    """Durable before anything is done; tables grow wherever they are first read, though."""
    with transaction.atomic(durable=kind != ALTER):
        return Intention.objects.create(table=table, kind=kind, at=timezone.now(), files=sums)


def seal_all() -> None:
    """Seal what killed processes left, and take up tables that have no seal yet."""
    for stream in STREAMS.values():
        if (folder.folder(stream.name) / LOG).is_dir():
            seal(stream.name)


@dataclass(slots=True)
class _Fresh:
    """What is to be sealed: version, kind, files and what is gone; and the intentions fulfilled."""

    seals: list[tuple[int, str, dict[str, Sum], list[str]]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)


def seal(table: str, ended: Intention | None = None) -> None:
    """Seal every commit that an intention explains. `ended`: one that is over, whatever came of it.

    Files are read before the transaction begins, so that it is short.
    """
    with only_one(f"seal-{table}"):
        last = chain.last_seal(table)
        over = _left_behind(table) + ([ended] if ended else [])
        fresh = _Fresh(done=[one.pk for one in over])
        if last is None:
            fresh.seals.append(_everything(table))
        else:
            _commits(table, last.version, fresh)
            newest = max([last.version, *(one[0] for one in fresh.seals)])
            for intention in over:
                _upkeep(table, newest, intention, fresh)
        with transaction.atomic():
            for version, kind, files, gone in fresh.seals:
                made = chain.append(table, version, kind, files, gone)
                if kind == ADOPT:
                    record(None, "lake.adopt", f"lake:{table}", files=len(files), seal=made.digest)
            Intention.objects.filter(pk__in=fresh.done).delete()


def _left_behind(table: str) -> list[Intention]:
    """Intentions of processes that were killed. An append is told by its files, whenever it was
    meant; of anything else nobody may be at it now."""
    found: list[Intention] = []
    open_ones = Intention.objects.filter(table=table).order_by("pk")
    for kind in {one.kind for one in open_ones}:
        if kind == APPEND:
            found += open_ones.filter(kind=APPEND, at__lt=timezone.now() - FORGOTTEN)
            continue
        with if_free(_lock(table, kind)) as nobody:
            if nobody:
                found += open_ones.filter(kind=kind)
    return found


def _everything(table: str) -> tuple[int, str, dict[str, Sum], list[str]]:
    """All that the log names, and the log: of a table just made, the one file of its log."""
    state = Table(folder.folder(table))
    version = int(state.version())
    active = set(state.get_add_actions().column("path").to_pylist())
    commits = (folder.read_commit(table, number) for number in range(version + 1))
    named = active.union(*(commit.added for commit in commits if commit))
    there = [
        path
        for path in folder.files(table)
        if path in named or (path.startswith(f"{LOG}/") and not folder.HALVES.fullmatch(path))
    ]
    sums = {path: folder.summed(table, path) for path in there}
    sums |= dict.fromkeys(active - sums.keys(), ABSENT)
    return version, CREATE if len(sums) == 1 else ADOPT, sums, []


def _commits(table: str, after: int, fresh: _Fresh) -> None:
    intentions = list(Intention.objects.filter(table=table).order_by("pk"))
    for version in folder.commits_after(table, after):
        commit = folder.read_commit(table, version)
        meant = next((one for one in intentions if commit and _explains(one, commit)), None)
        if meant is None or commit is None:
            continue
        log = folder.commit_path(version)
        sums = {log: folder.summed(table, log)}
        if meant.kind in WRITTEN:
            sums |= {path: (sha256, size) for path, (sha256, size) in meant.files.items()}
            fresh.done.append(meant.pk)
        else:
            sums |= {path: folder.summed(table, path) for path in commit.added}
        fresh.seals.append((version, meant.kind, sums, []))


def _explains(intention: Intention, commit: Commit) -> bool:
    if commit.operation not in OPERATIONS[intention.kind]:
        return False
    if intention.kind == APPEND:
        return commit.added == intention.files.keys() and not commit.removed
    if intention.kind == MASK:
        return commit.added == intention.files.keys() and bool(commit.removed)
    if intention.kind == OPTIMIZE:
        return commit.same_facts
    return not commit.added and not commit.removed


def _upkeep(table: str, version: int, over: Intention, fresh: _Fresh) -> None:
    """What a checkpoint or a vacuum did, which no commit of the log tells."""
    if over.kind == VACUUM:
        left = over.files.keys() & set(folder.files(table))
        gone = (over.files.keys() & chain.standing(table).keys()) - left
        fresh.seals.append((version, VACUUM, {}, sorted(gone)))
    elif over.kind == CHECKPOINT and (made := folder.last_checkpoint(table)):
        fresh.seals.append((version, CHECKPOINT, made, []))


def anchor() -> dict[str, list[int | str]]:
    """Tell the ledger the last seal of every table, number and digest, unless it knows them."""
    last = {one: made for one in STREAMS if (made := chain.last_seal(one)) is not None}
    tables = {name: [made.number, made.digest] for name, made in last.items()}
    with transaction.atomic():
        known = Entry.objects.filter(action="lake.seal").order_by("-sequence").first()
        if not tables or (known is not None and known.detail.get("tables") == tables):
            return {}
        record(None, "lake.seal", "lake", tables=tables)
    return tables
