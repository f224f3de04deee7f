"""What the lists of messages and of findings can be narrowed to."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.pages.fields import DayField

ANY = [("", _("any"))]


class MessageFilter(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[*ANY, *Message.State.choices]
    )
    sender = forms.CharField(label=_("Sender"), required=False, max_length=100)
    since = DayField(
        label=_("Received from"), required=False, widget=forms.DateInput({"type": "date"})
    )
    until = DayField(label=_("to"), required=False, widget=forms.DateInput({"type": "date"}))

    def wanted(self) -> dict[str, object]:
        """The filters that are set and sensible; others count as not set."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class QuarantineFilter(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    code = forms.ChoiceField(label=_("Reason"), required=False)
    sender = forms.ChoiceField(label=_("Sender"), required=False)
    office = forms.ChoiceField(label=_("Office"), required=False)

    def __init__(self, data: object, choices: dict[str, list[tuple[str, str]]]) -> None:
        """`choices`: for code, sender and office, what occurs among the findings."""
        super().__init__(data)
        for name, occurring in choices.items():
            self.fields[name].choices = [*ANY, *occurring]

    def wanted(self) -> dict[str, object]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
