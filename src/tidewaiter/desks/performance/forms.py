"""What the performance page is narrowed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.performance.queries.counts import Wanted
from tidewaiter.platform.pages.fields import DayField

if TYPE_CHECKING:
    from datetime import date


class FilterForm(forms.Form):
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)
    office = forms.ChoiceField(label=_("Office"), required=False)

    def __init__(self, *args: Any, offices: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = [("", _("all")), *[(code, code) for code in offices]]
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")

    def fill(self, since: date | None, until: date | None) -> None:
        """Show the days that are looked at where none were asked for."""
        days = {"since": since, "until": until}
        missing = {name: day for name, day in days.items() if day and not self.data.get(name)}
        self.data = {**self.data.dict(), **missing}

    def wanted(self) -> Wanted:
        """What was asked for; a field with nonsense counts as empty."""
        self.is_valid()
        given = self.cleaned_data
        return Wanted(given.get("since"), given.get("until"), given.get("office") or "")
