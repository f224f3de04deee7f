"""What an importer did in the last two years, in the officer's offices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.accounts.scope import OfficeScope

MONTHS = 24
TOP = 8


@dataclass(frozen=True, slots=True)
class History:
    """`months`: month, declarations, items, value. `lanes`: lane, declarations. `goods`: hs6,
    origin, items, value, the most valuable first. `finds`: the outcomes with a find, newest first.
    Values in `currency`, the currency of most items; those in another are counted, not valued."""

    importer: str
    name: str
    first_seen: date
    declarations: int
    items: int
    value: float
    currency: str
    months: pl.DataFrame
    lanes: dict[str, int]
    goods: pl.DataFrame
    controlled: int
    found: int
    revenue: float
    finds: pl.DataFrame


def trader_history(user: User, importer: str, until: date) -> History | None:
    """The two years up to and including a day; None where the officer may see nothing of it.

    Raises Denied.
    """
    check(user, "targeting.read")
    store = lake()
    versions = [store.version(stream) for stream in (DECLARATIONS, SELECTIONS, OUTCOMES)]
    return _history(user.scope(), importer, until, (store.root, *versions))


def importer_of(user: User, declaration_id: str) -> str | None:
    """The importer of a declaration in sight. Raises Denied."""
    check(user, "targeting.read")
    named = (pl.col("declaration_id") == declaration_id) & user.scope().frame()
    found = lake().current(DECLARATIONS, named).select("importer").head(1).collect()
    return found.item() if found.height else None


@lru_cache(maxsize=64)
def _history(
    scope: OfficeScope, importer: str, until: date, _state: tuple[object, ...]
) -> History | None:
    """`_state`: which lake and versions the answer is about."""
    since = date(until.year - MONTHS // 12, until.month, 1)
    store, window = lake(), within(since, until)
    theirs = (pl.col("importer") == importer) & scope.frame()
    declared, selected = pl.collect_all(
        [
            store.current(DECLARATIONS, window).filter(theirs).select(
                "declaration_id", "declaration_date", "hs6", "origin", "currency", "function",
                value=pl.coalesce("customs_value", "statistical_value"),
            ),
            store.current(SELECTIONS, window).filter(theirs).select("declaration_id", "lane"),
        ]
    )  # fmt: skip
    declared = declared.filter(pl.col("function").ne_missing("cancellation"))
    if declared.is_empty():
        return None
    ids = declared["declaration_id"].unique()
    outcomes = store.current(OUTCOMES, window).filter(
        scope.frame(), pl.col("declaration_id").is_in(ids.implode())
    )
    last = declared["declaration_date"].max()
    named = store.scan(DECLARATIONS).filter(within(last, last), theirs).select("importer_name")
    names = named.collect()["importer_name"].drop_nulls()
    return _summed(importer, names.last() or "", declared, selected, outcomes.collect())


def _summed(
    importer: str, name: str, declared: pl.DataFrame, selected: pl.DataFrame, outcomes: pl.DataFrame
) -> History:
    currency = declared["currency"].drop_nulls().mode().sort().first() or ""
    valued = pl.when(pl.col("currency") == currency).then("value").sum().alias("value")
    months = (
        declared.group_by(month=pl.col("declaration_date").dt.strftime("%Y-%m"))
        .agg(
            pl.col("declaration_id").n_unique().alias("declarations"),
            pl.len().alias("items"),
            valued,
        )
        .sort("month")
    )
    goods = (
        declared.group_by("hs6", "origin")
        .agg(pl.len().alias("items"), valued)
        .sort("value", "hs6", "origin", descending=[True, False, False], nulls_last=True)
        .head(TOP)
    )
    lanes = selected.group_by("lane").len().iter_rows()
    finds = outcomes.filter("found").sort("known_on", descending=True)
    return History(
        importer=importer,
        name=name,
        first_seen=declared["declaration_date"].min(),
        declarations=declared["declaration_id"].n_unique(),
        items=declared.height,
        value=float(months["value"].sum()),
        currency=currency,
        months=months,
        lanes=dict(lanes),
        goods=goods,
        controlled=outcomes["declaration_id"].n_unique(),
        found=finds["declaration_id"].n_unique(),
        revenue=float(finds["revenue"].sum()),
        finds=finds.head(TOP),
    )
