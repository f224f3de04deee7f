"""Another lane for a declaration: proposed by one officer, decided by a second (`platform/foureyes`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from tidewaiter.desks.control.actions import raise_orders
from tidewaiter.desks.targeting.actions.policy import current_policy
from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.models import Override
from tidewaiter.engine.records import OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.selection import BY_CHANCE, GREEN, LANES
from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.platform.accounts.models import User

OVERRIDE = "override"
LANE = "override.lane"
State = Override.State


class OverrideRefused(ValidationError):
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
            foureyes.propose(
                actor,
                LANE,
                declaration_id,
                offices=[override.office] if override.office else (),
                reason=override.reason,
                details={"override": override.pk},
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
    number = _waiting(actor, override_id).pk
    _decided(lambda: foureyes.approve(actor, number, remark=remark))
    return Override.objects.get(pk=override_id)


def refuse_override(actor: User, override_id: int, *, remark: str) -> Override:
    """Decide against it. Raises Denied, OverrideRefused, Override.DoesNotExist."""
    if not remark.strip():
        raise OverrideRefused(gettext("Say why it is refused."))
    number = _waiting(actor, override_id).pk
    _decided(lambda: foureyes.return_(actor, number, remark=remark))
    return Override.objects.get(pk=override_id)


def withdraw_override(actor: User, override_id: int) -> Override:
    """The proposer takes it back. Raises Denied, OverrideRefused, Override.DoesNotExist."""
    check(actor, "targeting.override_propose")
    own = Override.objects.filter(actor.scope().rows(), proposed_by=actor)
    number = _proposal_of(own.get(pk=override_id)).pk
    _decided(lambda: foureyes.withdraw(actor, number))
    return Override.objects.get(pk=override_id)


def _waiting(actor: User, override_id: int) -> Proposal:
    check(actor, "targeting.override_approve")
    return _proposal_of(Override.objects.filter(actor.scope().rows()).get(pk=override_id))


def proposal_of(override: Override) -> Proposal | None:
    """What waits for a second officer about an override."""
    found = foureyes.waiting(LANE, override.declaration_id)
    return found if found and found.details["override"] == override.pk else None


def _proposal_of(override: Override) -> Proposal:
    found = proposal_of(override)
    if found is None:
        raise OverrideRefused(gettext("It has been decided already."))
    return found


def _decided(decide: Callable[[], object]) -> None:
    """Who is no second officer stays on the page of the declaration, and reads why."""
    try:
        decide()
    except Denied as denied:
        raise OverrideRefused(denied.why) from None


def override_of(proposal: Proposal) -> Override:
    """What a proposal is about. Raises Override.DoesNotExist."""
    return Override.objects.get(pk=proposal.details["override"])


def approve_lane(actor: User, proposal: Proposal) -> None:
    """If the selection is still the one that was to be overridden."""
    override = override_of(proposal)
    selection = _selection(actor, override.declaration_id)
    before = (override.lane_before, override.selected_before)
    if (selection["lane"], selection["selected_by"]) != before:
        raise OverrideRefused(
            gettext("It was selected anew since: refuse this proposal and judge afresh.")
        )
    _decide(actor, override, State.APPROVED, proposal)
    _record(actor, "override.approve", override, remark=proposal.remark)


def give_back_lane(actor: User, proposal: Proposal) -> None:
    override = override_of(proposal)
    match proposal.state:
        case Proposal.State.RETURNED:
            _decide(actor, override, State.REFUSED, proposal)
            _record(actor, "override.refuse", override, remark=proposal.remark)
        case Proposal.State.WITHDRAWN:
            _decide(actor, override, State.WITHDRAWN, proposal)
            _record(actor, "override.withdraw", override)
        case _:  # nobody decided in time; the ledger has its entry
            _decide(None, override, State.WITHDRAWN, proposal)


def apply_lane(proposal: Proposal) -> None:
    """What follows an approval; the job `targeting.overrides` repeats what was left undone."""
    apply_override(override_of(proposal))


def _decide(
    actor: User | None, override: Override, state: Override.State, proposal: Proposal
) -> None:
    override.state, override.remark = state, proposal.remark
    override.decided_by, override.decided_at = actor, proposal.decided_at
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
