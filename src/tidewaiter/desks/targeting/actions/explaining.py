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
    from collections.abc import Callable
    from datetime import datetime

    from tidewaiter.engine.risk.pins import Pinned
    from tidewaiter.platform.accounts.models import User

# Everything of an assessment but when it was made.
COMPARED = [name for name in ASSESSMENTS.incoming.names() if name != "assessed_at"]


@dataclass(frozen=True, slots=True)
class ExplainedItem:
    item_no: int
    score: float
    expected_value: float
    profiles: list[str]
    not_evaluable: list[str]
    reasons: list[str]
    pins: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class PastAssessment:
    """One that a later one has superseded."""

    item_no: int
    version: int
    assessed_at: datetime
    score: float
    expected_value: float
    pins: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Explained:
    declaration_id: str
    lane: str | None
    selected_by: str | None
    selection_probability: float | None
    policy: str | None
    items: list[ExplainedItem]
    past: list[PastAssessment]
    agrees: bool


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
        _item(row, gettext, agrees=agrees)
        for row, agrees in zip(shown, agreeing(stored), strict=True)
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
        agrees=all(one.agrees for one in (*items, *past)),
    )


def _past(ever: pl.DataFrame, stored: pl.DataFrame) -> list[PastAssessment]:
    superseded = ever.join(stored, on=["key", "version"], how="anti").sort("item_no", "version")
    return [
        PastAssessment(
            item_no=row["item_no"], version=row["version"], assessed_at=row["assessed_at"],
            score=row["score"], expected_value=row["expected_value"], pins=row["run_id"],
            agrees=agrees,
        )
        for row, agrees in zip(superseded.iter_rows(named=True), agreeing(superseded), strict=True)
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


def _item(row: dict[str, Any], gettext: Callable[[str], str], *, agrees: bool) -> ExplainedItem:
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
    )
