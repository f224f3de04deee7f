from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.ledger.queries import Filter
from tidewaiter.platform.ledger.verbs import ACTIONS
from tidewaiter.platform.pages.fields import DayField


class ProofForm(forms.Form):
    entry = forms.IntegerField(label=_("Number of the entry"), min_value=1)


class FilterForm(forms.Form):
    actor = forms.CharField(label=_("Who"), required=False, max_length=150)
    action = forms.ChoiceField(label=_("Action"), required=False)
    subject = forms.CharField(label=_("On what"), required=False, max_length=200)
    since = DayField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = DayField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("any"))] + [(a, a) for a in sorted(ACTIONS)]

    def filter(self) -> Filter:
        """What was asked for; fields with an error are left out, and shown with the error."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Filter(**given)
