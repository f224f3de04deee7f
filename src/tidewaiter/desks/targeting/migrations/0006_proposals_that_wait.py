"""What waited for a second officer before there was one mechanism for it gets its proposal.

Each waits as long as a new one: how long it has waited was told to nobody. Its digest is of the content
that `targeting/proposals.py` gave when this was written.
"""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import migrations
from django.utils import timezone

from tidewaiter.platform.ledger.canonical import canonical

KINDS = {
    "proposed": "profile.activation",
    "retiring": "profile.retirement",
    "shadow": "profile.shadow",
}


def forward(apps, _schema_editor):
    now = timezone.now()
    Proposal = apps.get_model("foureyes", "Proposal")
    Concerned = apps.get_model("foureyes", "Concerned")

    def wait(kind, subject, content, proposer, *, details, at, reason="", offices=(), authors=()):
        made = Proposal.objects.create(
            kind=kind,
            subject=subject,
            details=details,
            reason=reason,
            digest=hashlib.sha256(canonical({"content": content})).hexdigest(),
            state="waiting",
            proposed_by_id=proposer,
            proposed_at=at,
            expires_at=now + timedelta(days=settings.PROPOSAL_DAYS),
        )
        made.authors.set({proposer, *authors})
        Concerned.objects.bulk_create(Concerned(proposal=made, office=code) for code in offices)
        return made

    profiles(apps, wait)
    for one in apps.get_model("targeting", "PolicyVersion").objects.filter(state="proposed"):
        wait(
            "policy.version", str(one.number), one.digest, one.proposed_by_id,
            details={"version": one.pk}, at=one.proposed_at, reason=one.reason,
        )  # fmt: skip
    for one in apps.get_model("targeting", "Override").objects.filter(state="proposed"):
        content = [
            one.declaration_id, one.lane_before, one.selected_before, one.lane, one.reason,
        ]  # fmt: skip
        wait(
            "override.lane", one.declaration_id, content, one.proposed_by_id,
            details={"override": one.pk}, at=one.proposed_at, reason=one.reason,
            offices=[one.office] if one.office else [],
        )  # fmt: skip
    removals(apps, wait, now)
    for one in apps.get_model("targeting", "RiskModelVersion").objects.filter(state="challenger"):
        details = {"version": one.version}
        wait(
            "model.promotion", one.version, details, one.trained_by_id,
            details=details, at=one.trained_at,
        )  # fmt: skip


def profiles(apps, wait):
    versions = apps.get_model("targeting", "ProfileVersion").objects.select_related("profile")
    events = apps.get_model("targeting", "ProfileEvent").objects
    for one in versions.filter(state__in=KINDS).exclude(proposed_by=None):
        told = events.filter(profile=one.profile, version=one.number)
        asked = told.filter(what__in=["propose", "retire_propose"]).order_by("-pk").first()
        wrote = told.filter(what="draft").values_list("actor", flat=True)
        wait(
            KINDS[one.state], f"{one.profile.code} {one.number}", [one.digest, one.shadow_days],
            one.proposed_by_id, details={"version": one.pk},
            at=asked.at if asked else one.created_at, reason=asked.remark if asked else "",
            offices=one.content.get("offices") or (),
            authors=() if one.state == "retiring" else wrote,
        )  # fmt: skip


def removals(apps, wait, now):
    """Values of one list that one officer proposed with one reason are one proposal."""
    values = apps.get_model("targeting", "ListValue").objects.select_related("risk_list")
    together = {}
    for row in values.filter(removed_at=None).exclude(removal_by=None).order_by("value", "pk"):
        key = (row.risk_list.name, row.removal_by_id, row.removal_reason)
        together.setdefault(key, []).append(row)
    for (name, proposer, reason), rows in together.items():
        said = ", ".join(row.value for row in rows)
        content = sorted([row.pk, row.value, row.valid_from, row.valid_to] for row in rows)
        keys = [row.pk for row in rows]
        made = wait(
            "list.removal", f"{name}: {said}"[:300], content, proposer,
            details={"values": keys}, at=now, reason=reason,
        )  # fmt: skip
        values.filter(pk__in=keys).update(removal=made)


class Migration(migrations.Migration):

    dependencies = [
        ("targeting", "0005_removals_are_proposals"),
    ]

    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
