"""What takes a second officer in the evidence store: that a hold ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidewaiter.platform.foureyes.registry import Change, Kind, register
from tidewaiter.platform.pages import formats
from tidewaiter.platform.vault import holding
from tidewaiter.platform.vault.models import Hold

if TYPE_CHECKING:
    from tidewaiter.platform.foureyes.models import Proposal


def _difference(proposal: Proposal) -> list[Change]:
    hold = Hold.objects.select_related("by", "file").get(pk=proposal.details["hold"])
    others = Hold.objects.filter(file=hold.file, lifted_at=None).exclude(pk=hold.pk).count()
    kept = hold.file.keep_until
    return [
        Change(_("Hold"), f"{hold.reason} ({hold.by}, {formats.moment(hold.since)})", _("lifted")),
        Change(_("File"), hold.file_id, hold.file_id),
        Change(_("Other holds on the file"), str(others), str(others)),
        Change(_("Kept until"), _("for ever"), formats.day(kept) if kept else _("for ever")),
    ]


register(
    Kind(
        code=holding.LIFT,
        label=gettext_lazy("end of a legal hold"),
        permission=holding.HOLD,
        approve=holding.lift,
        difference=_difference,
    )
)
