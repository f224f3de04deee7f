"""The purposes there are. Each asks for a reference: what the search can be traced to later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """`least`: characters of the reference; a number is short, a sentence is not."""

    code: str
    label: str | Promise
    least: int


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("declaration", _("Control of a declaration (its number)"), 3),
        Kind("investigation", _("Investigation (its number)"), 3),
        Kind("partner", _("Request of a partner (its reference)"), 3),
        Kind("trader", _("Question or appeal of the trader (its reference)"), 3),
        Kind("analysis", _("Risk analysis (what for, in a sentence)"), 15),
        Kind("review", _("Review of work done (what for, in a sentence)"), 15),
    )
}
