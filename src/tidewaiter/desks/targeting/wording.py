"""Codes of the streams in words, for pages."""

from __future__ import annotations

from django.utils.translation import gettext

from tidewaiter.desks.targeting.forms.worklist import STEP_WORDS


def chosen_by(selected_by: str | None) -> str:
    """Which step chose a lane: `mandatory:DRUG-7` becomes `DRUG-7 (mandatory profile)`."""
    step, _, code = (selected_by or "none").partition(":")
    word = str(STEP_WORDS.get(step, step))
    return f"{code} ({word})" if code else word


def shown(value: object) -> str:
    """A declared value as text; a missing one as a dash."""
    if value is None or value == "":
        return gettext("–")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
