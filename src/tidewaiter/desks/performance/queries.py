"""What enforcement yielded, for the offices that the asking officer may see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import polars as pl

from tidewaiter.desks.performance.actions import folder, refresh_if_quick
from tidewaiter.desks.performance.summary import BY, BY_PROFILE, COUNTS, PROFILE_COUNTS
from tidewaiter.desks.targeting.queries.learning import versions_of_pins
from tidewaiter.engine.risk.measurement import Interval, wilson
from tidewaiter.platform.accounts.access import check

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

DAYS = 30  # of the default window
LANES = ("red", "orange", "yellow", "blue", "green")
Grouping = Literal["lane", "office", "profile", "model"]
RANDOM = pl.col("step") == "random"
_TYPES = {
    "day": pl.Date(),
    **dict.fromkeys(("office", "lane", "step", "pins", "profile"), pl.String()),
}
LEAST_BY_CHANCE = 30  # controls of the random share without which no estimate is shown


@dataclass(frozen=True, slots=True)
class Wanted:
    """Days (both included) and office; None and empty mean the last thirty days and all."""

    since: date | None = None
    until: date | None = None
    office: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What one lane, office, profile or model yielded. targeted: hit rate of controls that chance
    did not choose; random: of those it did, in the same group (over all groups for profiles and
    models, which chance does not know). revenue: of all its controls."""

    name: str
    declarations: int
    controlled: int
    found: int
    targeted: Interval
    random: Interval
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
    same in weeks at least. estimated: share of non-compliant declarations in the whole traffic,
    from the recorded probabilities; gap: revenue not declared in it."""

    since: date | None
    until: date | None
    totals: dict[str, float]
    targeted: Interval
    random: Interval
    estimated: Interval
    gap: Interval
    periods: list[Period]
    hits: list[Period]
    lines: list[Line]
    step: str


def overview(user: User, wanted: Wanted, by: Grouping = "lane") -> Overview:
    """Raises Denied."""
    check(user, "performance.read")
    refresh_if_quick()
    days = _read("days", BY, COUNTS).filter(user.scope().frame())
    since, until = _window(days, wanted)
    rows = _within(days, since, until, wanted.office).collect()
    step = _step(since, until)
    return Overview(
        since=since,
        until=until,
        totals={name: float(rows[name].sum() or 0) for name in COUNTS},
        targeted=_rate(rows.filter(~RANDOM)),
        random=_rate(rows.filter(RANDOM)),
        estimated=_estimate(rows, "found", float(rows["declarations"].sum() or 0)),
        gap=_estimate(rows, "revenue", 1.0),
        periods=_periods(rows, step),
        hits=_periods(rows, wider(step)),
        lines=_lines(user, rows, by, since, until, wanted.office),
        step=step,
    )


def daily(user: User, wanted: Wanted) -> pl.DataFrame:
    """The counts by day, office, lane and step, for a file. Raises Denied."""
    check(user, "performance.export")
    refresh_if_quick()
    days = _read("days", BY, COUNTS).filter(user.scope().frame())
    rows = _within(days, *_window(days, wanted), wanted.office)
    told = [
        "declarations",
        "items",
        "controlled",
        "found",
        "revenue",
        "minutes",
        "released",
        "release_days",
    ]
    by = ["day", "office", "lane", "step"]
    return rows.group_by(by).agg(pl.col(told).sum()).sort(by).collect()


def offices(user: User) -> list[str]:
    """Offices with traffic that the officer may see."""
    refresh_if_quick()
    rows = _read("days", BY, COUNTS).filter(user.scope().frame(), pl.col("office") != "")
    return rows.select(pl.col("office").unique().sort()).collect().to_series().to_list()


def _read(name: str, by: list[str], counts: list[str]) -> pl.LazyFrame:
    files = sorted((folder() / name).glob("*.parquet"))
    if not files:
        schema = {**{n: _TYPES[n] for n in by}, **dict.fromkeys(counts, pl.Float64())}
        return pl.LazyFrame(schema=schema)
    return pl.concat([pl.scan_parquet(file) for file in files], how="vertical_relaxed")


def _window(days: pl.LazyFrame, wanted: Wanted) -> tuple[date | None, date | None]:
    """The days asked for; by default the last thirty that have traffic."""
    until = wanted.until or days.select(pl.col("day").max()).collect().item()
    since = wanted.since or (until - timedelta(days=DAYS - 1) if until else None)
    return since, until


def _within(
    rows: pl.LazyFrame, since: date | None, until: date | None, office: str
) -> pl.LazyFrame:
    if since is not None:
        rows = rows.filter(pl.col("day") >= since)
    if until is not None:
        rows = rows.filter(pl.col("day") <= until)
    return rows.filter(pl.col("office") == office) if office else rows


def _rate(rows: pl.DataFrame) -> Interval:
    return wilson(int(rows["found"].sum() or 0), int(rows["controlled"].sum() or 0))


def _estimate(rows: pl.DataFrame, what: str, scale: float) -> Interval:
    """Horvitz and Thompson's total over the scale, with its interval; NaN where chance has too few
    controls yet to speak for what nobody looked at."""
    by_chance = float(rows.filter(RANDOM)["controlled"].sum() or 0)
    if by_chance < LEAST_BY_CHANCE or not scale:
        return Interval(math.nan, math.nan, math.nan)
    total = float(rows[f"weighted_{what}"].sum())
    spread = 1.96 * math.sqrt(float(rows[f"weighted_{what}_variance"].sum()))
    return Interval(total / scale, max(0.0, total - spread) / scale, (total + spread) / scale)


def _step(since: date | None, until: date | None) -> str:
    """Width of the periods of the charts, as Polars writes it."""
    days = (until - since).days if since and until else 0
    return "1d" if days <= 45 else "1w" if days <= 200 else "1mo"


def wider(step: str) -> str:
    """Hit rates need more controls than a day brings."""
    return "1w" if step == "1d" else step


def _periods(rows: pl.DataFrame, step: str) -> list[Period]:
    cut = rows.with_columns(start=pl.col("day").dt.truncate(step))
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


def _lines(
    user: User,
    rows: pl.DataFrame,
    by: Grouping,
    since: date | None,
    until: date | None,
    office: str,
) -> list[Line]:
    if by == "profile":
        matched = _read("profiles", BY_PROFILE, PROFILE_COUNTS).filter(user.scope().frame())
        found = _within(matched, since, until, office).group_by("profile")
        counts = found.agg(pl.col(PROFILE_COUNTS).sum()).sort("found", descending=True).collect()
        return [_line(row, _rate(rows.filter(RANDOM))) for row in counts.iter_rows(named=True)]
    if by == "model":
        return _by_model(rows)
    groups = rows.group_by(by).agg(
        pl.col(PROFILE_COUNTS).sum(),
        *[pl.col(n).filter(RANDOM).sum().alias(f"random_{n}") for n in ("found", "controlled")],
    )
    order = pl.col("lane").replace_strict(dict(zip(LANES, range(5), strict=True)), default=9)
    groups = groups.sort(order) if by == "lane" else groups.sort("office")
    return [
        _line(row, wilson(int(row["random_found"]), int(row["random_controlled"])))
        for row in groups.iter_rows(named=True)
    ]


def _line(row: dict[str, object], random: Interval) -> Line:
    """row: the name first, then PROFILE_COUNTS; random_… are taken off the targeted ones."""
    found, controlled = int(row["found"]), int(row["controlled"])
    chosen = controlled - int(row.get("random_controlled", 0))
    return Line(
        name=str(next(iter(row.values()))),
        declarations=int(row["declarations"]),
        controlled=controlled,
        found=found,
        targeted=wilson(found - int(row.get("random_found", 0)), chosen),
        random=random,
        revenue=float(row["revenue"] or 0),
    )


def _by_model(rows: pl.DataFrame) -> list[Line]:
    """Controls that were selected for their value, by the model that had assessed them."""
    chosen = rows.filter(pl.col("step") == "value")
    models = versions_of_pins(chosen["pins"].unique())
    named = chosen.with_columns(
        model=pl.col("pins").replace_strict(models, default="", return_dtype=pl.String)
    )
    counts = named.group_by("model").agg(pl.col(PROFILE_COUNTS).sum()).sort("model")
    random = _rate(rows.filter(RANDOM))
    return [_line(row, random) for row in counts.iter_rows(named=True)]
