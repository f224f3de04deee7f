"""Named lists: values come in at once, and leave only when a second officer agrees."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.keeping import keep, kept
from tidewaiter.desks.targeting.models import ListValue, ListVersion, RiskList
from tidewaiter.engine.risk.lists import ListEntry, ListFileError, NamedLists, read_list
from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.handling import OPEN
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from tidewaiter.desks.targeting.models.lists import ListValueRows
    from tidewaiter.platform.accounts.models import User

REMOVAL = "list.removal"
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_held: dict[tuple[object, ...], NamedLists] = {}


@dataclass(frozen=True, slots=True)
class ListImport:
    """What an import of one list did. `kept_longer`: values whose stay the file would shorten."""

    name: str
    added: int
    unchanged: int
    kept_longer: list[str] = field(default_factory=list)
    problem: str = ""


def current_lists(day: date | None = None) -> NamedLists:
    """All lists with their members of a day (today), kept under their version for replay."""
    day = day or timezone.localdate()
    state = ListVersion.objects.aggregate(Count("pk"), Max("pk"))
    names = RiskList.objects.count()
    token = (str(settings.HOME), day, names, *state.values())
    lists = _held.get(token)
    if lists is None:
        members: dict[str, list[str]] = {name: [] for name in _names()}
        rows = ListValue.objects.on(day).order_by()
        for name, value in rows.values_list("risk_list__name", "value"):
            members[name].append(value)
        lists = NamedLists(members)
        _held.clear()
        _held[token] = lists
    keep("lists", lists.version, lists.to_json)
    return lists


def lists_for(user: User) -> NamedLists:
    """Those that the officer may name in a condition: who could try a list he may not read on the
    past would learn its values."""
    every, unread = current_lists(), hidden_lists(user)
    if not unread:
        return every
    return NamedLists({name: every[name] for name in every if name not in unread})


def hidden_lists(user: User) -> frozenset[str]:
    seen = RiskList.objects.visible_to(user)
    return frozenset(RiskList.objects.exclude(pk__in=seen).values_list("name", flat=True))


def load_lists(version: str) -> NamedLists:
    """Lists as they were used. Raises FileNotFoundError; ValueError if the file was altered."""
    lists = NamedLists.from_json(kept("lists", version))
    if lists.version != version:
        raise ValueError(f"the lists kept as {version} are not those: the file was altered")
    return lists


def _names() -> list[str]:
    return list(RiskList.objects.values_list("name", flat=True))


@transaction.atomic
def create_list(actor: User, *, name: str, title: str = "", handling: int = OPEN) -> RiskList:
    """`handling`: the level of its handling code, at most the actor's clearance. Raises Denied,
    ValidationError."""
    check(actor, "lists.write")
    if not OPEN <= handling <= actor.clearance:
        raise Denied("lists.write")
    if not NAME.fullmatch(name):
        message = _("Use small letters, digits and underscores, beginning with a letter.")
        raise ValidationError({"name": message})
    if RiskList.objects.filter(name=name).exists():
        raise ValidationError({"name": _("There is a list of this name already.")})
    made = RiskList.objects.create(name=name, title=title.strip(), handling=handling)
    record(actor, "list.create", name)
    return made


@transaction.atomic
def add_values(
    actor: User, risk_list: RiskList, entries: Iterable[ListEntry], *, cause: str = ""
) -> ListImport:
    """Add values, or lengthen the stay of those that are there.

    A value whose stay would become shorter is left as it is: that is a removal. Raises Denied.
    """
    check(actor, "lists.write")
    risk_list = RiskList.objects.select_for_update().get(pk=risk_list.pk)
    if risk_list.handling > actor.clearance:
        raise Denied("lists.write")
    present = {row.value: row for row in risk_list.values.in_force()}
    fresh: dict[str, ListEntry] = {}
    replaced: list[ListValue] = []
    shorter: list[str] = []
    unchanged = 0
    for entry in entries:
        row = present.get(entry.value)
        if row is None:
            fresh[entry.value] = entry
        elif row.as_entry == entry:
            unchanged += 1
        elif _longer(entry, row):
            replaced.append(row)
            fresh[entry.value] = entry
        else:
            shorter.append(entry.value)
    _close(replaced, actor)
    ListValue.objects.bulk_create(
        [
            ListValue(
                risk_list=risk_list, value=e.value, valid_from=e.valid_from, valid_to=e.valid_to,
                note=e.note[:500], added_by=actor,
            )
            for e in fresh.values()
        ],
        batch_size=5_000,
    )  # fmt: skip
    if fresh:
        _new_version(actor, risk_list, added=len(fresh), removed=0, cause=cause)
        record(actor, "list.add", risk_list.name, values=len(fresh), cause=cause)
    return ListImport(risk_list.name, len(fresh), unchanged, shorter)


def import_lists(actor: User, paths: Sequence[Path], *, cause: str = "") -> list[ListImport]:
    """Import files: each is the list of its own name. A bad file does not stop the others.

    Raises Denied.
    """
    check(actor, "lists.write")
    done: list[ListImport] = []
    for path in paths:
        name = path.stem.lower().replace("-", "_")
        try:
            entries = read_list(path)
            with transaction.atomic():
                risk_list = RiskList.objects.filter(name=name).first()
                risk_list = risk_list or create_list(actor, name=name)
                done.append(add_values(actor, risk_list, entries, cause=cause or path.name))
        except ListFileError as error:
            done.append(ListImport(name, 0, 0, problem=str(error)))
        except ValidationError as error:
            done.append(ListImport(name, 0, 0, problem="; ".join(error.messages)))
    return done


@transaction.atomic
def propose_removal(actor: User, values: Iterable[ListValue], *, reason: str) -> int:
    """Ask for values to leave their list; they count until another officer agrees. Those of one list
    are decided together.

    Raises Denied, ValidationError.
    """
    check(actor, "lists.write")
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    rows = list(_locked(actor, values).filter(removal_by=None).select_related("risk_list"))
    by_list: dict[str, list[ListValue]] = {}
    for row in rows:
        by_list.setdefault(row.risk_list.name, []).append(row)
    for name, asked in sorted(by_list.items()):
        said = ", ".join(row.value for row in asked)
        keys = [row.pk for row in asked]
        proposal = foureyes.propose(
            actor, REMOVAL, f"{name}: {said}"[:300], reason=reason, details={"values": keys},
            handling=asked[0].risk_list.handling,
        )  # fmt: skip
        ListValue.objects.filter(pk__in=keys).update(
            removal=proposal, removal_by=actor, removal_reason=reason.strip()[:500]
        )
    if rows:
        names = ", ".join(sorted(by_list))
        record(actor, "list.remove_propose", names, values=len(rows), reason=reason.strip())
    return len(rows)


@transaction.atomic
def decide_removal(
    actor: User, values: Iterable[ListValue], *, agree: bool, remark: str = ""
) -> int:
    """Remove values whose removal somebody else proposed, or keep them, and say why; how many.

    Raises Denied, ValidationError, also if others were proposed together with them.
    """
    check(actor, "lists.approve")
    foureyes.take_turns()
    keys = [value.pk for value in values]
    cleared = ListValue.objects.in_force().filter(risk_list__in=RiskList.objects.visible_to(actor))
    rows = list(cleared.filter(pk__in=keys).exclude(removal=None))
    numbers = {row.removal_id for row in rows}
    if ListValue.objects.in_force().filter(removal__in=numbers).count() != len(rows):
        message = _("Others were proposed together with these: choose all of them.")
        raise ValidationError(message)
    for number in sorted(numbers):
        if agree:
            foureyes.approve(actor, number, remark=remark)
        else:
            foureyes.return_(actor, number, remark=remark)
    return len(rows)


def values_of(proposal: Proposal) -> list[ListValue]:
    """Of which a proposal is that they leave their list; those that are in it still."""
    rows = ListValue.objects.in_force().filter(pk__in=proposal.details["values"])
    return list(rows.select_related("risk_list"))


def approve_removal(actor: User, proposal: Proposal) -> None:
    rows = values_of(proposal)
    risk_list = RiskList.objects.select_for_update().get(pk=rows[0].risk_list_id)
    _close(rows, actor)
    _new_version(actor, risk_list, added=0, removed=len(rows), cause=proposal.reason)
    record(actor, "list.remove", risk_list.name, values=len(rows), reason=proposal.reason)


def give_back_removal(actor: User, proposal: Proposal) -> None:
    """They stay, and can be proposed again."""
    rows = values_of(proposal)
    ListValue.objects.filter(pk__in=[row.pk for row in rows]).update(
        removal=None, removal_by=None, removal_reason=""
    )
    if proposal.state != Proposal.State.EXPIRED and rows:  # then the ledger has its entry
        name = rows[0].risk_list.name
        record(actor, "list.keep", name, values=len(rows), reason=proposal.remark)


def _locked(actor: User, values: Iterable[ListValue]) -> ListValueRows:
    keys = [value.pk for value in values]
    cleared = RiskList.objects.visible_to(actor)
    rows = ListValue.objects.select_for_update(of=("self",)).in_force()
    return rows.filter(pk__in=keys, risk_list__in=cleared)


def _longer(entry: ListEntry, row: ListValue) -> bool:
    """Does the new entry cover every day that the old one covers?"""
    starts = entry.valid_from is None or (
        row.valid_from is not None and entry.valid_from <= row.valid_from
    )
    ends = entry.valid_to is None or (row.valid_to is not None and entry.valid_to >= row.valid_to)
    return starts and ends


def _close(rows: Sequence[ListValue], actor: User) -> None:
    ListValue.objects.filter(pk__in=[row.pk for row in rows]).update(
        removed_by=actor, removed_at=timezone.now()
    )


def _new_version(
    actor: User, risk_list: RiskList, *, added: int, removed: int, cause: str
) -> ListVersion:
    entries = risk_list.values.in_force().order_by("value")
    plain = [
        [value, start and start.isoformat(), end and end.isoformat()]
        for value, start, end in entries.values_list("value", "valid_from", "valid_to")
    ]
    risk_list.size, risk_list.version = len(plain), risk_list.version + 1
    risk_list.save(update_fields=["size", "version", "changed_at"])
    return ListVersion.objects.create(
        risk_list=risk_list,
        number=risk_list.version,
        digest=hashlib.sha256(json.dumps(plain).encode()).hexdigest(),
        size=risk_list.size,
        added=added,
        removed=removed,
        actor=actor,
        cause=cause[:500],
    )
