"""Selections become control orders."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from tidewaiter.desks.control.grounds import with_grounds
from tidewaiter.desks.control.models import Assignment, ControlOrder, OrderSequence
from tidewaiter.desks.control.vocabulary import (
    DUE_DAYS,
    LANE_CONTROL,
    NOT_BEGUN,
    STRICTNESS,
    State,
)
from tidewaiter.engine.risk.selection import SelectionPolicy
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from tidewaiter.platform.accounts.models import User

BATCH = 5_000
# What a new order holds, in the order of the INSERT.
COLUMNS = (
    "id", "number", "declaration_id", "declaration_date", "office", "importer", "items", "lane",
    "control", "controls", "minutes", "reasons", "instructions", "selected_by",
    "selection_probability", "score", "expected_value", "currency", "risk_area", "run_id",
    "state", "raised_at", "due_on", "revision", "remark",
)  # fmt: skip


def raise_orders(
    actor: User,
    selections: pl.DataFrame,
    *,
    policy: SelectionPolicy | None = None,
    instructions: Mapping[str, str] | None = None,
) -> int:
    """One order for each declaration selected for a control; the number of orders raised.

    selections: columns of the selections stream, one row a declaration; a green row raises nothing.
    Reasons, and the `instructions` (text by profile code) of profiles hit, come from the
    assessments; columns `reasons` and `instructions`, if there are any, go before. policy: for
    the planned minutes; the shipped default if None.

    Raising again is harmless: a declaration that has an order in the same lane, or was controlled
    as strictly already, gets no other. What is selected now holds: orders of these declarations in
    other lanes that nobody has begun are cancelled. Raises Denied: it takes the right to select, or
    the right to approve an override. One at a time: the caller holds the lock of selections.
    """
    if not actor.may("targeting.override_approve"):
        check(actor, "targeting.run")
    if selections.is_empty():
        return 0
    before = _existing(selections)
    needed = _needed(selections, before)
    if not needed.is_empty():
        needed = with_grounds(needed, instructions or {})
    # Everything is read by now: while this writes, SQLite lets nobody else.
    return _raise(actor, selections, before, needed, policy)


@transaction.atomic
def _raise(
    actor: User,
    selections: pl.DataFrame,
    before: pl.DataFrame,
    needed: pl.DataFrame,
    policy: SelectionPolicy | None,
) -> int:
    now = timezone.now()
    year = timezone.localdate(now).year
    sequences = _sequences(needed, year)
    withdrawn = _withdraw(selections, before, now)
    rows = _rows(needed, policy or SelectionPolicy(), sequences, now)
    if not rows.is_empty():
        _insert(rows)
        for office, count in rows.group_by("office").len().iter_rows():
            sequences[office].last += count
        OrderSequence.objects.bulk_update(sequences.values(), ["last"])
    if rows.height or withdrawn:
        lanes = dict(rows.group_by("lane").len().sort("lane").iter_rows())
        runs = sorted(selections["run_id"].drop_nulls().unique().to_list())
        record(
            actor, "control.raise", ", ".join(runs)[:200],
            orders=rows.height, withdrawn=withdrawn, lanes=lanes,
        )  # fmt: skip
    return rows.height


def _sequences(needed: pl.DataFrame, year: int) -> dict[str, OrderSequence]:
    """By office, locked."""
    offices = needed["office"].fill_null("").unique().sort().to_list() if needed.height else []
    OrderSequence.objects.bulk_create(
        [OrderSequence(office=office, year=year) for office in offices], ignore_conflicts=True
    )
    wanted = OrderSequence.objects.filter(year=year, office__in=offices).order_by("office")
    return {one.office: one for one in wanted.select_for_update()}


def _existing(selections: pl.DataFrame) -> pl.DataFrame:
    """Orders not cancelled of the declarations selected: id, declaration_id, was_lane, was_state.

    Those selected before may have an order under another day.
    """
    first, last = selections["declaration_date"].min(), selections["declaration_date"].max()
    again = selections.filter(pl.col("version") > 1)["declaration_id"]
    held = ControlOrder.objects.exclude(state=State.CANCELLED).order_by()
    found = [
        held.filter(declaration_date__range=(first, last)),
        *(
            held.exclude(declaration_date__range=(first, last)).filter(declaration_id__in=part)
            for part in (again[n : n + BATCH].to_list() for n in range(0, len(again), BATCH))
        ),
    ]
    wanted = ("pk", "declaration_id", "lane", "state")
    rows = [row for part in found for row in part.values_list(*wanted)]
    schema = {
        "id": pl.Int64,
        "declaration_id": pl.String,
        "was_lane": pl.String,
        "was_state": pl.String,
    }
    orders = pl.DataFrame(rows, schema=schema, orient="row")
    return orders.join(selections.select("declaration_id"), on="declaration_id", how="semi")


def _withdraw(selections: pl.DataFrame, before: pl.DataFrame, now: datetime) -> int:
    """Cancel orders not begun whose declaration is now in another lane; their number."""
    gone = before.join(selections.select("declaration_id", "lane"), on="declaration_id").filter(
        (pl.col("lane") != pl.col("was_lane")) & pl.col("was_state").is_in(list(NOT_BEGUN))
    )
    ids = gone["id"].unique().to_list()
    withdrawn = 0
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        # An inspector may have begun since the orders were read: what is begun stays.
        held = ControlOrder.objects.filter(pk__in=part, state__in=NOT_BEGUN)
        ended = list(held.select_for_update().values_list("pk", flat=True))
        Assignment.objects.filter(order__in=ended, ended_at=None).update(ended_at=now)
        withdrawn += ControlOrder.objects.filter(pk__in=ended).update(state=State.CANCELLED)
    return withdrawn


def _needed(selections: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Selections for a control that no earlier order answers."""
    rank = pl.col("lane").replace_strict(STRICTNESS, default=None, return_dtype=pl.Int8)
    was = pl.col("was_lane").replace_strict(STRICTNESS, return_dtype=pl.Int8)
    asked = selections.filter(rank.is_not_null()).unique("declaration_id", maintain_order=True)
    begun = ~pl.col("was_state").is_in(list(NOT_BEGUN))
    answered = asked.join(before, on="declaration_id").filter(
        (pl.col("was_lane") == pl.col("lane")) | (begun & (was <= rank))
    )
    return asked.join(answered, on="declaration_id", how="anti", maintain_order="left")


