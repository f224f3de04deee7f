"""One declaration: what was declared in all its versions, how it was judged, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter.desks.targeting.models import Override, Pins
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.veil import veiled
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import datetime

    from tidewaiter.platform.accounts.models import User

HEADER = tuple(
    field.name
    for field in DECLARATIONS.fields
    if DECLARATIONS.fields.index(field) < DECLARATIONS.fields.index(DECLARATIONS.field("hs"))
    and field.name not in ("item_no", "function")
)


@dataclass(frozen=True, slots=True)
class Version:
    """What one message changed: its items, and header fields that differ from before."""

    received_at: datetime
    message_id: int
    function: str
    items: list[int]
    changed: list[tuple[str, Any, Any]]


@dataclass(frozen=True)
class Declaration:
    """`facts`: all facts declared about it; the other frames hold the facts in force, `selected`
    all there ever were, oldest first."""

    declaration_id: str
    facts: pl.DataFrame
    assessed: pl.DataFrame
    selected: pl.DataFrame
    outcomes: pl.DataFrame

    @cached_property
    def items(self) -> pl.DataFrame:
        """The items in force, by number."""
        return _latest(self.facts).sort("item_no")

    @cached_property
    def header(self) -> dict[str, Any]:
        """The header as the newest fact has it."""
        newest = self.facts.sort("received_at", "version").tail(1)
        return newest.select(HEADER).row(0, named=True)

    @cached_property
    def cancelled(self) -> bool:
        return bool((self.items["function"] == "cancellation").all())

    @cached_property
    def selection(self) -> dict[str, Any] | None:
        return self.selected.row(-1, named=True) if self.selected.height else None

    @cached_property
    def versions(self) -> list[Version]:
        """One entry a message that said something about it, oldest first."""
        found: list[Version] = []
        before: dict[str, Any] | None = None
        for rows in self.facts.sort("received_at", "message_id").partition_by("message_id"):
            header = rows.select(HEADER).row(0, named=True)
            changed = [
                (name, before[name], value)
                for name, value in header.items()
                if before is not None and before[name] != value
            ]
            first = rows.row(0, named=True)
            found.append(
                Version(
                    first["received_at"], first["message_id"], first["function"] or "original",
                    sorted(rows["item_no"].to_list()), changed,
                )
            )  # fmt: skip
            before = header
        return found

    @cached_property
    def pins(self) -> list[Pins]:
        """The versions that the assessments in force used."""
        return list(Pins.objects.filter(digest__in=self.assessed["run_id"].unique().to_list()))


def declaration(user: User, declaration_id: str) -> Declaration | None:
    """The declaration, None if there is none that the officer may see. Raises Denied.

    Whoever may see the office it lies with now sees all of it.
    """
    check(user, "targeting.read")
    store, named = lake(), pl.col("declaration_id") == declaration_id
    facts, assessed, selected, outcomes = pl.collect_all(
        [
            store.scan(stream).filter(named)
            for stream in (DECLARATIONS, ASSESSMENTS, SELECTIONS, OUTCOMES)
        ]
    )
    if facts.is_empty():
        return None
    unread = hidden(user, "profile")
    found = Declaration(
        declaration_id=declaration_id,
        facts=facts,
        assessed=veiled(_latest(assessed).sort("item_no"), unread),
        selected=veiled(selected.sort("version"), unread),
        outcomes=_latest(outcomes).sort("known_on", "item_no"),
    )
    return found if user.scope().allows(found.header["office"]) else None


def _latest(facts: pl.DataFrame) -> pl.DataFrame:
    return facts.sort("version").unique("key", keep="last", maintain_order=True)


def overrides_of(user: User, declaration_id: str) -> list[Override]:
    """Proposals about a declaration, newest first. Raises Denied."""
    check(user, "targeting.read")
    rows = Override.objects.filter(user.scope().rows(), declaration_id=declaration_id)
    return list(rows.select_related("proposed_by", "decided_by"))
