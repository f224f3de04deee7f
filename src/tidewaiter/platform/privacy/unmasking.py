"""Seeing what is masked: one officer asks, a second agrees, and the first may look for an hour.

Nothing is written back, and every showing is an entry of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.records.lake import SEPARATOR
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.foureyes.actions import propose
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.privacy.models import Disclosure, Kept, SealedPart
from tidewaiter.platform.privacy.originals import Unreadable, open_part, open_value
from tidewaiter.platform.privacy.stores import STORES
from tidewaiter.platform.privacy.tables import ROW, numbered
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.foureyes.models import Proposal

KIND = "privacy.unmask"
ASK = "privacy.unmask"
SHOWN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it was declared, or written down (item 0); `problem` says why it cannot be shown."""

    item_no: int
    version: int
    field: str
    value: str
    problem: str = ""


def masked_fields(actor: User, declaration_id: str) -> list[str]:
    """The fields of a declaration that are masked and whose originals are kept, and those of rows about
    it (`store.field`); none if there is no such declaration that the officer may see. Raises Denied."""
    check(actor, ASK)
    rows = _facts(actor, declaration_id)
    if rows.is_empty():
        return []
    kept = SealedPart.objects.filter(
        store=DECLARATIONS.name, month__in=rows["month"].unique().to_list(), deleted_at=None
    )
    there = set(kept.values_list("field", flat=True))
    masked = set(rows["masked"].explode().drop_nulls()) & there
    declared = [field.name for field in DECLARATIONS.fields if field.name in masked]
    return declared + sorted({_name(one) for one in _kept(actor, declaration_id)})


def label(name: str) -> str:
    """Of a field as `masked_fields` names it."""
    store, _dot, field = name.rpartition(".")
    if not store:
        return DECLARATIONS.field(field).label
    told = STORES[store].model._meta  # noqa: SLF001  documented
    return f"{told.verbose_name}: {told.get_field(field).verbose_name}"


def _name(kept: Kept) -> str:
    return f"{kept.store}.{kept.field}"


def _kept(actor: User, declaration_id: str) -> list[Kept]:
    """What is sealed of rows about a declaration that the officer may read."""
    found: list[Kept] = []
    for store in STORES.values():
        if store.declaration and store.permission and actor.may(store.permission):
            rows = numbered(store).filter(**{store.declaration: declaration_id})
            names = list(rows.values_list(ROW, flat=True))
            found += Kept.objects.filter(store=store.name, row__in=names, deleted_at=None)
    return found


def _facts(actor: User, declaration_id: str) -> pl.DataFrame:
    """What is masked of a declaration that lies with an office of the officer."""
    named = pl.col("declaration_id") == declaration_id
    facts = lake().scan(DECLARATIONS).filter(named, pl.col("masked_at").is_not_null())
    told = facts.select("key", "version", "item_no", "month", "office", "masked", "received_at")
    rows = told.collect().sort("received_at", "version")
    if rows.is_empty() or not actor.scope().allows(rows["office"][-1]):
        return rows.clear()
    return rows


@transaction.atomic
def ask(actor: User, declaration_id: str, fields: Collection[str], reason: str) -> Proposal:
    """Ask to see masked fields of a declaration. Raises Denied, ValidationError."""
    known = masked_fields(actor, declaration_id)
    wanted = [name for name in known if name in fields]
    if not known:
        raise ValidationError(
            _("Nothing of this declaration is masked, or its originals are gone.")
        )
    if not wanted or len(wanted) < len(set(fields)):
        raise ValidationError(_("Say which of its masked fields you need."))
    if len(reason.strip()) < 10:
        raise ValidationError(_("Say what you need it for, so that a second officer can judge."))
    office = _facts(actor, declaration_id)["office"][-1] or ""
    return propose(
        actor, KIND, f"declaration:{declaration_id}", offices=[office] if office else (),
        reason=reason, details={"declaration": declaration_id, "fields": wanted, "office": office},
    )  # fmt: skip


def disclose(actor: User, proposal: Proposal) -> None:
    """What an approval does: from now on the asker may look, for an hour."""
    now = timezone.now()
    made = Disclosure.objects.create(
        officer=proposal.proposed_by, declaration_id=proposal.details["declaration"],
        office=proposal.details["office"], fields=proposal.details["fields"], reason=proposal.reason,
        proposal=proposal.pk, approved_by=actor, approved_at=now, until=now + SHOWN,
    )  # fmt: skip
    record(
        actor, "privacy.disclose", proposal.subject, office=made.office, reason=made.reason,
        officer=made.officer.username, fields=made.fields, until=made.until, proposal=proposal.pk,
    )  # fmt: skip


def show(actor: User, disclosure: Disclosure) -> list[Shown]:
    """The values, to the asker alone, while he may. Raises Denied, ValidationError."""
    check(actor, ASK)
    if disclosure.officer_id != actor.pk or not disclosure.open:
        raise ValidationError(_("The hour is over: ask again if you still need to see it."))
    rows = _facts(actor, disclosure.declaration_id)
    record(
        actor, "privacy.show", f"declaration:{disclosure.declaration_id}", office=disclosure.office,
        reason=disclosure.reason, fields=disclosure.fields, disclosure=disclosure.pk,
    )  # fmt: skip
    found = [one for name in disclosure.fields if "." not in name for one in _of_field(rows, name)]
    written = _kept(actor, disclosure.declaration_id)
    found += [_of_row(kept) for kept in written if _name(kept) in disclosure.fields]
    return sorted(found, key=lambda one: (one.item_no, one.version))


def _of_field(rows: pl.DataFrame, field: str) -> list[Shown]:
    masked = rows.filter(pl.col("masked").list.contains(field))
    parts = SealedPart.objects.filter(
        store=DECLARATIONS.name, month__in=masked["month"].unique().to_list(), field=field,
        deleted_at=None,
    )  # fmt: skip
    wanted = masked.select("key", "version", "item_no")
    shown = []
    for part in parts:
        try:
            values = open_part(part.name).join(wanted, on=["key", "version"], how="inner")
        except Unreadable as error:
            return [Shown(0, 0, field, "", str(error))]
        for item_no, version, value in values.select("item_no", "version", "value").iter_rows():
            shown.append(Shown(item_no, version, field, value.replace(SEPARATOR, ", ")))
    return shown


def _of_row(kept: Kept) -> Shown:
    try:
        value = open_value(f"{kept.store}:{kept.row}:{kept.field}", bytes(kept.sealed))
    except Unreadable as error:
        return Shown(0, 0, _name(kept), "", str(error))
    return Shown(0, 0, _name(kept), value)


def disclosures(actor: User) -> list[Disclosure]:
    """The officer's own, the newest first. Raises Denied."""
    check(actor, ASK)
    return list(Disclosure.objects.filter(officer=actor).select_related("approved_by")[:50])
