"""What takes a second officer: unmasking, and that a hold ends. And how long it is kept what they wrote."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.foureyes.registry import Change, Kind, register
from tidewaiter.platform.pages import formats
from tidewaiter.platform.privacy import holds, stores
from tidewaiter.platform.privacy.models import LegalHold
from tidewaiter.platform.privacy.unmasking import KIND, disclose, label


def _difference(proposal: Proposal) -> list[Change]:
    who = {"who": proposal.proposed_by.username}
    return [
        Change(label(name), _("masked"), _("%(who)s sees it for an hour") % who)
        for name in proposal.details["fields"]
    ]


def _held(proposal: Proposal) -> list[Change]:
    hold = LegalHold.objects.select_related("by").get(pk=proposal.details["hold"])
    said = f"{hold.reason} ({hold.by}, {formats.moment(hold.since)})"
    return [
        Change(_("Declaration"), hold.declaration_id, hold.declaration_id),
        Change(_("Hold"), said, _("lifted: it is masked when it is due")),
    ]


register(
    Kind(
        code=holds.LIFT,
        label=gettext_lazy("end of a hold on a declaration"),
        permission=holds.HOLD,
        approve=holds.lift,
        difference=_held,
    )
)
register(
    Kind(
        code=KIND,
        label=gettext_lazy("unmasking of personal data"),
        permission="privacy.unmask_approve",
        approve=disclose,
        difference=_difference,
        address=lambda _proposal: reverse("privacy:unmasking"),
        days=3,
    )
)
# What officers wrote when they proposed and decided; every desk's proposals lie there.
stores.register(
    stores.Store("proposals", Proposal, "proposed_at", {"reason": "text", "remark": "text"})
)
