"""What is asked of whoever proposes a model once more, or takes one out of force."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PromotionForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The second officer reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )


class RollBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It stays in the ledger and on the page of the model that goes."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
