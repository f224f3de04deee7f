from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.privacy.queries import Wanted, stores


class ReportFilter(forms.Form):
    """What the report is narrowed to; nonsense narrows nothing."""

    store = forms.ChoiceField(label=_("Store"), required=False)
    month = forms.CharField(label=_("Month"), required=False, max_length=10)
    what = forms.ChoiceField(
        label=_("Only"),
        required=False,
        choices=[
            ("", _("everything")),
            ("masked", _("masked")),
            ("deleted", _("deleted")),
            ("held", _("held")),
        ],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].choices = [("", _("all")), *((name, name) for name in stores())]

    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(**{name: self.cleaned_data.get(name) or "" for name in self.fields})


class HoldForm(forms.Form):
    declaration_id = forms.CharField(label=_("Declaration"), max_length=200)
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class LiftForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000)


class UnmaskForm(forms.Form):
    """`known`: the fields of the declaration that are masked, with their labels."""

    declaration = forms.CharField(label=_("Declaration"), max_length=200)
    fields_wanted = forms.MultipleChoiceField(
        label=_("Fields"), widget=forms.CheckboxSelectMultiple, required=False
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        help_text=_("What you need it for, and by which law. A second officer reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: object, known: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields_wanted"].choices = known
