"""Facts of past days, kept by month in the home folder: each day with the baselines of its time.

What is kept under a name never changes. A month that was written to since gets another name; only
its new and amended items are computed again.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from django.conf import settings

from tidewaiter.desks.targeting.actions.baselines import build_series, load_baselines
from tidewaiter.desks.targeting.models import BaselineVersion
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.past import Part, Window, write_part
from tidewaiter.engine.risk.past.matching import EPOCH
from tidewaiter.engine.risk.past.part import KEEPING
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.platform.accounts.scope import OfficeScope
    from tidewaiter.platform.jobs.steps import Steps

FORMAT = 1
AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class _Month:
    """A month as it is now. days: baselines by day, for days that have some."""

    month: str
    days: dict[date, str]
    name: str


def keep_past(since: date, until: date, steps: Steps | None = None) -> list[Path]:
    """Compute what is missing of the facts of these days; a folder a month, oldest first.

    Stopped or killed it leaves finished months, which the next one finds.
    """
    steps = steps or Unwatched()
    kept = []
    firsts = {month: _first(month) for month in _months(since, until)}
    build_series(operator(), firsts.values(), steps)
    for number, month in enumerate(firsts):
        steps.update(number, len(firsts), month)
        now = _now(month)
        if not _folder(now).exists():
            with only_one("past"):
                if not _folder(now).exists():
                    _keep(now, steps)
        kept.append(_folder(now))
    return kept


def last_declared(scope: OfficeScope) -> date | None:
    """The last day that something was declared on, at these offices."""
    visible = lake().scan(DECLARATIONS).filter(scope.frame())
    day: date | None = visible.select(pl.col("declaration_date").max()).collect().item()
    return day


def window(
    scope: OfficeScope, since: date, until: date, folders: list[Path], steps: Steps | None = None
) -> Window:
    """What of the kept facts an officer sees, with what is known by now of these days."""
    parts = tuple(_part(folder) for folder in folders)
    results = {part.folder.name: _learn(part, steps or Unwatched()) for part in parts}
    offices = None if scope.national else scope.codes
    return Window(parts, since, until, offices, results)


def newest_kept(scope: OfficeScope, since: date, until: date) -> Window | None:
    """The facts of these days as they were last kept, without what is known of them; None when a
    month was never kept. Quick enough for while an officer types."""
    folders = [max(_home().glob(f"{month}-*"), default=None) for month in _months(since, until)]
    parts = tuple(_part(folder) for folder in folders if folder)
    if not parts or len(parts) < len(folders):
        return None
    return Window(parts, since, until, None if scope.national else scope.codes, {})


@lru_cache(maxsize=64)
def _part(folder: Path) -> Part:
    return Part(folder)


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _months(since: date, until: date) -> list[str]:
    """The months of these days that something was declared in."""
    first, last = since.strftime("%Y-%m"), until.strftime("%Y-%m")
    return sorted(m for m in lake().months(DECLARATIONS) if m and first <= m <= last)


def _now(month: str) -> _Month:
    first = _first(month)
    built = BaselineVersion.objects.filter(as_of__lt=first + timedelta(days=31))
    versions = list(built.values_list("as_of", "version"))
    days: dict[date, str] = {}
    for number in range(31):
        day = first + timedelta(days=number)
        known = next((version for as_of, version in versions if as_of <= day), "")
        if day.month == first.month and known:
            days[day] = known
    said = f"{FORMAT} {lake().months(DECLARATIONS)[month]} {sorted(days.items())} {SCHEMA.version}"
    return _Month(month, days, f"{month}-{hashlib.sha256(said.encode()).hexdigest()[:24]}")


def _home() -> Path:
    return Path(settings.HOME) / "risk" / "past"


def _folder(now: _Month) -> Path:
    return _home() / now.name


def _keep(now: _Month, steps: Steps) -> None:
    """A folder has its name only when it is complete."""
    half = _home() / "unfinished"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    before = sorted(_home().glob(f"{now.month}-*"))
    write_part(half, _facts(now, before[-1] if before else None, steps))
    half.rename(_folder(now))
    for old in before:
        shutil.rmtree(old)


def _facts(now: _Month, before: Path | None, steps: Steps) -> Iterator[pl.DataFrame]:
    """Those kept before that still hold, then the others."""
    columns = [*KEEPING, *SCHEMA]
    baselines = pl.DataFrame(
        {"declaration_date": list(now.days), "baselines": list(now.days.values())},
        schema={"declaration_date": pl.Date, "baselines": pl.String},
    )
    rows = (
        lake().current(DECLARATIONS, pl.col("month") == now.month)
        .filter(pl.col("function").ne_missing("cancellation"))
        .join(baselines.lazy(), on="declaration_date")
    )  # fmt: skip
    due = rows.select(KEEPING).collect(engine="streaming")
    held = due.clear()
    if before is not None:
        facts = Part(before).facts
        held = facts.select(KEEPING).collect().join(due, on=KEEPING, how="semi")
        for frame in facts.join(held.lazy(), on=KEEPING, how="semi").collect_batches(
            chunk_size=AT_ONCE
        ):
            steps.check()
            yield frame
    todo = due.join(held, on=KEEPING, how="anti")
    done = 0
    for version, days in groupby(now.days.items(), key=lambda item: item[1]):
        span = [day for day, _version in days]
        chosen = rows.filter(pl.col("declaration_date").is_between(span[0], span[-1]))
        chosen = chosen.join(todo.lazy(), on=KEEPING, how="semi")
        for part in chosen.collect_batches(chunk_size=AT_ONCE):
            steps.check()
            yield compute_facts(part, load_baselines(version)).select(columns)
            done += part.height
            steps.update(done, todo.height, now.month)
    yield _nothing()


@lru_cache(maxsize=1)
def _nothing() -> pl.DataFrame:
    """No rows, with all columns: a month may hold nothing that can be judged."""
    facts = compute_facts(DECLARATIONS.empty(), Baselines.empty(EPOCH))
    return facts.with_columns(baselines=pl.lit("")).select(*KEEPING, *SCHEMA)


def _learn(part: Part, steps: Steps) -> str:
    """The name of what is known now of a part's declarations; found out if that is new."""
    month = part.folder.name[:7]
    known = {m: digest for m, digest in lake().months(OUTCOMES).items() if m is None or m >= month}
    said = f"{sorted(map(str, known.items()))} {lake().months(SELECTIONS).get(month)}"
    name = hashlib.sha256(said.encode()).hexdigest()[:24]
    folder = part.folder / "results"
    if not (folder / name).exists():
        steps.check()
        ids = part.facts.select("declaration_id", "item_no")
        found = lake().current(OUTCOMES, pl.col("month") >= month)
        chosen = lake().current(SELECTIONS, pl.col("month") == month)
        selected = chosen.filter(pl.col("lane") != "green").select("declaration_id").collect()
        for old in folder.glob("*"):
            shutil.rmtree(old, ignore_errors=True)
        part.keep_results(name, labelled(ids, found), selected)
    return name
