"""Which days of the past are asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.pages.fields import DayField

DAYS = 180


def usual_days() -> tuple[date, date]:
    """First and last day when nothing else is asked for."""
    yesterday = timezone.localdate() - timedelta(days=1)
    return yesterday - timedelta(days=DAYS), yesterday


class DaysForm(forms.Form):
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        since, until = usual_days()
        self.initial = {"since": since, "until": until}
        for field in self.fields.values():
            field.widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", _("The last day lies before the first."))
        return given
