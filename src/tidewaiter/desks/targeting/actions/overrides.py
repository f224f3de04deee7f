"""Another lane for a declaration: proposed by one officer, decided by a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from tidewaiter.desks.control.actions import raise_orders
from tidewaiter.desks.targeting.actions.policy import current_policy
from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.models import Override
from tidewaiter.engine.records import OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.selection import BY_CHANCE, GREEN, LANES
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

OVERRIDE = "override"


class OverrideRefused(ValueError):
    """The override cannot be; the message says why, in the officer's language."""


def propose_override(actor: User, declaration_id: str, *, lane: str, reason: str) -> Override:
    """Raises Denied, OverrideRefused."""
    check(actor, "targeting.override_propose")
    selection = _selection(actor, declaration_id)
    _possible(selection, lane, reason)
    try:
        with transaction.atomic():
            override = Override.objects.create(
                declaration_id=declaration_id,
                declaration_date=selection["declaration_date"],
                office=selection["office"] or "",
                lane_before=selection["lane"],
                selected_before=selection["selected_by"],
                lane=lane,
                reason=reason.strip(),
                proposed_by=actor,
            )
            _record(actor, "override.propose", override, reason=override.reason)
    except IntegrityError:
        raise OverrideRefused(gettext("Another proposal for it waits already.")) from None
    return override


def _selection(actor: User, declaration_id: str) -> dict[str, Any]:
    """The selection in force of a declaration the officer may see, not controlled yet."""
    named = pl.col("declaration_id") == declaration_id
    found = lake().current(SELECTIONS, named).filter(actor.scope().frame()).collect()
    if found.is_empty():
        raise OverrideRefused(gettext("There is no selected declaration of this number."))
    if lake().scan(OUTCOMES).filter(named).select(pl.len()).collect().item():
        raise OverrideRefused(gettext("It has been controlled already: the result stands."))
    return found.row(0, named=True)


def _possible(selection: dict[str, Any], lane: str, reason: str) -> None:
    if lane not in LANES or lane == selection["lane"]:
        raise OverrideRefused(gettext("Choose a lane other than the present one."))
    if len(reason.strip()) < 10:
        raise OverrideRefused(gettext("Say why, in a sentence: the second officer reads it."))
    weaker = LANES.index(lane) > LANES.index(selection["lane"])
    if weaker and selection["selected_by"].startswith(BY_CHANCE):
        raise OverrideRefused(
            gettext(
                "It was picked by chance: dropping such picks would make the measurement untrue."
            )
        )


def approve_override(actor: User, override_id: int, *, remark: str = "") -> Override:
    """Decide for it and carry it out. Raises Denied, OverrideRefused, Override.DoesNotExist."""
    with transaction.atomic():
        override = _open(actor, override_id)
        selection = _selection(actor, override.declaration_id)
        if (selection["lane"], selection["selected_by"]) != (
            override.lane_before,
            override.selected_before,
        ):
            raise OverrideRefused(
                gettext("It was selected anew since: refuse this proposal and judge afresh.")
            )
        _decide(actor, override, Override.State.APPROVED, remark)
        _record(actor, "override.approve", override, remark=remark)
    apply_override(override)
    return override


def refuse_override(actor: User, override_id: int, *, remark: str) -> Override:
    """Decide against it. Raises Denied, OverrideRefused, Override.DoesNotExist."""
    if not remark.strip():
        raise OverrideRefused(gettext("Say why it is refused."))
    with transaction.atomic():
        override = _open(actor, override_id)
        _decide(actor, override, Override.State.REFUSED, remark)
        _record(actor, "override.refuse", override, remark=remark)
    return override


def withdraw_override(actor: User, override_id: int) -> Override:
    """The proposer takes it back. Raises Denied, OverrideRefused, Override.DoesNotExist."""
    check(actor, "targeting.override_propose")
    with transaction.atomic():
        held = Override.objects.select_for_update().filter(actor.scope().rows())
        override = held.get(pk=override_id, proposed_by=actor)
        if override.state != Override.State.PROPOSED:
            raise OverrideRefused(gettext("It has been decided already."))
        _decide(actor, override, Override.State.WITHDRAWN, "")
        _record(actor, "override.withdraw", override)
    return override


def _open(actor: User, override_id: int) -> Override:
    """An undecided proposal of another officer, locked."""
    check(actor, "targeting.override_approve")
    held = Override.objects.select_for_update().filter(actor.scope().rows())
    override = held.get(pk=override_id)
    if override.state != Override.State.PROPOSED:
        raise OverrideRefused(gettext("It has been decided already."))
    if override.proposed_by_id == actor.pk:
        raise OverrideRefused(gettext("A second officer decides, not the one who proposed."))
    return override


def _decide(actor: User, override: Override, state: Override.State, remark: str) -> None:
    override.state, override.remark = state, remark.strip()
    override.decided_by, override.decided_at = actor, timezone.now()
    override.save()


def _record(actor: User, verb: str, override: Override, **detail: Any) -> None:
    record(
        actor, verb, f"declaration:{override.declaration_id}", office=override.office,
        lane=override.lane, before=override.lane_before, **detail,
    )  # fmt: skip


def apply_override(override: Override) -> None:
    """Write the approved lane into the lake and raise or withdraw orders. Repeating is harmless."""
    named = pl.col("declaration_id") == override.declaration_id
    with only_one("selections"):
        known = lake().current(SELECTIONS, named).collect()
        lake().append(SELECTIONS, [_fact(override, known)], cause=f"override:{override.pk}")
        profiles = active_profile_set(override.declaration_date).profiles
        raise_orders(
            override.decided_by,
            lake().current(SELECTIONS, named).collect(),
            policy=current_policy(),
            instructions={one.code: one.instructions for one in profiles if one.instructions},
        )
    override.applied_at = timezone.now()
    override.save(update_fields=["applied_at"])


def _fact(override: Override, known: pl.DataFrame) -> pl.DataFrame:
    policy = current_policy()
    controls = [rule.control for rule in policy.lanes if rule.lane == override.lane]
    return known.with_columns(
        version=pl.col("version") + 1,
        lane=pl.lit(override.lane),
        controls=pl.lit(controls, pl.List(pl.String)),
        selected_by=pl.lit(OVERRIDE),
        selection_probability=pl.lit(0.0 if override.lane == GREEN else 1.0),
        run_id=pl.lit(f"override:{override.pk}"),
        selected_at=pl.lit(override.decided_at),
        policy=pl.lit(policy.version),
    )


def settle_overrides() -> int:
    """Carry out what was approved when its process was killed; the number of overrides."""
    waiting = list(Override.objects.filter(state=Override.State.APPROVED, applied_at=None))
    for override in waiting:
        apply_override(override)
    return len(waiting)
