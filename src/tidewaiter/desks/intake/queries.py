"""What an officer may see of the intake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext

from tidewaiter.desks.intake.models import MappingVersion
from tidewaiter.engine.messages.sentences import explain_code
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.journal.models import Message, Quarantined

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User


def messages_of(user: User) -> QuerySet[Message]:
    """Messages of the officer's offices, and those he handed in himself. Raises Denied."""
    if not user.may("intake.submit"):
        check(user, "intake.read")
    return Message.objects.visible_to(user)


def with_open_findings(user: User) -> QuerySet[Message]:
    """Messages of which something is still kept out."""
    return (
        messages_of(user)
        .filter(findings__severity="error", findings__resolved_at=None, removed_at=None)
        .distinct()
        .order_by("pk")
    )


def findings_of(message: Message, limit: int = 1_000) -> list[dict[str, object]]:
    """The open findings with place, reason and remedy, in the order they were met."""
    rows = message.findings.filter(resolved_at=None).order_by("pk")[:limit]
    return [described(row) for row in rows]


def described(row: Quarantined) -> dict[str, object]:
    """A finding in words."""
    reason, remedy = explain_code(row.code, row.parameters, gettext)
    return {
        "place": row.place,
        "code": row.code,
        "severity": row.severity,
        "rows": row.rows,
        "reason": reason,
        "remedy": remedy,
        "record": row.record,
    }


MESSAGE_ORDERS = {
    "received": "received_at",
    "name": "name",
    "sender": "sender",
    "size": "size",
    "records": "received",
    "kept_out": "quarantined",
}


def matching(
    user: User,
    *,
    q: str = "",
    state: str = "",
    sender: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Message]:
    """The officer's messages, narrowed. `q`: part of name, sender or reference, or a hash's start."""
    rows = messages_of(user).select_related("submitted_by")
    if q:
        rows = rows.filter(
            Q(name__icontains=q)
            | Q(sender__icontains=q)
            | Q(reference__icontains=q)
            | Q(sha256__startswith=q.lower())
        )
    if state:
        rows = rows.filter(state=state)
    if sender:
        rows = rows.filter(sender__icontains=sender)
    if since:
        rows = rows.filter(received_at__date__gte=since)
    if until:
        rows = rows.filter(received_at__date__lte=until)
    return rows


def quarantine(
    user: User, *, q: str = "", code: str = "", sender: str = "", office: str = ""
) -> QuerySet[Quarantined]:
    """What is kept out and not yet resolved, newest message first."""
    rows = Quarantined.objects.filter(
        message__in=messages_of(user), severity="error", resolved_at=None
    )
    if q:
        rows = rows.filter(
            Q(record__icontains=q) | Q(place__icontains=q) | Q(message__name__icontains=q)
        )
    if code:
        rows = rows.filter(code=code)
    if sender:
        rows = rows.filter(message__sender=sender)
    if office:
        rows = rows.filter(message__office=office)
    return rows.select_related("message").order_by("-message_id", "pk")


def occurring(user: User) -> dict[str, list[str]]:
    """The codes, senders and offices that occur in the officer's quarantine."""
    rows = quarantine(user).order_by()
    return {
        "code": sorted(rows.values_list("code", flat=True).distinct()),
        "sender": sorted(rows.values_list("message__sender", flat=True).distinct()),
        "office": sorted(filter(None, rows.values_list("message__office", flat=True).distinct())),
    }


def newest_mappings() -> list[MappingVersion]:
    """The newest version of each saved mapping, by name. Mappings are no secret among officers."""
    newest: dict[str, MappingVersion] = {}
    for one in MappingVersion.objects.select_related("saved_by").order_by("name", "version"):
        newest[one.name] = one
    return list(newest.values())


def versions_of(name: str) -> QuerySet[MappingVersion]:
    """All versions of a mapping, newest first."""
    return MappingVersion.objects.filter(name=name).select_related("saved_by").order_by("-version")


def recording_jobs(user: User) -> QuerySet[Job]:
    """Jobs that are recording messages now, or wait to, as far as the officer may see them."""
    return Job.objects.visible_to(user).unfinished().filter(kind="intake.record").order_by("pk")


def job_of(user: User, message: Message) -> Job | None:
    """The last job that recorded this message, if the officer may see it."""
    jobs = Job.objects.visible_to(user).filter(kind="intake.record", parameters__message=message.pk)
    return jobs.order_by("-pk").first()
