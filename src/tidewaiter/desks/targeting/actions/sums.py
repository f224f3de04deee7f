"""What baselines are made of, added up from the lake and kept from day to day in the home folder.

`risk/sums` has a folder a day. Beside the sums it says what they cover: the keys of the items, by
month, and the declarations whose results were looked up. What the lake has beyond that is new and is
added, in whatever order it came: a declaration of last year, a result of an old control. Files of a
month that nobody wrote to are not opened. A lake that lacks what was added once (it was restored, or
cleared) is added up from the beginning. All of it can be deleted at any time.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from django.conf import settings

from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines.parts import READ, forgotten
from tidewaiter.engine.risk.baselines.sums import DEFINITION, MANY_ROWS, Sums, at_once
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.risk.baselines import Baselines
    from tidewaiter.platform.jobs.steps import Steps

Keys = npt.NDArray[np.int64]
KEPT_DAYS = 62  # sums of the first days of months are kept as long: items may be late
_MANIFEST, _RESULTS, _UNFINISHED = "manifest.json", "results.arrow", "unfinished"


class _Vanished(Exception):
    """The lake lacks what was added up."""


@dataclass(frozen=True, slots=True)
class _Covered:
    """months: month → what its files were called, and the day up to which they were read. keys: of
    the items of each, sorted. results: `declaration_id` of those looked up."""

    months: dict[str, str]
    keys: dict[str, Keys]
    results: pl.DataFrame


_NOTHING = _Covered({}, {}, pl.DataFrame(schema={"declaration_id": pl.String}))


def baselines_of_sums(as_of: date, steps: Steps | None = None) -> Baselines:
    """Baselines of the lake as of a day, from the newest sums that are not of a later day.

    Only what is new since these is read. Stopped or killed it leaves the sums that there were.
    """
    steps = steps or Unwatched()
    with only_one("sums"):
        try:
            summing = _Summing(as_of, _newest(as_of), steps).done()
        except _Vanished:
            summing = _Summing(as_of, None, steps).done()
        if summing.changed:
            _keep(summing)
            _forget(as_of)
    return summing.sums.baselines(summing.outcomes)


class _Summing:
    """One pass over what is new since the sums in a folder; None: over everything."""

    def __init__(self, as_of: date, kept: Path | None, steps: Steps) -> None:
        self.as_of, self.kept, self.steps = as_of, kept, steps
        # Names first: what is written in between is read now and looked at again the next time.
        self.names = lake().months(DECLARATIONS)
        self.version = lake().version(DECLARATIONS)
        known = pl.col("known_on") < as_of
        self.outcomes = lake().scan(OUTCOMES, lake().version(OUTCOMES)).filter(known)
        named = self.outcomes.select("declaration_id").unique().sort("declaration_id")
        self.results = named.collect()
        self.sums, self.before = (Sums.nothing(as_of), _NOTHING) if kept is None else _load(kept)
        self.covered = _Covered(dict(self.before.months), dict(self.before.keys), self.results)
        self.changed = kept is None or self.sums.as_of < as_of
        self.written: set[str] = set()

    def done(self) -> _Summing:
        """Raises _Vanished."""
        for rows in at_once(self._new_items()):
            self.steps.check()
            self.sums = self.sums.plus(rows, self.results)
        self._add_results()
        if self.sums.as_of < self.as_of:
            leaving = self._items(forgotten(self.sums.as_of, self.as_of))
            self.sums = self.sums.moved(leaving, self.as_of)
        return self

    def _items(self, where: pl.Expr) -> pl.LazyFrame:
        """Items as they were first declared: an amendment may have come after the day."""
        first = (pl.col("version") == 1) & (pl.col("function") != "cancellation")
        before = within(None, self.as_of) & (pl.col("declaration_date") < self.as_of)
        return lake().scan(DECLARATIONS, self.version).filter(before & first & where)

    def _new_items(self) -> Iterator[pl.DataFrame]:
        months = self.covered.months
        last = self.as_of.strftime("%Y-%m")
        due = {month: name for month, name in self.names.items() if month and month <= last}
        if self.covered.keys.keys() - due.keys():
            raise _Vanished
        for month, name in sorted(due.items()):
            state = f"{name} {min(self.as_of, _end(month))}"
            if months.get(month) != state:
                yield from self._new_of(month)
                months[month] = state
                self.changed = True

    def _new_of(self, month: str) -> Iterator[pl.DataFrame]:
        """The items of a month that do not count yet."""
        of_month = pl.col("month") == month
        now = self._items(of_month).select("key", "declaration_date").collect().sort("key")
        known = self.covered.keys.get(month, np.array([], dtype=np.int64))
        new = now.filter(~_among(now["key"].to_numpy(), known))
        if len(known) + new.height != now.height:
            raise _Vanished
        if new.is_empty():
            return
        self.covered.keys[month] = now["key"].to_numpy()
        self.written.add(month)
        days = new["declaration_date"].unique()
        rows = self._items(of_month & pl.col("declaration_date").is_in(days.implode()))
        if len(known):
            rows = rows.join(new.lazy(), on="key", how="semi")
        yield from rows.select(READ).collect_batches(chunk_size=MANY_ROWS)

    def _add_results(self) -> None:
        """Items of declarations that nobody had results of before."""
        new = self.results.join(self.before.results, on="declaration_id", how="anti")
        if new.is_empty() or self.kept is None:
            return
        named = pl.col("declaration_id").is_in(new["declaration_id"].implode())
        self.sums = self.sums.knowing(self._items(named).select(READ).collect(engine="streaming"))
        self.changed = True


def _among(keys: Keys, known: Keys) -> pl.Series:
    """Whether each of the sorted keys is among the known ones, sorted too."""
    if not len(known):
        return pl.repeat(value=False, n=len(keys), eager=True)
    place = np.searchsorted(known, keys)
    place[place == len(known)] = 0
    return pl.Series(known[place] == keys)


def _end(month: str) -> date:
    """The first day of the next month."""
    return (date.fromisoformat(f"{month}-01") + timedelta(days=31)).replace(day=1)


def _home() -> Path:
    return Path(settings.HOME) / "risk" / "sums"


def _folders() -> dict[date, Path]:
    """What is kept, by day, of this release; the latest day last. Not what a killed process left
    before it had its name."""
    found = {}
    for path in sorted(_home().glob("*/manifest.json")):
        if path.parent.name == _UNFINISHED:
            continue
        manifest = orjson.loads(path.read_bytes())
        if manifest["definition"] == DEFINITION:
            found[date.fromisoformat(manifest["as_of"])] = path.parent
    return found


def _newest(as_of: date) -> Path | None:
    return next((path for day, path in reversed(_folders().items()) if day <= as_of), None)


def _load(folder: Path) -> tuple[Sums, _Covered]:
    manifest = orjson.loads((folder / _MANIFEST).read_bytes())
    months = manifest["months"]
    keys = {
        path.stem.removeprefix("keys-"): np.load(path, mmap_mode="r")
        for path in folder.glob("keys-*.npy")
    }
    covered = _Covered(months, keys, pl.read_ipc(folder / _RESULTS))
    return Sums.load(folder, date.fromisoformat(manifest["as_of"])), covered


def _keep(summing: _Summing) -> None:
    """A folder has its name only when it is complete and durable. Keys of months without new items
    are the same file under two names."""
    half = _home() / _UNFINISHED
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    summing.sums.save(half)
    summing.results.write_ipc(half / _RESULTS, compression="lz4")
    for month, keys in summing.covered.keys.items():
        name = f"keys-{month}.npy"
        if summing.kept is None or month in summing.written:
            np.save(half / name, keys)
        else:
            _share(summing.kept / name, half / name)
    manifest = {
        "definition": DEFINITION,
        "as_of": summing.as_of.isoformat(),
        "months": summing.covered.months,
    }
    (half / _MANIFEST).write_bytes(orjson.dumps(manifest))
    for path in half.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    folder = _home() / summing.as_of.isoformat()
    shutil.rmtree(folder, ignore_errors=True)
    half.rename(folder)


def _share(there: Path, here: Path) -> None:
    try:
        os.link(there, here)
    except OSError:  # a file system without links
        shutil.copyfile(there, here)


def _forget(written: date) -> None:
    """Remove what nobody will add to: the newest serve the next day, those just written the next one
    of a series, those of the first days of months what comes late."""
    folders = _folders()
    newest = max(folders)
    for path in _home().iterdir():
        day = next((day for day, folder in folders.items() if folder == path), None)
        late = day is not None and day.day == 1 and (newest - day).days <= KEPT_DAYS
        if day not in (newest, written) and not late:
            shutil.rmtree(path)
