from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.engine.risk.selection import LANES
from tidewaiter.platform.pages.cells import LANE_CONTROLS, LANE_WORDS


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
