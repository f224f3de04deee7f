"""Pieces of HTML for table cells made in Python, the same as the components make in templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import Promise

from tidewaiter.platform.pages import formats

# A lane is a colour, a word and a shape, so that it can be told without the colour.
LANE_WORDS: dict[str, str | Promise] = {
    "red": _("Red"),
    "orange": _("Orange"),
    "yellow": _("Yellow"),
    "blue": _("Blue"),
    "green": _("Green"),
}
LANE_CONTROLS: dict[str, str | Promise] = {
    "red": _("physical examination"),
    "orange": _("non-intrusive inspection"),
    "yellow": _("documentary check"),
    "blue": _("post-clearance check"),
    "green": _("release"),
}
SHAPES: dict[str, str] = {
    "red": "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
    "orange": "M8 .5 15.5 8 8 15.5.5 8z",
    "yellow": "M8 1.2 15.6 14.6H.4z",
    "blue": "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
    "green": "M2 1h12v14H2z",
    "good": "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1",
    "bad": "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
    "warn": "M8 1.2 15.6 14.6H.4z",
    "info": "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
    "neutral": "M1 6h14v4H1z",
}
_BADGE = (
    '<span class="badge tone-{}"><svg viewBox="0 0 16 16" aria-hidden="true">'
    '<path fill-rule="evenodd" d="{}"/></svg>{}</span>'
)


def lane(code: str) -> SafeString:
    """The badge of a lane; an unknown or empty code says so instead of failing the page."""
    if code not in LANE_WORDS:
        return badge(code or _("not selected"), "neutral")
    return format_html(_BADGE, code, SHAPES[code], LANE_WORDS[code])


def badge(text: str | Promise, tone: str = "neutral") -> SafeString:
    """A status badge. tone: neutral, info, good, warn, bad, or a lane's colour."""
    return format_html(_BADGE, tone, SHAPES[tone], text)


def link(url: str, text: object) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text)


def when(value: datetime | None) -> SafeString:
    """A moment: how long ago, with the exact time on hover and for machines."""
    if value is None:
        return mark_safe(formats.NOTHING)  # noqa: S308  a constant
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        formats.moment(value),
        formats.age(value),
    )


def clamped(text: object) -> SafeString:
    """Two lines of a long text; the whole on hover."""
    return format_html('<span class="clamp" title="{}">{}</span>', text, text)


def folded(summary: object, text: object) -> SafeString:
    """One line that opens to the whole text; for a column of kind clip."""
    return format_html(
        '<details class="fold cell-fold"><summary><span>{}</span></summary>'
        '<pre class="code">{}</pre></details>',
        summary,
        text,
    )


def two_lines(first: object, second: object) -> SafeString:
    """A value and a quieter one below it."""
    return format_html('{}<br><span class="quiet small">{}</span>', first, second)
