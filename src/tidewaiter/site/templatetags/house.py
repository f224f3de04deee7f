"""Template tags and filters of the frame; loaded in every template (settings.TEMPLATES builtins)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

from tidewaiter.platform.pages import cells, formats
from tidewaiter.site import vendor

if TYPE_CHECKING:
    from django.contrib.messages.storage.base import Message
    from django.forms import BoundField
    from django.utils.safestring import SafeString

register = template.Library()

register.filter("number", formats.number)
register.filter("money", formats.money)
register.filter("quantity", formats.quantity)
register.filter("compact", formats.compact)
register.filter("percent", formats.percent)
register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("clock", formats.clock)
register.filter("duration", formats.duration)
register.filter("age", formats.age)
register.filter("when", cells.when)
register.simple_tag(formats.interval, name="interval")


@register.filter
def lane_word(code: str) -> str:
    return str(cells.LANE_WORDS.get(code, code))


@register.filter
def lane_control(code: str) -> str:
    return str(cells.LANE_CONTROLS.get(code, ""))


@register.filter
def words(text: str) -> list[str]:
    return text.split()


@register.filter
def tone(message: Message) -> str:
    """Tone of a message of django.contrib.messages."""
    return {"error": "bad", "warning": "warn", "success": "good"}.get(message.level_tag, "info")


@register.simple_tag
def shape(tone: str) -> SafeString:
    """The little shape inside a badge."""
    return format_html(
        '<svg viewBox="0 0 16 16" aria-hidden="true"><path fill-rule="evenodd" d="{}"/></svg>',
        cells.SHAPES.get(tone, cells.SHAPES["neutral"]),
    )


@register.simple_tag
def vendor_url(package: str, file: str) -> str:
    """Address of a file of a bundled package; empty if the front end has not been built."""
    path = vendor.path(package, file)
    return static(path) if path else ""


@register.simple_tag
def vendor_style(package: str, file: str = "font.css") -> SafeString | str:
    url = vendor_url(package, file)
    return format_html('<link rel="stylesheet" href="{}">', url) if url else ""


@register.simple_tag
def vendor_script(package: str, file: str) -> SafeString | str:
    url = vendor_url(package, file)
    return format_html('<script src="{}" defer></script>', url) if url else ""


@register.filter
def control_kind(field: BoundField) -> str:
    """How a form field is laid out: check (box before label), choices (a group), or plain."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", "")
    if kind == "checkbox" and not field.use_fieldset:
        return "check"
    return "choices" if field.use_fieldset else "plain"
