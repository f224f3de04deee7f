"""Masking the lake, a month of a stream at a time.

1. A step is written: which fields, and the moment that masked facts will carry.
2. Files that hold such fields are written anew with tokens in them; the originals are sealed.
3. One commit puts the new files in the place of the old ones, once, in the name of the step.
4. What was computed from the month is removed; the old files, and the log that quotes them, are deleted
   and their seals say so.
5. The step is marked, with what can be counted in the lake.

A process killed between any of these leaves the step open, and the next run goes through it again.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq

from tidewaiter.engine.records import DECLARATIONS, STREAMS
from tidewaiter.engine.records.filing import PARTITION, ROW_GROUP_ROWS, Filing
from tidewaiter.engine.records.masking import due, mask
from tidewaiter.engine.records.versions import UNKNOWN_MONTH
from tidewaiter.platform.privacy.models import SealedPart, Step
from tidewaiter.platform.privacy.originals import seal_part
from tidewaiter.platform.privacy.tokens import replacing
from tidewaiter.platform.space import check_space
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidewaiter.engine.records.schema import Stream
    from tidewaiter.platform.jobs.steps import Steps
    from tidewaiter.platform.privacy.schedule import Schedule

GROUPS_TOGETHER = 16  # row groups whose originals lie in one file


def due_months(stream: Stream, schedule: Schedule, today: date) -> dict[str, list[str]]:
    """Months that are over for some field, and which fields."""
    found: dict[str, list[str]] = {}
    lines = schedule.of(stream.name)
    for month in sorted(filter(None, lake().months(stream))):
        last = _last_day(month)
        names = [
            name
            for name, line in lines.items()
            if last and (until := line.rule.masked_until(today)) and last <= until
        ]
        if names:
            found[month] = names
    return found


def _last_day(month: str) -> date | None:
    """A declaration without a day is masked when the others of its message are: never by its day."""
    if month == UNKNOWN_MONTH:
        return None
    return (date.fromisoformat(f"{month}-01") + timedelta(days=31)).replace(day=1) - timedelta(1)


def state_of(stream: Stream, month: str, names: list[str]) -> str:
    """Names the files of a month, and what of them is due."""
    said = f"{lake().months(stream).get(month)} {sorted(names)}"
    return hashlib.sha256(said.encode()).hexdigest()


def settled(stream: Stream, month: str, names: list[str], held: frozenset[str]) -> bool:
    """Whether the month is as it was left, and nothing that was held then is free now."""
    last = Step.objects.filter(store=stream.name, month=month).order_by("-pk").first()
    if last is None or last.done_at is None or last.state != state_of(stream, month, names):
        return False
    return last.held == 0 or not open_fields(stream, month, names, held)


def open_fields(stream: Stream, month: str, names: Iterable[str], held: frozenset[str]) -> int:
    """How many facts of the month a masking would change now."""
    rows = lake().scan(stream).filter(pl.col("month") == month, due(stream, names))
    return int(rows.filter(~_held(held)).select(pl.len()).collect(engine="streaming").item())


def _held(held: frozenset[str]) -> pl.Expr:
    return pl.col("declaration_id").is_in(sorted(held))


def rewrite(step: Step, schedule: Schedule, held: frozenset[str], watch: Steps) -> None:
    """Steps 2 and 3. Does nothing if the lake has the commit already. Raises NoSpace."""
    stream = STREAMS[step.store]
    if rewritten(step):
        return
    check_space(sum(_size(stream, path) for path in lake().parts(stream, step.month)))
    lines = schedule.of(stream.name)
    tokens = {name: replacing(link=lines[name].rule.link) for name in step.due}
    schema = stream.empty().to_arrow().schema
    filing, old = Filing(lake().path(stream), schema), []
    try:
        for path in _parts(stream, step, held):
            old.append(path)
            parts = _Originals(step, path)
            for number, rows in enumerate(_groups(stream, step.month, path)):
                watch.check()
                done = mask(stream, rows, tokens, held=_held(held), at=step.at)
                parts.add(number, done.originals)
                for batch in stream.conform(done.rows).to_arrow().to_batches():
                    filing.add(batch)
            parts.close()
        new = filing.close()
    except BaseException:
        filing.discard()
        raise
    if old:
        lake().replace(stream, step.month, old, new, cause=_cause(step))


def rewritten(step: Step) -> bool:
    """Whether the lake has the commit of the step."""
    return lake().committed(STREAMS[step.store], _cause(step)) is not None


def _cause(step: Step) -> str:
    return f"privacy:{step.pk}"


def _size(stream: Stream, path: str) -> int:
    return (lake().path(stream) / path).stat().st_size


def _parts(stream: Stream, step: Step, held: frozenset[str]) -> Iterator[str]:
    """Files of the month that have something to mask."""
    for path in lake().parts(stream, step.month):
        rows = pl.scan_parquet(
            lake().path(stream) / path, missing_columns="insert", schema=_inside(stream)
        )
        if (
            rows.filter(due(stream, step.due), ~_held(held))
            .select(pl.len())
            .collect(engine="streaming")
            .item()
        ):
            yield path


def _inside(stream: Stream) -> pl.Schema:
    """What lies in the files of a stream: all but the partition."""
    return pl.Schema({name: kind for name, kind in stream.schema.items() if name != PARTITION})


def _groups(stream: Stream, month: str, path: str) -> Iterator[pl.DataFrame]:
    file = pq.ParquetFile(lake().path(stream) / path)
    for batch in file.iter_batches(batch_size=ROW_GROUP_ROWS):
        rows = pl.DataFrame(pl.from_arrow(batch))
        yield stream.conform(rows.with_columns(pl.lit(month).alias(PARTITION)))


class _Originals:
    """The originals of one file of the lake, a file for each field and some row groups. Named by what
    they come from: done again, the same files are written."""

    def __init__(self, step: Step, path: str) -> None:
        self._step = step
        self._stem = hashlib.sha256(path.encode()).hexdigest()[:24]
        self._waiting: dict[str, list[pl.DataFrame]] = {}
        self._number = 0

    def add(self, number: int, originals: dict[str, pl.DataFrame]) -> None:
        for field, values in originals.items():
            self._waiting.setdefault(field, []).append(values)
        if (number + 1) % GROUPS_TOGETHER == 0:
            self.close()

    def close(self) -> None:
        for field, frames in self._waiting.items():
            place = f"{self._step.store}/{self._step.month}/{field}"
            name = f"{place}/{self._stem}-{self._number:04}.sealed"
            values = pl.concat(frames)
            seal_part(name, values)
            SealedPart.objects.update_or_create(
                name=name,
                defaults={
                    "store": self._step.store, "month": self._step.month, "field": field,
                    "rows": values.height, "masked_at": self._step.at, "deleted_at": None,
                },
            )  # fmt: skip
        self._waiting.clear()
        self._number += 1


def count(step: Step, held: frozenset[str]) -> None:
    """What the step did, as the lake tells it."""
    stream = STREAMS[step.store]
    rows = lake().scan(stream).filter(pl.col("month") == step.month)
    now = rows.filter(pl.col("masked_at") == step.at)
    waiting = rows.filter(_held(held), due(stream, step.due))
    masked, kept = pl.collect_all([now.select("masked"), waiting.select(pl.len())])
    names = masked["masked"].explode().value_counts().filter(pl.col("masked").is_in(step.due))
    step.fields = dict(names.sort("masked").iter_rows())
    step.masked = sum(step.fields.values())
    step.held = kept.item()
    step.state = state_of(stream, step.month, step.due)


def messages_of(held: frozenset[str]) -> frozenset[int]:
    """Journal numbers of the messages that said something about held declarations."""
    if not held:
        return frozenset()
    rows = lake().scan(DECLARATIONS).filter(_held(held)).select("message_id").unique().collect()
    return frozenset(rows["message_id"].drop_nulls().to_list())
