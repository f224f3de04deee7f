"""What an officer may see of the intake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from tidewaiter.engine.messages.sentences import explain

from tidewaiter.engine.messages.findings import Finding
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.journal.models import Message, Quarantined

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User


def messages_of(user: User) -> QuerySet[Message]:
    """Messages of the officer's offices, and those he handed in himself. Raises Denied."""
    if not user.may("intake.submit"):
        check(user, "intake.read")
    scope = user.scope()
    return (
        Message.objects.all()
        if scope.national
        else Message.objects.filter(scope.rows() | Q(submitted_by=user))
    )


def with_open_findings(user: User) -> QuerySet[Message]:
    """Messages of which something is still kept out."""
    return (
        messages_of(user)
        .filter(findings__severity="error", findings__resolved_at=None)
        .distinct()
        .order_by("pk")
    )


def findings_of(message: Message, limit: int = 1_000) -> list[dict[str, object]]:
    """The open findings with place, reason and remedy, in the order they were met."""
    rows = message.findings.filter(resolved_at=None).order_by("pk")[:limit]
    return [described(row) for row in rows]


def described(row: Quarantined) -> dict[str, object]:
    """A finding in words."""
    reason, remedy = explain(Finding(row.place, row.code, row.parameters, row.record))
    return {
        "place": row.place,
        "code": row.code,
        "severity": row.severity,
        "rows": row.rows,
        "reason": reason,
        "remedy": remedy,
        "record": row.record,
    }
