from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.pages.fields import DayField
from tidewaiter.platform.purpose.kinds import KINDS
from tidewaiter.platform.purpose.queries import Wanted
from tidewaiter.platform.purpose.statements import Statement, last_stated

if TYPE_CHECKING:
    from django.http import HttpRequest


class PurposeForm(forms.Form):
    """Why; `subject` is whom the search is for, `next` the address that asked."""

    kind = forms.ChoiceField(label=_("Purpose"))
    reference = forms.CharField(label=_("Number, reference or sentence"), max_length=200)
    subject = forms.CharField(max_length=300, widget=forms.HiddenInput)
    next = forms.CharField(max_length=4_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in KINDS.values()]
        self.fields["reference"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"kind", "reference"} <= given.keys():
            try:
                self.statement = Statement.given(given["kind"], given["reference"])
            except forms.ValidationError as error:
                self.add_error("reference", error.messages)
        return given


def ask_form(request: HttpRequest, text: str, *, focus: bool = True) -> PurposeForm:
    """The form to show instead of persons; filled in with what was said before, so that Enter does.

    focus: whether the page is there for nothing else."""
    kind, reference = last_stated(request)
    form = PurposeForm(
        initial={
            "kind": kind, "reference": reference, "subject": text, "next": request.get_full_path(),
        }
    )  # fmt: skip
    if focus:
        form.fields["reference"].widget.attrs["autofocus"] = True
    return form


class SearchesForm(forms.Form):
    """The filters of the list of searches."""

    actor = forms.CharField(label=_("Who"), required=False, max_length=150)
    kind = forms.ChoiceField(label=_("Purpose"), required=False)
    reference = forms.CharField(label=_("Reference has"), required=False, max_length=200)
    person = forms.CharField(
        label=_("Person looked for"), required=False, max_length=300,
        help_text=_("As it was typed: the name or the identifier."),
    )  # fmt: skip
    since = DayField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = DayField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.code, kind.label) for kind in KINDS.values()]
        self.fields["kind"].choices = [("", _("any")), *kinds]

    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if value})
