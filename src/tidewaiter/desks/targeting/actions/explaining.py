"""Why a declaration was assessed as it was: said in words, and computed again to the bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter.desks.targeting.actions.pinning import pinned
from tidewaiter.desks.targeting.models import Pins
from tidewaiter.desks.targeting.words import Words
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk import veil
from tidewaiter.engine.risk.assess import assess
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tidewaiter.engine.risk.pins import Pinned
    from tidewaiter.platform.accounts.models import User

# Everything of an assessment but when it was made.
COMPARED = [name for name in ASSESSMENTS.incoming.names() if name != "assessed_at"]


@dataclass(frozen=True, slots=True)
class ExplainedItem:
    """`agrees` is missing where it cannot be told: what it was computed from is masked, `masked_at`."""

    item_no: int
    score: float
    expected_value: float
    profiles: list[str]
    not_evaluable: list[str]
    reasons: list[str]
    pins: str
    agrees: bool | None
    masked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PastAssessment:
    """One that a later one has superseded."""

    item_no: int
    version: int
    assessed_at: datetime
    score: float
    expected_value: float
    pins: str
    agrees: bool | None
    masked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Explained:
    """`agrees`: nothing that can be computed again came out differently. `masked_at`: since when some
    of it cannot."""

    declaration_id: str
    lane: str | None
    selected_by: str | None
    selection_probability: float | None
    policy: str | None
    items: list[ExplainedItem]
    past: list[PastAssessment]
    agrees: bool
    masked_at: datetime | None


def explain_declaration(
    actor: User, declaration_id: str, gettext: Callable[[str], str] = str
) -> Explained | None:
    """Read and recompute the assessments in force, and those that they superseded; None if there
    is none that the actor may see. Raises Denied.
    """
    check(actor, "targeting.read")
    named = (pl.col("declaration_id") == declaration_id) & actor.scope().frame()
    stored = lake().current(ASSESSMENTS, named).collect().sort("item_no")
    if stored.is_empty():
        return None
    unread = hidden(actor, "profile")
    shown = veil.veiled(stored, unread).iter_rows(named=True)
    items = [
        _item(row, gettext, agrees=agrees, masked_at=masked_at)
        for row, (agrees, masked_at) in zip(shown, _judged(stored), strict=True)
    ]
    past = _past(lake().scan(ASSESSMENTS).filter(named).collect(), stored)
    selection = lake().current(SELECTIONS, named).collect()
    lane = selection.row(0, named=True) if selection.height else {}
    record(
        actor, "declaration.explain", f"declaration:{declaration_id}",
        office=stored["office"][0] or "",
    )  # fmt: skip
    return Explained(
        declaration_id=declaration_id,
        lane=lane.get("lane"),
        selected_by=veil.step(lane.get("selected_by"), unread),
        selection_probability=lane.get("selection_probability"),
        policy=lane.get("policy"),
        items=items,
        past=past,
        agrees=all(one.agrees is not False for one in (*items, *past)),
        masked_at=max((one.masked_at for one in (*items, *past) if one.masked_at), default=None),
    )


def _judged(stored: pl.DataFrame) -> Iterator[tuple[bool | None, datetime | None]]:
    """Of each assessment, whether it agrees, and since when that cannot be told."""
    for agrees, masked_at in zip(agreeing(stored), masked_since(stored), strict=True):
        yield None if masked_at else agrees, masked_at


def masked_since(stored: pl.DataFrame) -> list[datetime | None]:
    """Of each assessment, since when it, or the declared item that it is about, is masked."""
    ids = stored["declaration_id"].unique().implode()
    declared = (
        lake()
        .scan(DECLARATIONS)
        .filter(pl.col("declaration_id").is_in(ids), pl.col("masked_at").is_not_null())
    )
    since = declared.select("key", declaration_version="version", declared_at="masked_at").collect()
    joined = stored.select("key", "declaration_version", "masked_at").join(
        since, on=["key", "declaration_version"], how="left", maintain_order="left"
    )
    return joined.select(pl.max_horizontal("masked_at", "declared_at")).to_series().to_list()


def _past(ever: pl.DataFrame, stored: pl.DataFrame) -> list[PastAssessment]:
    superseded = ever.join(stored, on=["key", "version"], how="anti").sort("item_no", "version")
    return [
        PastAssessment(
            item_no=row["item_no"], version=row["version"], assessed_at=row["assessed_at"],
            score=row["score"], expected_value=row["expected_value"], pins=row["run_id"],
            agrees=agrees, masked_at=masked_at,
        )
        for row, (agrees, masked_at) in zip(
            superseded.iter_rows(named=True), _judged(superseded), strict=True
        )
    ]  # fmt: skip


def agreeing(stored: pl.DataFrame) -> list[bool]:
    """Of each assessment (ASSESSMENTS columns), whether computing it again gives the same bits."""
    again = recomputed(stored)
    number = pl.int_range(pl.len())
    both = stored.select(number=number, was=pl.struct(COMPARED)).join(
        again.select(number=number, now=pl.struct(COMPARED)), on="number", maintain_order="left"
    )
    return both.select(pl.col("was").eq_missing(pl.col("now"))).to_series().to_list()


def recomputed(stored: pl.DataFrame) -> pl.DataFrame:
    """The same assessments computed anew from the declared items and the pinned versions, in the
    same order; what cannot be computed is missing."""
    ids = stored["declaration_id"].unique().implode()
    declared = lake().scan(DECLARATIONS).filter(pl.col("declaration_id").is_in(ids)).collect()
    named = ("declaration_id", "item_no", "declaration_version", "run_id")
    parts = []
    for (digest,), rows in stored.partition_by("run_id", as_dict=True).items():
        pins = pins_of(digest)
        if pins is None:
            continue
        items = declared.join(
            rows.select("key", version="declaration_version"), on=["key", "version"], how="semi"
        )
        parts.append(
            assess(
                items, profiles=pins.profiles, lists=pins.lists, baselines=pins.baselines,
                model=pins.model, currency=pins.currency, run_id=digest, at=rows["assessed_at"][0],
            )
        )  # fmt: skip
    return stored.select(named).join(
        pl.concat([ASSESSMENTS.empty().select(ASSESSMENTS.incoming.names()), *parts]),
        on=named,
        how="left",
        maintain_order="left",
    )


def pins_of(digest: str) -> Pinned | None:
    """What an assessment used; None if any of it is gone, so that it cannot be computed again."""
    try:
        return pinned(digest)
    except (Pins.DoesNotExist, FileNotFoundError):
        return None


def _item(
    row: dict[str, Any],
    gettext: Callable[[str], str],
    *,
    agrees: bool | None,
    masked_at: datetime | None,
) -> ExplainedItem:
    pins = pins_of(row["run_id"])
    words = Words(pins.profiles.profiles if pins else (), gettext)
    return ExplainedItem(
        item_no=row["item_no"],
        score=row["score"],
        expected_value=row["expected_value"],
        profiles=row["profiles"] or [],
        not_evaluable=row["not_evaluable"] or [],
        reasons=words.of(row["reasons"]),
        pins=row["run_id"],
        agrees=agrees,
        masked_at=masked_at,
    )
