"""Keeping the summaries up with the lake."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings

from tidewaiter.desks.performance import summary
from tidewaiter.engine.records import STREAMS
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.steps import Steps

FORMAT = 2
AT_ONCE = 0.5  # seconds: what a page may spend on bringing the summaries up to date itself


def folder() -> Path:
    return Path(settings.HOME) / "performance"


def refresh_summaries(steps: Steps | None = None) -> list[str]:
    """Count again the months that were written to since they were last counted; the months.

    Safe to start again: a month's files are replaced one by one, the note of what they hold last.
    """
    steps = steps or Unwatched()
    with only_one("performance"):
        notes = read_notes()
        wanted = _months()
        changed = sorted(m for m, state in wanted.items() if notes.get(m, {}).get("state") != state)
        for number, month in enumerate(changed, 1):
            steps.check()
            notes[month] = {"state": wanted[month], "seconds": _count(month)}
            _replace(folder() / "notes.json", orjson.dumps({"format": FORMAT, "months": notes}))
            steps.update(number, len(changed), month)
    return changed


def refresh_if_quick() -> bool:
    """Bring the summaries up to date if that took little time before; whether they are now.

    A small house sees a result on the page at once; a large one when the next job has run.
    """
    notes, wanted = read_notes(), _months()
    changed = [m for m, state in wanted.items() if notes.get(m, {}).get("state") != state]
    if not changed:
        return True
    cost = sum(notes[m]["seconds"] if m in notes else _guess(m) for m in changed)
    if cost > AT_ONCE:
        return False
    refresh_summaries()
    return True


def read_notes() -> dict[str, Any]:
    """Month → state of the lake that was counted, and how long that took."""
    path = folder() / "notes.json"
    if not path.exists():
        return {}
    notes = orjson.loads(path.read_bytes())
    return notes["months"] if notes["format"] == FORMAT else {}


def _months() -> dict[str, list[str]]:
    """Month → hashes of its files in every stream."""
    store = lake()
    found = [store.months(stream) for stream in STREAMS.values()]
    return {m: [str(one.get(m, "")) for one in found] for m in sorted(set().union(*found))}


def _guess(month: str) -> float:
    """Seconds for a month never counted, by its bytes on disk."""
    size = sum(
        file.stat().st_size
        for stream in STREAMS.values()
        for file in lake().path(stream).glob(f"month={month}/*.parquet")
    )
    return 0.1 + size / 100e6


def _count(month: str) -> float:
    started = time.monotonic()
    counted = summary.of_month(lake(), month, settings.CURRENCY)
    for name, frame in counted._asdict().items():
        path = folder() / name / f"{month}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        frame.write_parquet(fresh)
        fresh.replace(path)
    return round(time.monotonic() - started, 3)


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)
