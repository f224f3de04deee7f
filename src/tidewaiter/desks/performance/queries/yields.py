"""What enforcement yielded, always beside what chance alone finds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from tidewaiter.desks.control.queries import performed_by
from tidewaiter.desks.performance.queries.compliance import Estimate, estimates_by
from tidewaiter.desks.performance.queries.counts import Counts, Wanted, counts
from tidewaiter.desks.performance.summary import COUNTS
from tidewaiter.desks.targeting.queries.learning import versions_of_pins
from tidewaiter.engine.risk.measurement import Interval, bootstrap, wilson
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tidewaiter.platform.accounts.models import User

DAYS = 30  # of the default window
LANES = ("red", "orange", "yellow", "blue", "green")
Grouping = Literal["lane", "office", "profile", "model", "inspector"]
RANDOM = pl.col("step") == "random"


@dataclass(frozen=True, slots=True)
class Line:
    """What one lane, office, profile, model or inspector yielded.

    targeted: hit rate of controls that chance did not choose; random: of those it did, in the same
    lane or office (over all for profiles, models and inspectors). worth, random_worth: revenue a
    control, of the same. declarations: None where none can be counted. revenue: of all its controls.
    """

    name: str
    declarations: int | None
    controlled: int
    found: int
    targeted: Interval
    random: Interval
    worth: Interval
    random_worth: Interval
    revenue: float


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week or month: declarations by lane, hit rates, revenue, mean days to release."""

    start: date
    lanes: dict[str, int]
    targeted: Interval
    random: Interval
    revenue: float
    release_days: float


@dataclass(frozen=True, slots=True)
class Overview:
    """since, until: the days looked at. step: width of the periods, as Polars writes it; hits: the
    same in weeks at least. estimated: what is estimated of the whole traffic."""

    since: date | None
    until: date | None
    totals: dict[str, float]
    targeted: Interval
    random: Interval
    estimated: Estimate
    periods: list[Period]
    hits: list[Period]
    lines: list[Line]
    step: str


def overview(user: User, wanted: Wanted, by: Grouping = "lane") -> Overview:
    """Raises Denied; also for inspectors without the right to compare officers."""
    if by == "inspector":
        check(user, "performance.officers")
    counted = counts(user, wanted, days=DAYS)
    rows = counted.read("days").collect()
    step = _step(counted.length)
    return Overview(
        since=counted.since,
        until=counted.until,
        totals={name: float(rows[name].sum() or 0) for name in COUNTS},
        targeted=_rate(rows.filter(~RANDOM)),
        random=_rate(rows.filter(RANDOM)),
        estimated=estimates_by(counted)[0],
        periods=_periods(rows, step),
        hits=_periods(rows, wider(step)),
        lines=_lines(counted, by),
        step=step,
    )


def daily(user: User, wanted: Wanted) -> pl.DataFrame:
    """The counts by day, office, lane and step, for a file. Raises Denied."""
    check(user, "performance.export")
    by = ["day", "office", "lane", "step"]
    rows = counts(user, wanted, days=DAYS).read("days")
    return rows.group_by(by).agg(pl.col(COUNTS).sum()).sort(by).collect()


def _rate(rows: pl.DataFrame) -> Interval:
    return wilson(int(rows["found"].sum() or 0), int(rows["controlled"].sum() or 0))


def _step(days: int) -> str:
    """Width of the periods of the charts, as Polars writes it."""
    return "1d" if days <= 46 else "1w" if days <= 201 else "1mo"


def wider(step: str) -> str:
    """Hit rates need more controls than a day brings."""
    return "1w" if step == "1d" else step


def _periods(rows: pl.DataFrame, step: str) -> list[Period]:
    cut = rows.with_columns(start=pl.col("day").dt.truncate(step)).sort("start")
    return [_period(start, part) for (start,), part in cut.group_by("start", maintain_order=True)]


def _period(start: date, part: pl.DataFrame) -> Period:
    lanes = dict(part.group_by("lane").agg(pl.col("declarations").sum()).iter_rows())
    released = float(part["released"].sum() or 0)
    return Period(
        start=start,
        lanes={lane: int(lanes.get(lane, 0)) for lane in (*LANES, "")},
        targeted=_rate(part.filter(~RANDOM)),
        random=_rate(part.filter(RANDOM)),
        revenue=float(part["revenue"].sum() or 0),
        release_days=float(part["release_days"].sum() or 0) / released if released else math.nan,
    )


def _lines(counted: Counts, by: Grouping) -> list[Line]:
    controls = counted.read("controls").collect()
    if by in ("lane", "office"):
        declared = _declared(counted.read("days"), by)
        named = controls.with_columns(name=by)
        lines = [_line(name, named.filter(pl.col("name") == name), declared) for name in declared]
        place = {lane: at for at, lane in enumerate(LANES)}
        return sorted(lines, key=lambda one: (place.get(one.name, 9), one.name))
    random = controls.filter(RANDOM)
    if by == "profile":
        sets = counted.read("sets").with_columns(profile=pl.col("profiles").str.split(" "))
        declared = _declared(sets.explode("profile"), "profile")
        named = controls.with_columns(name=pl.col("profiles").str.split(" ")).explode("name")
        lines = [
            _line(name, named.filter(pl.col("name") == name), declared, random)
            for name in declared
            if name not in hidden(counted.user, "profile")
        ]
        return sorted(lines, key=lambda one: (-one.found, one.name))
    named = _by_model(controls) if by == "model" else _by_inspector(counted, controls)
    groups = named.partition_by("name", as_dict=True)
    return [_line(name, rows, {}, random) for (name,), rows in sorted(groups.items())]


def _declared(rows: pl.LazyFrame, by: str) -> dict[str, int]:
    """Name → declarations."""
    sums = rows.group_by(by).agg(pl.col("declarations").sum()).sort(by).collect()
    return dict(sums.filter(pl.col(by).is_not_null()).iter_rows())


def _line(
    name: str,
    rows: pl.DataFrame,
    declared: Mapping[str, int],
    random: pl.DataFrame | None = None,
) -> Line:
    """rows: its controls. random: those of chance, of all groups; None: among its own."""
    chance = rows.filter(RANDOM) if random is None else random
    chosen = rows.filter(~RANDOM)
    return Line(
        name=name,
        declarations=declared.get(name),
        controlled=rows.height,
        found=int(rows["found"].sum()),
        targeted=_hits(chosen),
        random=_hits(chance),
        worth=_worth(chosen),
        random_worth=_worth(chance),
        revenue=float(rows["revenue"].sum()),
    )


def _hits(controls: pl.DataFrame) -> Interval:
    return wilson(int(controls["found"].sum()), controls.height)


def _worth(controls: pl.DataFrame) -> Interval:
    return bootstrap(controls.filter(pl.col("revenue") > 0)["revenue"].to_numpy(), controls.height)


def _by_model(controls: pl.DataFrame) -> pl.DataFrame:
    """Controls that were selected for their value, by the model that had assessed them."""
    chosen = controls.filter(pl.col("step") == "value")
    models = versions_of_pins(chosen["pins"].unique())
    name = pl.col("pins").replace_strict(models, default="", return_dtype=pl.String)
    return chosen.with_columns(name=name)


def _by_inspector(counted: Counts, controls: pl.DataFrame) -> pl.DataFrame:
    """Controls whose order an inspector of the visible offices performed."""
    if counted.since is None or counted.until is None:
        return controls.with_columns(name=pl.lit(""))
    who = performed_by(counted.user, counted.since, counted.until)
    return controls.join(who.rename({"inspector": "name"}), on="control_ref", how="inner")
