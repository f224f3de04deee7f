"""Forms of named lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.targeting.queries.lists import Wanted
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.platform.handling import OPEN, choices

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

STATES = [
    ("in_force", _("in force")),
    ("removal", _("removal proposed")),
    ("removed", _("removed")),
    ("all", _("all")),
]


class ListsFilterForm(forms.Form):
    q = forms.CharField(
        label=_("Name or title"), required=False, widget=forms.TextInput({"type": "search"})
    )


class ValuesFilterForm(forms.Form):
    """What the values of a list are narrowed to."""

    q = forms.CharField(
        label=_("Value or note"), required=False, widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)

    def wanted(self) -> Wanted:
        self.is_valid()
        given = self.cleaned_data
        return Wanted(given.get("q", ""), given.get("state") or "in_force")


class NewListForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("As profiles call it: suspended_importers.")
    )
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    handling = forms.TypedChoiceField(
        label=_("Handling code"), coerce=int, initial=OPEN, required=False, empty_value=OPEN
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handling"].choices = choices(user)


class ValueForm(forms.Form):
    """One value to add."""

    value = forms.CharField(label=_("Value"), max_length=200)
    valid_from = forms.DateField(label=_("From"), required=False)
    valid_to = forms.DateField(label=_("To"), required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("valid_from", "valid_to"):
            self.fields[name].widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        start, end = given.get("valid_from"), given.get("valid_to")
        if start and end and end < start:
            self.add_error("valid_to", _("The last day is before the first."))
        return given

    def entry(self) -> ListEntry:
        given = self.cleaned_data
        return ListEntry(
            given["value"].strip(), given["valid_from"], given["valid_to"], given["note"].strip()
        )


class ListUploadForm(forms.Form):
    """A CSV file of values to add."""

    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput({"accept": ".csv,.toml"}),
        help_text=_(
            "Columns: value, valid_from, valid_to, note. Values are added, none is removed."
        ),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)
