"""The worklist: assessed declarations with their lane, within what the officer may see.

Found in two steps, so that millions of rows stay cheap: first a few narrow columns of the window, to
filter, count and order; then everything else about the rows of one page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import ASSESSMENTS, SELECTIONS
from tidewaiter.engine.risk.selection import LANES
from tidewaiter.engine.risk.selection.picks import CANCELLED
from tidewaiter.engine.risk.veil import veiled
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.privacy.queries import linked
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.records.lake import Lake
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.accounts.scope import OfficeScope

DAYS = 7  # of the default window
STEPS = ("mandatory", "rate", "random", "value", "override", "none")
ORDERS: dict[str, pl.Expr] = {
    "expected": pl.col("expected_value"),
    "score": pl.col("score"),
    "date": pl.col("declaration_date"),
    "items": pl.col("items"),
    "lane": pl.col("lane").cast(pl.Enum([*LANES])).to_physical(),
    "office": pl.col("office"),
    "importer": pl.col("importer"),
    "declaration": pl.col("declaration_id"),
}


# Of a selection; lists, such as its controls, would cost as much as all of these.
SHOWN = (
    "key", "version", "declaration_id", "declaration_date", "office", "importer", "items", "score",
    "expected_value", "currency", "lane", "selected_by",
    "importer_name", "hs", "origin", "description", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty means all. `hs` is the beginning of a code; `step` the
    step that chose; `text` the beginning of a declaration's number, or, if `persons`, of an importer's
    code, or a part of its name.

    persons: whether a purpose was stated for which importers may be looked for (platform/purpose);
    without, `text` finds none and `importer` nothing."""

    since: date | None = None
    until: date | None = None
    text: str = ""
    office: str = ""
    lane: str = ""
    importer: str = ""
    hs: str = ""
    origin: str = ""
    profile: str = ""
    step: str = ""
    area: str = ""
    least: float | None = None
    persons: bool = False

    @property
    def person(self) -> str:
        """The words or code by which a person is looked for; empty if none is."""
        return self.importer or self.text


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list. `rows`: SHOWN of the selections. `total`: all that match."""

    rows: pl.DataFrame
    total: int


def worklist(
    user: User, wanted: Wanted, *, order: str, descending: bool, page: int = 1, size: int = 50
) -> Found:
    """One page of the declarations that match. Raises Denied, KeyError for an unknown order."""
    rows = matching(user, wanted)
    by = [ORDERS[order].alias("order"), "expected_value", "declaration_id"]
    narrow = rows.select("declaration_id", "declaration_date", *by[:2])
    keys = narrow.sort(
        ["order", "expected_value", "declaration_id"],
        descending=[descending, True, False],
        nulls_last=True,
    ).slice((page - 1) * size, size)
    chosen, counted = pl.collect_all([keys, rows.select(pl.len())])
    shown = _in_full(chosen.select("declaration_id", "declaration_date"))
    return Found(veiled(shown, hidden(user, "profile")), counted.item())


def matching(user: User, wanted: Wanted) -> pl.LazyFrame:
    """Selections in force that match, unordered. Raises Denied."""
    check(user, "targeting.read")
    store, scope = lake(), user.scope()
    if wanted.text:
        named = store.current(SELECTIONS, pl.col("declaration_id") == wanted.text)
        found = named.filter(scope.frame()).collect()
        if found.height:
            return found.lazy()
    window = within(wanted.since, wanted.until)
    rows = store.current(SELECTIONS, window).filter(scope.frame(), *_conditions(wanted))
    if wanted.profile and wanted.profile in hidden(user, "profile"):
        return rows.filter(pl.lit(value=False))
    if wanted.hs or wanted.origin or wanted.profile:
        rows = rows.join(_by_item(store, scope, wanted).lazy(), on="declaration_id", how="semi")
    if wanted.text:
        rows = rows.filter(_by_text(user, wanted))
    return rows


def _conditions(wanted: Wanted) -> list[pl.Expr]:
    conditions = [pl.col("selected_by") != CANCELLED]
    conditions += [
        pl.col(column) == value
        for column, value in (
            ("office", wanted.office),
            ("lane", wanted.lane),
            ("importer", wanted.importer),
            ("risk_area", wanted.area),
        )
        if value
    ]
    if wanted.step:
        step = pl.col("selected_by")
        conditions.append((step == wanted.step) | step.str.starts_with(f"{wanted.step}:"))
    if wanted.importer and not wanted.persons:
        conditions.append(pl.lit(value=False))
    if wanted.least is not None:
        conditions.append(pl.col("expected_value") >= wanted.least)
    return conditions


def _by_item(store: Lake, scope: OfficeScope, wanted: Wanted) -> pl.DataFrame:
    """Declarations with an item that has all that is wanted of one."""
    conditions = []
    if wanted.hs:
        conditions.append(pl.col("hs").str.starts_with(wanted.hs))
    if wanted.origin:
        conditions.append(pl.col("origin") == wanted.origin)
    if wanted.profile:
        conditions.append(pl.col("profiles").list.contains(wanted.profile))
    items = store.current(ASSESSMENTS, within(wanted.since, wanted.until))
    return items.filter(scope.frame(), *conditions).select("declaration_id").unique().collect()


def _by_text(user: User, wanted: Wanted) -> pl.Expr:
    """Declarations whose number begins so; if persons, importers whose code does or whose name contains
    the text, too, and masked ones by their whole code or name."""
    text = wanted.text
    found = pl.col("declaration_id").str.starts_with(text)
    if not wanted.persons:
        return found
    names = pl.col("importer_name").str.to_lowercase().str.contains(text.lower(), literal=True)
    found |= pl.col("importer").str.starts_with(text) | names
    for field in ("importer", "importer_name"):
        if token := linked(user, SELECTIONS.name, field, text):
            found |= pl.col(field) == token
    return found


def _in_full(keys: pl.DataFrame) -> pl.DataFrame:
    """Everything shown about the declarations of a page, in the order of `keys`, which the officer
    may see."""
    dates, ids = keys["declaration_date"], keys["declaration_id"]
    window = within(dates.min(), dates.max()) if keys.height else pl.lit(value=False)
    named = window & pl.col("declaration_id").is_in(ids.implode())
    # All facts about fifty declarations are few: the latest are picked here, not searched for there.
    facts = lake().scan(SELECTIONS).filter(named).select(SHOWN).collect()
    latest = facts.sort("version").unique("key", keep="last")
    return keys.select("declaration_id").join(
        latest, on="declaration_id", how="left", maintain_order="left"
    )


def default_window(user: User) -> tuple[date, date] | None:
    """The last days with anything in the officer's offices; None if there is nothing at all."""
    check(user, "targeting.read")
    store = lake()
    last = _last_day(user.scope(), (store.root, store.version(SELECTIONS)))
    return None if last is None else (last - timedelta(days=DAYS - 1), last)


@lru_cache(maxsize=256)
def _last_day(scope: OfficeScope, _state: tuple[object, ...]) -> date | None:
    """`_state`: which lake and version the answer is about."""
    days = lake().scan(SELECTIONS).filter(scope.frame()).select(pl.col("declaration_date").max())
    last: date | None = days.collect().item()
    return last
