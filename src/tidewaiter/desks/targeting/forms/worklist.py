from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.control.queries import offices_of
from tidewaiter.desks.targeting.queries.worklist import Wanted
from tidewaiter.engine.risk.selection import LANES
from tidewaiter.platform.pages.cells import LANE_WORDS
from tidewaiter.platform.pages.fields import DayField

if TYPE_CHECKING:
    from datetime import date

    from django.http import QueryDict

    from tidewaiter.platform.accounts.models import User

STEP_WORDS = {
    "mandatory": _("mandatory profile"),
    "rate": _("profile's select rate"),
    "random": _("random share"),
    "unseen": _("share of traders not controlled lately"),
    "after": _("profile that waited"),
    "value": _("expected value"),
    "override": _("override"),
    "limit": _("trader's limit"),
    "cancelled": _("cancellation of the declaration"),
    "none": _("nothing"),
}
AREA_WORDS = {
    "revenue": _("Revenue"),
    "drugs": _("Drugs"),
    "security": _("Security"),
    "ipr": _("Counterfeits"),
    "health": _("Health and safety"),
    "environment": _("Environment"),
    "emerging": _("Emerging risks"),
}
ANY = ("", _("any"))


def _day(label: Any) -> DayField:
    return DayField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class WorklistFilter(forms.Form):
    """What the worklist is narrowed to, from the address."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )  # fmt: skip
    since = _day(_("From"))
    until = _day(_("To"))
    office = forms.CharField(
        label=_("Office"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"list": "known-offices"}),
    )
    lane = forms.ChoiceField(label=_("Lane"), required=False)
    step = forms.ChoiceField(label=_("Selected by"), required=False)
    area = forms.ChoiceField(label=_("Risk area"), required=False)
    importer = forms.CharField(label=_("Importer's code"), required=False, max_length=100)
    hs = forms.RegexField(
        r"^\d{2,12}$", label=_("HS code begins"), required=False, max_length=12,
        error_messages={"invalid": _("Two to twelve digits, without dots.")},
    )  # fmt: skip
    origin = forms.RegexField(
        r"^[A-Za-z]{2}$", label=_("Origin"), required=False, max_length=2,
        error_messages={"invalid": _("Two letters, as VN.")},
    )  # fmt: skip
    profile = forms.CharField(label=_("Profile hit"), required=False, max_length=100)
    least = forms.FloatField(label=_("Least expected value"), required=False, min_value=0)
    more = ("step", "area", "importer", "hs", "origin", "profile", "least")

    def __init__(self, data: QueryDict, user: User, window: tuple[date, date] | None) -> None:
        """window: the first and last day of the list when none is asked for."""
        super().__init__(data)
        self.known_offices = offices_of(user)
        choices = {
            "lane": [(lane, LANE_WORDS[lane]) for lane in LANES],
            "step": list(STEP_WORDS.items()),
            "area": list(AREA_WORDS.items()),
        }
        for name, known in choices.items():
            self.fields[name].choices = [ANY, *known]
        if window and not (data.get("since") or data.get("until")):
            self.data = {**data.dict(), **dict(zip(("since", "until"), window, strict=True))}
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.more]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]

    @property
    def more_given(self) -> bool:
        return any(self.data.get(name) for name in self.more)

    def wanted(self) -> Wanted:
        """What was asked for; a field with an error is left out and shown with it."""
        self.is_valid()
        given = {
            name: value for name, value in self.cleaned_data.items() if value not in (None, "")
        }
        text = given.pop("q", "")
        if "origin" in given:
            given["origin"] = given["origin"].upper()
        return Wanted(text=text.strip(), **given)