def _rows(
    selected: pl.DataFrame,
    policy: SelectionPolicy,
    sequences: dict[str, OrderSequence],
    now: datetime,
) -> pl.DataFrame:
    """New orders as a frame in COLUMNS: lists as JSON text, dates and times as the database has them.

    Their numbers count in the office.
    """
    if selected.is_empty():
        return pl.DataFrame(schema=COLUMNS)
    last = {office: sequence.last for office, sequence in sequences.items()}
    before = pl.col("office").replace_strict(last, return_dtype=pl.Int64)
    number = before + pl.int_range(1, pl.len() + 1).over("office")
    text = ["importer", "selected_by", "currency", "risk_area", "run_id", "office"]
    return (
        selected.with_columns(pl.col(text).fill_null(""))
        .with_columns(
            number=pl.format(
                "CO/{}/{}/{}",
                pl.col("office").replace("", "-"),
                pl.lit(timezone.localdate(now).year),
                number.cast(pl.String).str.zfill(6),
            ),
            control=pl.col("lane").replace_strict(LANE_CONTROL, return_dtype=pl.String),
            minutes=_minutes(policy),
            controls=_json_list("controls"),
            items=pl.col("items").fill_null(0),
            state=pl.lit(State.WAITING.value),
            raised_at=pl.lit(connection.ops.adapt_datetimefield_value(now)),
            declaration_date=pl.col("declaration_date").cast(pl.String),
            due_on=_due(timezone.localdate(now)).cast(pl.String),
            revision=pl.lit(0),
            remark=pl.lit(""),
        )
        .sort("office", maintain_order=True)
        .with_columns(id=_first_id(now) + pl.int_range(pl.len()))
        .select(COLUMNS)
    )


def _first_id(now: datetime) -> int:
    """Ids, which stand in the addresses of pages, tell when orders were raised, not how many others
    there are: microseconds since 1970, then by office from a chance start."""
    last = ControlOrder.objects.aggregate(last=Max("pk"))["last"] or 0
    return max(int(now.timestamp() * 1e6), last + 1) + secrets.randbelow(1_000_000)


def _json_list(column: str) -> pl.Expr:
    """A list of codes as a JSON array. A control's code holds no quote: profiles are checked."""
    quoted = pl.col(column).list.eval(pl.format('"{}"', pl.element()))
    return pl.format("[{}]", quoted.list.join(",").fill_null(""))


def _due(today: date) -> pl.Expr:
    begin = pl.max_horizontal(pl.col("declaration_date"), pl.lit(today))
    days = pl.col("lane").replace_strict(DUE_DAYS, return_dtype=pl.Int64)
    return begin + days * timedelta(days=1)


def _minutes(policy: SelectionPolicy) -> pl.Expr:
    """Planned minutes: the standard minutes of each control, more for further items."""
    known = policy.minutes
    each = pl.col("controls").list.eval(
        pl.element().replace_strict(known, default=policy.other_minutes, return_dtype=pl.Float64)
    )
    lane = pl.col("lane").replace_strict(
        {lane: policy.minutes_of(control) for lane, control in LANE_CONTROL.items()},
        return_dtype=pl.Float64,
    )
    whole = pl.when(each.list.sum() > 0).then(each.list.sum()).otherwise(lane)
    counted = pl.col("items").fill_null(1).clip(1, policy.most_items)
    return (whole * (100 + policy.further_item * (counted - 1)) / 100).ceil().cast(pl.Int64)


def _insert(rows: pl.DataFrame) -> None:
    """Plain SQL: building 200,000 model instances takes several times as long."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in COLUMNS)
    marks = ", ".join(["%s"] * len(COLUMNS))
    table = quote(ControlOrder._meta.db_table)  # noqa: SLF001  Django's documented interface
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  names of our own
    with connection.cursor() as cursor:
        for part in rows.iter_slices(BATCH):
            cursor.executemany(sql, part.rows())
