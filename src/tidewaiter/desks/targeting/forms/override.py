from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.targeting.forms.worklist import ANY
from tidewaiter.desks.targeting.models import Override
from tidewaiter.desks.targeting.queries.overrides import WAITING, Wanted
from tidewaiter.engine.risk.selection import LANES
from tidewaiter.platform.pages.cells import LANE_CONTROLS, LANE_WORDS
from tidewaiter.platform.pages.fields import DayField


class OverrideForm(forms.Form):
    lane = forms.ChoiceField(
        label=_("Lane"),
        choices=[(lane, f"{LANE_WORDS[lane]}: {LANE_CONTROLS[lane]}") for lane in LANES],
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The second officer reads it, and so may a court."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class DecisionForm(forms.Form):
    remark = forms.CharField(
        label=_("Remark"),
        help_text=_("Needed to refuse."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )


class HistoryForm(forms.Form):
    """What the decided overrides are narrowed to."""

    q = forms.CharField(
        label=_("Declaration, reason or remark"), required=False, max_length=200,
        widget=forms.TextInput({"type": "search"}),
    )  # fmt: skip
    state = forms.ChoiceField(label=_("Decision"), required=False)
    lane = forms.ChoiceField(
        label=_("Proposed lane"),
        required=False,
        choices=[ANY, *((lane, LANE_WORDS[lane]) for lane in LANES)],
    )
    who = forms.CharField(label=_("Proposed or decided by"), required=False, max_length=150)
    since = DayField(
        label=_("Decided from"), required=False, widget=forms.DateInput({"type": "date"})
    )
    until = DayField(
        label=_("Decided to"), required=False, widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(c, capfirst(str(name))) for c, name in Override.State.choices if c != WAITING]
        self.fields["state"].choices = [ANY, *states]

    def wanted(self) -> Wanted:
        """What can be understood of the address; fields with an error are left out."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Wanted(given.pop("q", ""), **given)
