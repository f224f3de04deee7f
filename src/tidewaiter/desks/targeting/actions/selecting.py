"""Choosing lanes for assessed declarations, day by day, and raising the control orders."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.control.actions import raise_orders
from tidewaiter.desks.control.queries import capacity_frame
from tidewaiter.desks.targeting.actions.policy import current_policy, policy_of
from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.actions.withdrawing import withdrawals
from tidewaiter.desks.targeting.models import SelectionRun
from tidewaiter.desks.targeting.queries.before import (
    authorised,
    days_of_traders,
    waiting_before,
    with_times,
)
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.ahead import ahead
from tidewaiter.engine.records import ASSESSMENTS, OUTCOMES, SELECTIONS
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.versions import left_behind
from tidewaiter.engine.risk.selection import before as before_day
from tidewaiter.engine.risk.selection import select, typical
from tidewaiter.engine.risk.value import OF_ITEM, by_declaration
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.chance.actions import day_keys
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tidewaiter.desks.targeting.actions.withdrawing import Withdrawals
    from tidewaiter.engine.risk.selection import SelectionPolicy
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps


# What makes a selection another one, and what lists show of it.
SAID = (
    "declaration_date", "lane", "selected_by", "expected_value", "importer_name", "hs", "origin",
    "description", "reason",
)  # fmt: skip


@dataclass
class Selected:
    run_id: str = ""
    declarations: int = 0
    orders: int = 0
    lanes: dict[str, int] = field(default_factory=dict)
    cutoffs: list[pl.DataFrame] = field(default_factory=list)
    # What each trader declared and was controlled by day: the run's own days count for its next ones.
    history: pl.DataFrame = field(default_factory=pl.DataFrame)


def select_days(actor: User, day: date | None = None, steps: Steps | None = None) -> Selected:
    """Choose lanes for the declarations that were assessed since they were last chosen, if ever.

    One commit for all days, then the orders. A run that was killed before its orders were raised
    is finished by the next. Raises Denied.
    """
    check(actor, "targeting.run")
    steps = steps or Unwatched()
    with only_one("selections"):
        settle_selections(steps)
        gone = withdrawals(actor, day)
        days = sorted(gone.days.union(_days(actor, day)))
        if not days:
            return Selected()
        policy = current_policy()
        run = SelectionRun.objects.create(
            run_id=str(uuid.uuid4()), actor=actor, policy=policy.version
        )
        done = Selected(run.run_id, history=days_of_traders(days[0], days[-1], policy))
        frames = chain([gone.facts(run.run_id)], _frames(actor, days, policy, done, steps, gone))
        lake().append(SELECTIONS, frames, cause=f"select:{run.run_id}")
        run.cutoffs = _by_office(done.cutoffs)
        done.orders = _orders(run, steps)
    return done


def settle_selections(steps: Steps | None = None) -> None:
    """Raise the orders of runs that were killed after their commit."""
    for run in SelectionRun.objects.filter(done_at=None):
        _orders(run, steps or Unwatched())


def _orders(run: SelectionRun, steps: Steps) -> int:
    """Orders for what a run selected, but not for what has been controlled already; day by day,
    so that memory holds one day.

    What is green now and was not before takes its order back.
    """
    asked = (pl.col("lane") != "green") | (pl.col("version") > 1)
    made = lake().scan(SELECTIONS).filter(pl.col("run_id") == run.run_id)
    days = (
        made.group_by("declaration_date").agg(pl.len(), asked=asked.any())
        .sort("declaration_date").collect(engine="streaming")
    )  # fmt: skip
    profiles = active_profile_set(timezone.localdate()).profiles
    instructions = {one.code: one.instructions for one in profiles if one.instructions}
    policy = policy_of(run.policy) or current_policy()
    run.orders = 0
    for number, day in enumerate(days.filter("asked")["declaration_date"], 1):
        window = within(day, day)
        chosen = lake().current(SELECTIONS, window).filter(asked & (pl.col("run_id") == run.run_id))
        due = chosen.collect()
        again = due.filter(pl.col("version") > 1)["declaration_id"]
        due = due.join(_controlled(window, again), on="declaration_id", how="anti")
        run.orders += raise_orders(run.actor, due, policy=policy, instructions=instructions)
        steps.update(number, days.height, f"{day} {run.orders:,}")
    run.declarations, run.done_at = int(days["len"].sum()), timezone.now()
    run.save()
    record(
        run.actor, "select.run", run.run_id, declarations=run.declarations, orders=run.orders,
        policy=run.policy,
    )  # fmt: skip
    return run.orders


def _days(actor: User, day: date | None) -> list[date]:
    """Days with an assessment younger than their last selection."""
    window = within(day, day)
    assessed = (
        lake().scan(ASSESSMENTS).filter(window & actor.scope().frame())
        .group_by("declaration_date").agg(pl.col("assessed_at").max())
    )  # fmt: skip
    selected = (
        lake().scan(SELECTIONS).filter(window)
        .group_by("declaration_date").agg(pl.col("selected_at").max())
    )  # fmt: skip
    due = assessed.join(selected, on="declaration_date", how="left").filter(
        pl.col("selected_at").is_null() | (pl.col("assessed_at") > pl.col("selected_at"))
    )
    return due.select("declaration_date").drop_nulls().collect().to_series().sort().to_list()


def _frames(
    actor: User,
    days: list[date],
    policy: SelectionPolicy,
    done: Selected,
    steps: Steps,
    gone: Withdrawals,
) -> Iterator[pl.DataFrame]:
    keys = day_keys(days)
    mine = actor.scope().frame()
    for number, to_do in enumerate(ahead(_read(day, mine, gone) for day in days), 1):
        steps.check()
        rows = _choose(to_do, policy, keys[to_do.day], done, gone)
        yield left_behind(SELECTIONS, rows)
        done.declarations += rows.height
        for lane, count in rows.group_by("lane").len().iter_rows():
            done.lanes[lane] = done.lanes.get(lane, 0) + count
        yield rows
        steps.update(number, len(days), f"{to_do.day} {done.declarations:,}")


_OF_TRADER = ("importer", "lane")


@dataclass(frozen=True, slots=True)
class _ToDo:
    """A day's declarations, one row each: those to decide on, with what was said of them before,
    and the selections that stand."""

    day: date
    undecided: pl.DataFrame
    kept: pl.DataFrame


def _read(day: date, mine: pl.Expr, gone: Withdrawals) -> _ToDo:
    """mine: what the actor may see."""
    window = within(day, day)
    assessed = lake().current(ASSESSMENTS, window).filter(mine)
    items = assessed.select(*OF_ITEM, "version", "key").collect()
    items = items.join(gone.items, on="key", how="anti").drop("key")
    before = _before(window, items)
    undecided = (
        by_declaration(items)
        .join(before.drop("office", "controls", *_OF_TRADER), on="declaration_id", how="left")
        .filter(
            pl.col("was").is_null()
            | (pl.col("assessed_at") > pl.col("selected_at"))
            | gone.is_shrunk
        )
    )
    again = before.filter(pl.col("was") > 1)["declaration_id"]
    settled = before.join(_controlled(window, again), on="declaration_id", how="semi")
    undecided = undecided.join(settled, on="declaration_id", how="anti")
    kept = before.join(undecided, on="declaration_id", how="anti")
    return _ToDo(day, undecided, kept)


def _choose(
    to_do: _ToDo, policy: SelectionPolicy, key: str, done: Selected, gone: Withdrawals
) -> pl.DataFrame:
    """Selections of one day's undecided declarations that say something new."""
    day = to_do.day
    chosen = select(
        with_times(to_do.undecided, within(day, day), policy),
        profiles=active_profile_set(day),
        capacity=_left(capacity_frame(), to_do.kept, policy),
        policy=policy,
        day_keys={day: key},
        run_id=done.run_id,
        at=timezone.now(),
        traders=before_day.traders(done.history.lazy(), day, policy, authorised(day, policy)),
        waiting=waiting_before(day, policy),
    )
    done.cutoffs.append(chosen.cutoffs)
    of_day = pl.concat([to_do.kept.select(_OF_TRADER), chosen.rows.select(_OF_TRADER)])
    today = of_day.lazy().with_columns(declaration_date=pl.lit(day))
    others = done.history.filter(pl.col("declaration_date") != day)
    done.history = pl.concat([others, before_day.by_trader(today).collect()])
    return (
        chosen.rows.join(
            to_do.undecided.select("declaration_id", "was", "left", "said_before"),
            on="declaration_id", how="left", maintain_order="left",
        )
        .filter(
            pl.col("was").is_null()
            | pl.struct(SAID).ne_missing(pl.col("said_before"))
            | gone.is_shrunk
        )
        .with_columns(
            key=record_key(*SELECTIONS.natural_key),
            month=pl.lit(day.strftime("%Y-%m")),
            version=pl.col("was").fill_null(0) + 1,
        )
    )  # fmt: skip


