"""Codes of the streams in words, for pages."""

from __future__ import annotations

import re

from django.utils.translation import gettext

from tidewaiter.desks.targeting.forms.worklist import STEP_WORDS

LIMITED = re.compile(r"(?P<controlled>\d+)/(?P<declared>\d+) in (?P<days>\d+) d, (?P<rate>.+) %")


def chosen_by(selected_by: str | None) -> str:
    """Which step chose a lane: `mandatory:DRUG-7` becomes `DRUG-7 (mandatory profile)`."""
    step, _, code = (selected_by or "none").partition(":")
    word = str(STEP_WORDS.get(step, step))
    if step == "limit":
        return f"{word}: {_limit(code)}"
    return f"{code} ({word})" if code else word


def selection_in_words(selected_by: str | None) -> str:
    """Whether a declaration was selected, and by what; or what kept it from being."""
    step = (selected_by or "none").partition(":")[0]
    if step == "none":
        return gettext("Not selected")
    if step == "cancelled":
        return gettext("The declaration was cancelled")
    if step == "limit":
        return gettext("Not selected because of the {why}").format(why=chosen_by(selected_by))
    return gettext("Selected by: {step}").format(step=chosen_by(selected_by))


def _limit(figures: str) -> str:
    """`4/11 in 90 d, 50 %`, as the selection tells it."""
    if found := LIMITED.fullmatch(figures):
        return gettext(
            "{controlled} of {declared} declarations in {days} days controlled, at most {rate} %"
        ).format(**found.groupdict())
    return figures


def shown(value: object) -> str:
    """A declared value as text; a missing one as a dash."""
    if value is None or value == "":
        return gettext("–")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
