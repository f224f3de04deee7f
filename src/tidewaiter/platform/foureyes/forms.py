from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.foureyes.queries import Wanted
from tidewaiter.platform.foureyes.registry import KINDS

ANY = ("", _("any"))
MINE = [ANY, ("decide", _("I may decide")), ("own", _("I wrote"))]


class FilterForm(forms.Form):
    """What the list of proposals is narrowed to."""

    q = forms.CharField(
        label=_("What, why or remark"), required=False, max_length=200,
        widget=forms.TextInput({"type": "search"}),
    )  # fmt: skip
    mine = forms.ChoiceField(label=_("Which"), required=False, choices=MINE)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    office = forms.CharField(label=_("Office"), required=False, max_length=32)
    who = forms.CharField(label=_("Proposed or decided by"), required=False, max_length=150)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted((str(kind.label), kind.code) for kind in KINDS.values())
        states = [(code, capfirst(str(name))) for code, name in Proposal.State.choices]
        self.fields["kind"].choices = [ANY, *((code, capfirst(name)) for name, code in kinds)]
        self.fields["state"].choices = [ANY, *states]

    def wanted(self) -> Wanted:
        """What can be understood of the address; fields with an error are left out."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Wanted(given.pop("q", ""), **given)


class DecisionForm(forms.Form):
    remark = forms.CharField(
        label=_("Remark"),
        help_text=_("Needed to return it: what is wrong with it?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