def _before(window: pl.Expr, items: pl.DataFrame) -> pl.DataFrame:
    """The selections in force of a day, and of declarations that came to it from another one."""

    def found(where: pl.Expr) -> pl.DataFrame:
        return lake().current(SELECTIONS, where).select(
            "declaration_id", "office", "selected_at", "controls", *_OF_TRADER,
            was="version", left="declaration_date", said_before=pl.struct(SAID),
        ).collect()  # fmt: skip

    here = found(window)
    again = items.filter(pl.col("version") > 1).select("declaration_id").unique()
    strangers = again.join(here, on="declaration_id", how="anti")["declaration_id"]
    if strangers.is_empty():
        return here
    return pl.concat([here, found(pl.col("declaration_id").is_in(strangers.implode()))])


def _controlled(window: pl.Expr, again: pl.Series) -> pl.DataFrame:
    """The controlled of a day, and of the declarations selected again: a result stays under the day
    that its declaration had then."""
    where = window | pl.col("declaration_id").is_in(again.implode()) if len(again) else window
    return lake().current(OUTCOMES, where).select("declaration_id").collect()


def _by_office(cutoffs: list[pl.DataFrame]) -> dict[str, dict[str, float | None]]:
    """The typical least value per minute by office and lane; None where a lane had no room."""
    offices: dict[str, dict[str, float | None]] = {}
    for (office, lane), value in typical(pl.concat(cutoffs)).items():
        offices.setdefault(office or "", {})[lane] = value if math.isfinite(value) else None
    return offices


def _left(capacity: pl.DataFrame, kept: pl.DataFrame, policy: SelectionPolicy) -> pl.DataFrame:
    """Capacity less the minutes that selections of the day, made earlier, already take."""
    minutes = pl.DataFrame(
        {"control": list(policy.minutes), "minutes": list(policy.minutes.values())},
        schema={"control": pl.String, "minutes": pl.Float64},
    )
    taken = (
        kept.explode("controls").rename({"controls": "control"}).drop_nulls("control")
        .join(minutes, on="control").group_by("office", "control").agg(pl.col("minutes").sum())
    )  # fmt: skip
    return (
        capacity.join(taken, on=["office", "control"], how="left")
        .with_columns(
            (pl.col("minutes_per_day") - pl.col("minutes").fill_null(0)).clip(lower_bound=0)
        )
        .select("office", "control", "minutes_per_day")
    )
