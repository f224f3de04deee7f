"""Words for what the pages and the offline client have to explain."""

from __future__ import annotations

from django.utils.translation import gettext as _


def conflict_words(code: str) -> str:
    """Why a result or photograph was not taken, and what to do."""
    return {
        "reassigned": _(
            "This order was given to another inspector. Show your supervisor what you found."
        ),
        "cancelled": _("This order was cancelled. Show your supervisor what you found."),
        "recorded": _("A result of this order was recorded already, perhaps from another device."),
        "other_order": _("This was sent before for another order. Fill in the form again."),
        "other_officer": _("This was saved by another officer, who has to sign in to send it."),
        "photographs": _("Some photographs have not arrived yet."),
        "unknown": _("This order is not yours, or does not exist any more."),
    }[code]


def selected_by_words(code: str) -> str:
    """Which step of the selection chose; codes as in the selections stream."""
    step, __, profile = code.partition(":")
    form = {
        "mandatory": _("risk profile %s, always selected"),
        "rate": _("risk profile %s, a share drawn by lot"),
        "value": _("expected value"),
        "random": _("chance"),
        "unseen": _("chance, among traders not controlled lately"),
        "after": _("risk profile %s, which had waited for a selection"),
        "override": _("an officer, approved by a second one"),
    }.get(step, code)
    return form % profile if "%s" in form else form
