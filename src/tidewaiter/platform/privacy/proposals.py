"""Unmasking takes a second officer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.platform.foureyes.registry import Change, Kind, register
from tidewaiter.platform.privacy.unmasking import KIND, disclose

if TYPE_CHECKING:
    from tidewaiter.platform.foureyes.models import Proposal


def _difference(proposal: Proposal) -> list[Change]:
    who = proposal.proposed_by.username
    return [
        Change(
            DECLARATIONS.field(name).label, str(_("masked")), str(_("%s sees it for an hour")) % who
        )
        for name in proposal.details["fields"]
    ]


register(
    Kind(
        code=KIND,
        label=_("Unmasking of personal data"),
        permission="privacy.unmask_approve",
        approve=disclose,
        difference=_difference,
        address=lambda _proposal: reverse("privacy:unmasking"),
        days=3,
    )
)
