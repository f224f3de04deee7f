"""What is remembered of rows: all histories at once, which for a handful of rows costs a third of one
after the other.

Every table is asked for its keys, what stands there is put side by side, and each kind of fact is
then made for all histories in one step. A fact depends on its own row alone.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tidewaiter.engine.risk.baselines import build_digits
from tidewaiter.engine.risk.baselines.build_histories import LOG_STEPS, WEIGHT_ONE
from tidewaiter.engine.risk.baselines.changing import carried, unknown_rate
from tidewaiter.engine.risk.baselines.histories import HISTORIES, History
from tidewaiter.engine.risk.baselines.keys import NO_KEY
from tidewaiter.engine.risk.baselines.tables import KeyTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tidewaiter.engine.risk.baselines.tables import Keys

PRIOR_CONTROLS = 8.0  # a hit rate is pulled to the overall rate as if by this many controls
LEAST_LOGS = 5.0  # figures from which on a spread is known
LEAST_SPREAD = 0.05  # of logs: what is repeated exactly may still vary by five per cent
KEYS = (*(history.asks for history in HISTORIES), build_digits.KEY)
LOGGED = tuple(sorted({figure for history in HISTORIES for figure in history.logs}))
_COUNTED = ("items", "value", "controls", "finds", "recent", "current")  # none of a key never seen

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]


def history_facts(history: History) -> list[str]:
    """Names of the facts of a history."""
    suffixes = []
    if history.traffic:
        suffixes += ["items", "first_seen", *_windows(history)]
        suffixes += [f"{mean}_mean" for mean in history.means]
        for figure in history.logs:
            suffixes += [f"{figure}_usual", f"{figure}_z"]
        if history.last:
            suffixes.append("last_seen")
    if history.outcomes:
        suffixes += ["controls", "finds", "hit_rate", "recent_hit_rate"]
    if history.changing:
        suffixes.append("current_hit_rate")
    return [f"{history.name}_{suffix}" for suffix in suffixes]


def _windows(history: History) -> list[str]:
    return [f"{what}_{days}d" for days in history.windows for what in ("items", "value")]


FACTS = (*chain.from_iterable(map(history_facts, HISTORIES)), *build_digits.FACTS)


def _copied() -> Iterable[tuple[str, str]]:
    """Facts that stand in a table as they are, and where: the table and what it calls them."""
    for history in HISTORIES:
        named = {name: name for name in ("items", *_windows(history), "controls", "finds")}
        named |= {"first_seen": "first_day", "last_seen": "last_day"}
        for fact in history_facts(history):
            suffix = fact.removeprefix(f"{history.name}_")
            if suffix in named:
                yield fact, _place(history.name, named[suffix])
    for fact in build_digits.FACTS:
        yield fact, _place(build_digits.KEY.name, fact)


def _place(table: str, name: str) -> str:
    return f"{table}: {name}"


_COPIED = [*_copied()]
_MEANS = [(h.name, mean) for h in HISTORIES for mean in h.means]
_LOGS = [(h.name, figure) for h in HISTORIES for figure in h.logs]
_RATES = [h.name for h in HISTORIES if h.outcomes]
_CHANGING = [h.name for h in HISTORIES if h.changing]


def _numbers(names: Sequence[str], wanted: Iterable[str]) -> Numbers:
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[name] for name in wanted], dtype=np.intp)


class Recall:
    """The histories and digit tests of one baselines, ready to be asked. tables: one for each of
    KEYS. hit_rate: finds per control over all."""

    def __init__(self, tables: Sequence[KeyTable], hit_rate: float) -> None:
        names = [_place(key.name, n) for key, t in zip(KEYS, tables, strict=True) for n in t.names]
        self._hit_rate = hit_rate
        self._tables = [table if len(table) else _blank(table.names) for table in tables]
        self._widths = [len(table.names) for table in tables]
        self._absent = np.concatenate([_absent(t.names) for t in tables])[:, np.newaxis]
        self._copied = _numbers(names, [place for _, place in _COPIED])
        self._means = [
            _numbers(names, [_place(name, f"{mean}_{part}") for name, mean in _MEANS])
            for part in ("sum", "count")
        ]
        self._logs = [
            _numbers(names, [_place(name, f"{figure}_{part}") for name, figure in _LOGS])
            for part in ("logs", "log_sum", "log_squares")
        ]
        self._rates = [
            _numbers(names, [_place(name, part) for name in _RATES])
            for part in ("controls", "finds", "recent_controls", "recent_finds")
        ]
        current = [_place(name, "current_rate") for name in _CHANGING]
        self._usual = unknown_rate(hit_rate)
        self._current = _numbers(names, current) if {*current} <= {*names} else None

    def fill(self, out: Floats, keys: Keys, logs: Floats, days: Floats) -> None:
        """FACTS × rows: zero counts for what was never seen, NaN without a key.

        keys: KEYS × rows. logs: LOGGED × rows, logarithms of the rows' figures. days: that the rows
        were declared after the day of the baselines.
        """
        stands = self._stands(keys)
        out[_TO_COPIED] = stands[self._copied]
        with np.errstate(invalid="ignore", divide="ignore"):
            total, count = (stands[numbers] for numbers in self._means)
            out[_TO_MEANS] = total / count / 1000
            count, total, squares = (stands[numbers] for numbers in self._logs)
            out[_TO_USUAL], out[_TO_Z] = _logs(count, total, squares, logs[_LOGS_OF])
        out[_TO_EVER], out[_TO_RECENT] = self._hit_rates(stands)
        out[_TO_CURRENT] = self._current_rates(stands, days)

    def _stands(self, keys: Keys) -> Floats:
        """What stands in all tables under their keys × rows."""
        stands = np.empty((len(self._absent), keys.shape[1]))
        seen = np.empty(keys.shape, dtype=bool)
        begin = 0
        for number, (table, key) in enumerate(zip(self._tables, keys, strict=True)):
            rows, end = table.near(key), begin + self._widths[number]
            np.equal(table.keys.take(rows), key, out=seen[number])
            stands[begin:end] = table.figures.take(rows, axis=0).T
            begin = end
        for unknown, figures in ((~seen, self._absent), (keys == NO_KEY, np.nan)):
            np.copyto(stands, figures, where=unknown.repeat(self._widths, axis=0))
        return stands

    def _hit_rates(self, stands: Floats) -> tuple[Floats, Floats]:
        """Of all time and lately, pulled to the overall one where support is thin."""
        controls, finds, recent, recent_finds = (stands[numbers] for numbers in self._rates)
        half = PRIOR_CONTROLS / 2
        return (
            (finds + self._hit_rate * PRIOR_CONTROLS) / (controls + PRIOR_CONTROLS),
            (recent_finds / WEIGHT_ONE + self._hit_rate * half) / (recent / WEIGHT_ONE + half),
        )

    def _current_rates(self, stands: Floats, days: Floats) -> Floats | float:
        """On the day declared; missing in baselines built before there was such a rate."""
        if self._current is None:
            return np.nan
        rates = stands[self._current]
        rates[rates == 0] = self._usual
        return carried(rates, days, self._usual)


_TO_COPIED = _numbers(FACTS, [fact for fact, _ in _COPIED])
_TO_MEANS = _numbers(FACTS, [f"{name}_{mean}_mean" for name, mean in _MEANS])
_TO_USUAL, _TO_Z = (
    _numbers(FACTS, [f"{name}_{figure}_{fact}" for name, figure in _LOGS])
    for fact in ("usual", "z")
)
_TO_EVER, _TO_RECENT = (
    _numbers(FACTS, [f"{name}_{fact}" for name in _RATES])
    for fact in ("hit_rate", "recent_hit_rate")
)
_TO_CURRENT = _numbers(FACTS, [f"{name}_current_hit_rate" for name in _CHANGING])
_LOGS_OF = _numbers(LOGGED, [figure for _, figure in _LOGS])


def _logs(count: Floats, total: Floats, squares: Floats, log: Floats) -> tuple[Floats, Floats]:
    """Mean log of the figure (its exponential is shown), and the row's distance from it in standard
    deviations."""
    mean = total / count
    variance = squares / count - mean * mean
    spread = np.sqrt(np.maximum(variance, 0.0)) / LOG_STEPS
    z = (log - mean / LOG_STEPS) / np.maximum(spread, LEAST_SPREAD)
    return mean / LOG_STEPS, np.where(count >= LEAST_LOGS, z, np.nan)


def _absent(names: Iterable[str]) -> Floats:
    """What stands for a key never seen: no items, no controls, and nothing known."""
    return np.array([0.0 if name.startswith(_COUNTED) else np.nan for name in names])


def _blank(names: Sequence[str]) -> KeyTable:
    """A table of nothing, in which nothing is found."""
    return KeyTable(np.array([NO_KEY]), np.full((1, len(names)), np.nan), names)
