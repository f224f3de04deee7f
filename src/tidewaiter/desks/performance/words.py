"""What the figures say, in words: for pages and reports alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel import Locale
from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext, gettext_lazy

from tidewaiter.engine.risk.measurement.traffic import LEAST_CONTROLS
from tidewaiter.engine.standards.hs import chapters
from tidewaiter.platform.pages import formats

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from tidewaiter.desks.performance.queries.compliance import Estimate
    from tidewaiter.engine.risk.measurement import Interval

LONGEST_TITLE = 48  # characters of a chapter's title
SIZES: dict[str, str | Promise] = {
    "": gettext_lazy("no importer named"),
    "1": gettext_lazy("one"),
    "2-9": gettext_lazy("2 to 9"),
    "10-99": gettext_lazy("10 to 99"),
    "100+": gettext_lazy("100 and more"),
}


def headline(whole: Estimate) -> str:
    """How much is missed, in a sentence or two."""
    if not whole.rate.known:
        figures = {"n": formats.number(whole.by_chance), "least": formats.number(LEAST_CONTROLS)}
        return (
            gettext(
                "How much is missed cannot be told yet: only %(n)s of the controls were chosen by chance, "
                "and %(least)s are needed to speak for the declarations nobody looked at."
            )
            % figures
        )
    figures = {
        "rate": formats.percent(whole.rate.value),
        "low": formats.percent(whole.rate.low),
        "high": formats.percent(whole.rate.high),
        "missed": formats.number(whole.missed.value, 0),
        "least": formats.number(whole.missed.low, 0),
        "most": formats.number(whole.missed.high, 0),
        "declarations": formats.number(whole.declarations),
    }
    first = (
        gettext(
            "About %(rate)s of declarations do not comply (between %(low)s and %(high)s); "
            "controls did not find about %(missed)s of them (between %(least)s and %(most)s)."
        )
        % figures
    )
    return f"{first} {_revenue(whole)}"


def _revenue(whole: Estimate) -> str:
    if not whole.lost.known:
        return gettext("How much revenue that is cannot be told: chance has found too little.")
    return gettext("The revenue missed is about %(value)s (between %(low)s and %(high)s).") % {
        "value": formats.money(whole.lost.value, settings.CURRENCY, 0),
        "low": formats.money(whole.lost.low, settings.CURRENCY, 0),
        "high": formats.money(whole.lost.high, settings.CURRENCY, 0),
    }


def stratum_name(by: str, name: str) -> str:
    """A stratum as officers know it."""
    if by == "size":
        return str(SIZES.get(name, name))
    if not name:
        return gettext("not known")
    if by == "chapter":
        return Truncator(f"{name} {chapters().get(name, '')}").chars(LONGEST_TITLE)
    if by == "origin":
        territory = Locale.parse((get_language() or "en").replace("-", "_")).territories.get(name)
        return f"{name} {territory}" if territory else name
    return name


def rate(interval: Interval) -> str:
    """A share with its interval; the share alone where it is known exactly, all having been controlled."""
    if interval.low == interval.high:
        return formats.percent(interval.value)
    return formats.interval(interval.value, interval.low, interval.high)


def worth(interval: Interval) -> str:
    """An amount with its interval: `120 EUR (80 to 190)`."""
    if not interval.known:
        return formats.NOTHING
    return f"{formats.money(interval.value, settings.CURRENCY, 0)} ({span(interval)})"


def number(interval: Interval) -> str:
    """A count with its interval: `120 (80 to 190)`."""
    if not interval.known:
        return formats.NOTHING
    return f"{formats.number(interval.value, 0)} ({span(interval)})"


def span(interval: Interval) -> str:
    bounds = {
        "low": formats.number(interval.low, 0),
        "high": formats.number(interval.high, 0),
    }
    return gettext("%(low)s to %(high)s") % bounds


def told(interval: Interval, unknown: str) -> str:
    """The bounds of a share alone, or why there are none."""
    if not interval.known:
        return unknown
    bounds = {"low": formats.percent(interval.low), "high": formats.percent(interval.high)}
    return gettext("%(low)s to %(high)s") % bounds


def worth_bounds(interval: Interval, unknown: str) -> str:
    return span(interval) if interval.known else unknown
