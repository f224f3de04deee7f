"""Propose, approve, return, withdraw, expire. Each in one transaction with what the desk does.

Decisions take turns (`take_turns`): a decision locks first its turn, then what the desk locks. So two
approvers at once are told apart, and none waits for the other in a circle. An action of a desk that
locks its own rows and then calls `approve`, `return_`, `withdraw` or `lapse` takes its turn first.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.foureyes.models import Concerned, Proposal
from tidewaiter.platform.foureyes.policies import check_decides
from tidewaiter.platform.foureyes.registry import KINDS, Change, Kind
from tidewaiter.platform.handling import OPEN
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps

State = Proposal.State
log = structlog.get_logger()
# Any constant that no other advisory lock uses: "4eyes" in ASCII.
TURN = 0x3465796573


def propose(  # noqa: PLR0913  by name, and nearly all of them may be left out
    actor: User,
    kind: str,
    subject: str,
    *,
    offices: Collection[str] = (),
    reason: str = "",
    details: dict[str, Any] | None = None,
    handling: int = OPEN,
    authors: Iterable[User] = (),
    expires_at: datetime | None = None,
) -> Proposal:
    """Hand an action to a second officer. The caller has checked who may propose it, and what.

    kind: as registered. subject: what it is about, as officers read it; of one kind, one waits at a
    time. offices: those that it concerns; none: it is of all offices. details: what the desk needs to
    find it, or all that is proposed. handling: level of what it is about. authors: who else wrote it.
    Raises ValidationError.
    """
    registered = KINDS[kind]
    now = timezone.now()
    days = settings.PROPOSAL_DAYS if registered.days is None else registered.days
    made = Proposal(
        kind=kind,
        subject=subject,
        details=details or {},
        handling=handling,
        reason=reason.strip(),
        proposed_by=actor,
        proposed_at=now,
        expires_at=expires_at or now + timedelta(days=days),
    )
    made.digest = digest_of(made)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise ValidationError(_("Another proposal for it waits already.")) from None
    made.authors.set({actor, *authors})
    Concerned.objects.bulk_create(Concerned(proposal=made, office=code) for code in set(offices))
    if not registered.own_entries:
        _record(actor, "proposal.propose", made, reason=made.reason, digest=made.digest)
    return made


def digest_of(proposal: Proposal) -> str:
    """SHA-256 of what is proposed, as it stands now."""
    return hashlib.sha256(canonical({"content": proposal.registered.content(proposal)})).hexdigest()


def difference_of(proposal: Proposal) -> Sequence[Change]:
    """What it changes, as things stand now; nothing of a kind that is not known any more."""
    kind = KINDS.get(proposal.kind)
    return kind.difference(proposal) if kind else ()


def waiting(kind: str, subject: str) -> Proposal | None:
    """The proposal of this kind that waits for a decision, or is overdue."""
    return Proposal.objects.filter(kind=kind, subject=subject, state=State.WAITING).first()


def approve(actor: User, number: int, *, remark: str = "") -> Proposal:
    """Do what was proposed. Raises Denied (which says why), ValidationError, DoesNotExist."""
    with transaction.atomic():
        proposal, kind = _open(actor, number)
        if digest_of(proposal) != proposal.digest:
            raise ValidationError(
                _("What was proposed has changed since: return it, and have it proposed anew.")
            )
        _decide(proposal, State.APPROVED, remark, actor)
        kind.approve(actor, proposal)
        if not kind.own_entries:
            _record(actor, "proposal.approve", proposal, reason=proposal.remark)
    if kind.after:
        kind.after(proposal)
    return proposal


@transaction.atomic
def return_(actor: User, number: int, *, remark: str) -> Proposal:
    """Give it back, with what is wrong with it. Raises Denied (which says why), ValidationError,
    DoesNotExist."""
    proposal, kind = _open(actor, number)
    if not remark.strip():
        raise ValidationError({"remark": _("Say why.")})
    _decide(proposal, State.RETURNED, remark, actor)
    kind.give_back(actor, proposal)
    if not kind.own_entries:
        _record(actor, "proposal.return", proposal, reason=proposal.remark)
    return proposal


@transaction.atomic
def withdraw(actor: User, number: int) -> Proposal:
    """Take back one's own. Raises Denied (which says why), ValidationError, DoesNotExist."""
    take_turns()
    proposal = _waiting(number)
    kind = proposal.registered
    if proposal.proposed_by_id != actor.pk:
        raise Denied("proposals.read", _("Only who proposed it can withdraw it."))
    _decide(proposal, State.WITHDRAWN, "")
    kind.give_back(actor, proposal)
    if not kind.own_entries:
        _record(actor, "proposal.withdraw", proposal)
    return proposal


@transaction.atomic
def lapse(actor: User, kind: str, subject: str, why: str) -> None:
    """Close what waits there, if anything: what it was about came to an end in another way."""
    take_turns()
    proposal = waiting(kind, subject)
    if proposal:
        _decide(proposal, State.EXPIRED, why)
        _record(actor, "proposal.lapse", proposal, reason=why)


def expire_overdue(actor: User, steps: Steps) -> int:
    """Hand those back that nobody decided in time; how many. One that cannot be handed back does not stop
    the others: it cannot be approved any more, and the next run tries again."""
    overdue = Proposal.objects.filter(state=State.WAITING, expires_at__lte=timezone.now())
    numbers = list(overdue.order_by("pk").values_list("pk", flat=True))
    done = 0
    for at, number in enumerate(numbers, 1):
        steps.check()
        try:
            _expire(actor, number)
            done += 1
        except ValidationError as error:
            log.warning("proposal_not_handed_back", number=number, error=str(error))
        steps.update(at, len(numbers))
    return done


@transaction.atomic
def _expire(actor: User, number: int) -> None:
    take_turns()
    proposal = _waiting(number)
    _decide(proposal, State.EXPIRED, "")
    if kind := KINDS.get(proposal.kind):  # a later release may not know it any more
        kind.give_back(actor, proposal)
    _record(actor, "proposal.expire", proposal)


def take_turns() -> None:
    """Keep other decisions waiting until this transaction ends.

    SQLite needs nothing: its transactions are IMMEDIATE and so exclude each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def _open(actor: User, number: int) -> tuple[Proposal, Kind]:
    """A proposal that waits and that the actor may decide, in its turn."""
    take_turns()
    proposal = _waiting(number)
    if not proposal.waits:
        raise ValidationError(_("Nobody decided in time: it has to be proposed anew."))
    check_decides(actor, proposal)
    return proposal, proposal.registered


def _waiting(number: int) -> Proposal:
    proposal = Proposal.objects.select_for_update().get(pk=number)
    if proposal.state != State.WAITING:
        raise ValidationError(
            _("It is %(state)s by now.") % {"state": proposal.get_state_display()}
        )
    return proposal


def _decide(proposal: Proposal, state: State, remark: str, by: User | None = None) -> None:
    proposal.state, proposal.remark = state, remark.strip()
    proposal.decided_by, proposal.decided_at = by, timezone.now()
    proposal.shown = [[one.what, one.before, one.after] for one in difference_of(proposal)]
    proposal.save(update_fields=["state", "remark", "decided_by", "decided_at", "shown"])


def _record(actor: User, verb: str, proposal: Proposal, **detail: Any) -> None:
    offices = [one.office for one in proposal.offices.all()]
    record(
        actor, verb, proposal.subject, office=offices[0] if len(offices) == 1 else "",
        kind=proposal.kind, proposal=proposal.pk, proposer=proposal.proposed_by.username, **detail,
    )  # fmt: skip
