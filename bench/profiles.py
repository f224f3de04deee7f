"""Profiles over a batch and over one declaration, beside zen-engine and Polars.

CPU seconds of the process, all threads. zen evaluates all profiles as one list expression, which
is its fastest way; it is run on a sample of the rows and scaled to the stated number. Every
answer of every engine is compared with ours before a figure is given.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import zen

from bench import rulesets
from bench.peers import Zen, polars_expression, zen_facts
from tidewaiter.engine.risk.profiles import ProfileSet

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1_000_000
SAMPLE = 4_000
DECLARATIONS = 300
ITEMS = 5

Row = dict[str, Any]


def run() -> list[Row]:
    frame = rulesets.traffic(ROWS)
    hundred, five_hundred, thousand = map(_set_of, (100, 500, 1_000))
    return [
        *_batch(frame, five_hundred),
        *_limits(frame, five_hundred, thousand),
        *_one_call(frame, five_hundred, thousand),
        *_batch(frame, hundred),
        _one_profile(frame, five_hundred),
        _declaration(frame, five_hundred),
    ]


def _set_of(count: int) -> ProfileSet:
    profile_set = ProfileSet(rulesets.profiles(count), rulesets.SCHEMA, rulesets.lists())
    assert not profile_set.broken
    return profile_set


def _limits(frame: pl.DataFrame, profile_set: ProfileSet, twice: ProfileSet) -> list[Row]:
    """What evaluation may cost: beside reading the columns it touches once, and as profiles grow."""
    batch = twice.encode(frame)
    for each in (profile_set, twice):
        each.evaluate(batch, unknown=False)  # makes the posting lists
    once = _best(lambda: profile_set.evaluate(batch, unknown=False))
    double = _best(lambda: twice.evaluate(batch, unknown=False))
    touched = frame.select(sorted(profile_set.columns))
    codes = [touched[name].cast(pl.Categorical).to_physical() for name in _texts(touched)]
    figures = [touched[name] for name in touched.columns if name not in _texts(touched)]
    reading = _best(lambda: [column.max() for column in (*codes, *figures)])
    above = _memory_above(lambda: profile_set.evaluate(batch, unknown=False))
    return [
        {
            "name": "profiles_500_1m_over_reading_touched_columns", "unit": "times",
            "ours": once / reading, "peer": 10.0, "peer_name": "promised at most",
            "ratio": 10.0 * reading / once,
        },
        {
            "name": "profiles_1000_over_500_1m", "unit": "times", "ours": double / once,
            "peer": 1.5, "peer_name": "promised at most", "ratio": 1.5 * once / double,
        },
        {
            "name": "profiles_500_1m_memory_above_data", "unit": "GiB", "ours": above,
            "peer": 1.0, "peer_name": "promised at most", "ratio": 1.0 / max(above, 0.001),
        },
    ]  # fmt: skip


def _one_call(frame: pl.DataFrame, profile_set: ProfileSet, twice: ProfileSet) -> list[Row]:
    """From a frame to its hits in one call, nothing encoded before."""
    once = _best(lambda: profile_set.evaluate(frame, unknown=False))
    double = _best(lambda: twice.evaluate(frame, unknown=False))
    hits = profile_set.evaluate(frame, unknown=False).counts()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "month.parquet"
        frame.write_parquet(file)
        touched = sorted(profile_set.columns)
        reading = _best(lambda: pl.read_parquet(file, columns=touched))
    return [
        _row("profiles_500_1m_one_call_vs_polars", once,
             _polars_batch(frame, profile_set, hits), "Polars, one expression a profile"),
        {
            "name": "profiles_500_1m_one_call_over_reading_parquet", "unit": "times",
            "ours": once / reading, "peer": 10.0, "peer_name": "promised at most",
            "ratio": 10.0 * reading / once,
        },
        {
            "name": "profiles_1000_over_500_1m_one_call", "unit": "times", "ours": double / once,
            "peer": 1.5, "peer_name": "promised at most", "ratio": 1.5 * once / double,
        },
    ]  # fmt: skip


def _texts(frame: pl.DataFrame) -> list[str]:
    return [name for name, kind in frame.schema.items() if kind == pl.String]


def _memory_above(work: Callable[[], Any]) -> float:
    """GiB that the process held at most while at work, above what it held before (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _resident("VmRSS")
    work()
    return (_resident("VmHWM") - before) / (1 << 20)


def _resident(which: str) -> int:
    """KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which))


def _batch(frame: pl.DataFrame, profile_set: ProfileSet) -> list[Row]:
    count = len(profile_set)
    encoding, batch = _cpu(lambda: profile_set.encode(frame))
    # The first evaluation also builds the posting lists, which belong to the encoding.
    first, hits = _cpu(lambda: profile_set.evaluate(batch, unknown=False))
    ours = _best(lambda: profile_set.evaluate(batch, unknown=False))
    with_unknown = _best(lambda: profile_set.evaluate(batch))
    pairs = set(zip(hits.rows.tolist(), hits.profiles.tolist(), strict=True))
    sampled = {pair for pair in pairs if pair[0] < SAMPLE}
    scaled = _zen_batch(frame, profile_set, sampled) * ROWS / SAMPLE
    polars = _polars_batch(frame, profile_set, hits.counts())
    what = f"profiles_{count}_1m"
    zen_name = f"zen, one list expression, {SAMPLE:,} items scaled to 1 M"
    encode_too = encoding + first
    return [
        _row(f"{what}_vs_zen", ours, scaled, zen_name),
        _row(f"{what}_vs_polars", ours, polars, "Polars, one expression a profile"),
        _row(f"{what}_with_encoding_vs_zen", encode_too, scaled, zen_name),
        _row(f"{what}_with_not_evaluable_vs_zen", with_unknown, scaled, zen_name),
    ]


def _one_profile(frame: pl.DataFrame, profile_set: ProfileSet) -> Row:
    """What the editor asks while an officer types: one profile over an encoded batch."""
    batch = profile_set.encode(frame)
    profile_set.evaluate(batch, unknown=False)
    singles = [
        ProfileSet([p], rulesets.SCHEMA, profile_set.lists) for p in profile_set.profiles[:40]
    ]
    times = [_wall(lambda s=s: s.evaluate(batch, unknown=False)) for s in singles]
    peers = [_wall(lambda s=s: frame.lazy().select(_answer(s, 0)).collect()) for s in singles[:10]]
    return {
        "name": "one profile, 1 M items, encoded: median of 40, wall", "unit": "ms",
        "ours": statistics.median(times) * 1e3, "peer": statistics.median(peers) * 1e3,
        "peer_name": "Polars expression", "ratio": statistics.median(peers) / statistics.median(times),
    }  # fmt: skip


def _declaration(frame: pl.DataFrame, profile_set: ProfileSet) -> Row:
    """One declaration of five items, facts as dictionaries, hits and not evaluable; wall."""
    some = frame.head(DECLARATIONS * ITEMS)
    ours_facts, zen_rows = some.to_dicts(), zen_facts(some)
    expression = _zen_expression(profile_set)
    starts = range(0, len(ours_facts), ITEMS)
    profile_set.evaluate_row(ours_facts[0])
    # Each engine in a loop of its own, as a server would run it.
    ours, answers = _each(
        lambda start: [profile_set.evaluate_row(f)[0] for f in ours_facts[start : start + ITEMS]],
        starts,
    )
    peers, lines = _each(
        lambda start: [expression.evaluate(f) for f in zen_rows[start : start + ITEMS]], starts
    )
    codes = [
        [[c for c, hit in zip(profile_set.codes, line, strict=True) if hit] for line in ls]
        for ls in lines
    ]
    assert answers == codes
    median, peer = statistics.median(ours), statistics.median(peers)
    return {
        "name": f"one declaration of {ITEMS} items, {len(profile_set)} profiles: median, wall",
        "unit": "ms", "ours": median * 1e3, "peer": peer * 1e3,
        "peer_name": "zen, one list expression", "ratio": peer / median,
    }  # fmt: skip


def _zen_expression(profile_set: ProfileSet) -> zen.PyExpression:
    printer = Zen(profile_set.lists)
    return zen.compile_expression(f"[{', '.join(map(printer.expression, profile_set.conditions))}]")


def _zen_batch(frame: pl.DataFrame, profile_set: ProfileSet, wanted: set[tuple[int, int]]) -> float:
    expression, facts = _zen_expression(profile_set), zen_facts(frame.head(SAMPLE))
    cpu, answers = _cpu(lambda: [expression.evaluate(row) for row in facts])
    rows, profiles = np.nonzero(np.array(answers, np.bool_))
    assert set(zip(rows.tolist(), profiles.tolist(), strict=True)) == wanted
    return cpu


def _polars_batch(
    frame: pl.DataFrame, profile_set: ProfileSet, wanted: dict[str, tuple[int, int]]
) -> float:
    answers = [_answer(profile_set, n) for n in range(len(profile_set))]
    cpu, found = _cpu(lambda: frame.lazy().select(answers).collect())
    counted = found.sum().row(0, named=True)
    assert {code: hits for code, (hits, _) in wanted.items()} == counted
    return cpu


def _answer(profile_set: ProfileSet, place: int) -> pl.Expr:
    condition = profile_set.conditions[place]
    expression = polars_expression(condition, profile_set.lists)
    return expression.fill_null(value=False).alias(profile_set.codes[place])


def _row(name: str, ours: float, peer: float, peer_name: str) -> Row:
    return {
        "name": name, "unit": "CPU s", "ours": ours, "peer": peer,
        "peer_name": peer_name, "ratio": peer / ours,
    }  # fmt: skip


def _each(work: Callable[[int], Any], starts: range) -> tuple[list[float], list[Any]]:
    times, made = [], []
    for start in starts:
        began = time.perf_counter()
        answer = work(start)
        times.append(time.perf_counter() - began)
        made.append(answer)
    return times, made


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def _best(work: Callable[[], Any], times: int = 3) -> float:
    return min(_cpu(work)[0] for _ in range(times))


def _wall(work: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best
