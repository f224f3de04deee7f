from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.accounts import delegations, queries
from tidewaiter.platform.accounts.actions import Person, Rights, rights_of
from tidewaiter.platform.accounts.models import Office
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.accounts.tokens import (
    LONGEST_LIFE,
    LONGEST_OVERLAP,
    OVERLAP,
    Grant,
    grantable,
    read_networks,
)
from tidewaiter.platform.handling import labels
from tidewaiter.platform.pages.fields import DayField

if TYPE_CHECKING:
    from datetime import datetime

    from tidewaiter.platform.accounts.models import User


class AccountForm(forms.Form):
    """Who somebody is and what he may do; the name to log in with only when the account is made."""

    username = forms.CharField(label=_("Name to log in with"), max_length=150)
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), required=False, widget=forms.CheckboxSelectMultiple
    )
    offices = forms.MultipleChoiceField(
        label=_("Offices"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("What belongs to other offices can be neither seen nor counted."),
    )
    national = forms.BooleanField(label=_("Sees all offices"), required=False)

    def __init__(self, actor: User, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        if user is not None:
            kwargs["initial"] = _initial(user)
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(role.code, role.label) for role in ROLES.values()]
        self.fields["offices"].choices = [
            (office.code, str(office)) for office in queries.offices(actor)
        ]
        if user is not None:
            del self.fields["username"]
        if not actor.scope().national:
            del self.fields["national"]

    def person(self) -> Person:
        given = self.cleaned_data
        return Person(given["first_name"], given["last_name"], given["email"])

    def rights(self) -> Rights:
        given = self.cleaned_data
        return Rights(
            frozenset(given["roles"]), frozenset(given["offices"]), given.get("national", False)
        )


def _initial(user: User) -> dict[str, Any]:
    rights = rights_of(user)
    return {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "roles": sorted(rights.roles),
        "offices": sorted(rights.offices),
        "national": rights.national,
    }


class _ColleagueField(forms.CharField):
    """Typed and not chosen: no page shows what accounts there are. Gives the account."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=150, **kwargs)
        self.asking: User | None = None

    def clean(self, value: str) -> User | None:
        name = super().clean(value)
        found = delegations.colleague(self.asking, name) if name else None
        if name and found is None:
            raise forms.ValidationError(_("You see no active account of this name."))
        return found


class SuperiorForm(forms.Form):
    superior = _ColleagueField(
        label=_("Led by"), required=False,
        help_text=_("The account of who leads him; he decides on nothing that those above him propose."),
    )  # fmt: skip

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["superior"].asking = actor


class DelegationForm(forms.Form):
    """Who stands in for somebody, and when."""

    to = _ColleagueField(label=_("Account of who stands in"))
    since = DayField(label=_("First day"), widget=forms.DateInput({"type": "date"}))
    until = DayField(label=_("Last day"), widget=forms.DateInput({"type": "date"}))

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].asking = actor


class ClearanceForm(forms.Form):
    clearance = forms.TypedChoiceField(
        label=_("May read up to"), coerce=int,
        help_text=_("What has a higher handling code is not there for this account."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clearance"].choices = list(labels())


class OfficeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"), max_length=32, help_text=_("As declarations carry it. It never changes.")
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False)


class EmergencyForm(forms.Form):
    office = forms.CharField(label=_("Code of the office"), max_length=32)
    reason = forms.CharField(
        label=_("What happened"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept, and read by those who lead the office and by internal affairs."),
    )  # fmt: skip
    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=8, initial=2)

    def clean_office(self) -> Office:
        """Typed and not chosen: no page shows what other offices there are."""
        office = Office.objects.filter(code=self.cleaned_data["office"].strip()).first()
        if office is None:
            raise forms.ValidationError(_("There is no office of this code."))
        return office


class ReviewForm(forms.Form):
    remark = forms.CharField(
        label=_("What you found"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class TokenForm(forms.Form):
    """A new token of an account: offers what the account may, and nothing is ticked."""

    name = forms.CharField(
        label=_("What it is for"), max_length=100, help_text=_("For example: clearance system")
    )
    permissions = forms.MultipleChoiceField(
        label=_("What it may do"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Of what the account may. Nothing ticked is nothing."),
    )  # fmt: skip
    office = forms.ChoiceField(label=_("In this office only"), required=False)
    networks = forms.CharField(
        label=_("From these networks only"), max_length=1000, required=False,
        help_text=_("For example 192.0.2.0/24, 2001:db8::/32; empty: from anywhere."),
    )  # fmt: skip
    days = forms.IntegerField(
        label=_("Days it is valid"), min_value=1, max_value=LONGEST_LIFE.days, initial=90
    )

    def __init__(self, account: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"].choices = [(p, p) for p in grantable(account)]
        seen = Office.objects.filter(account.scope().rows("code"))
        every = [("", _("every office of the account"))]
        self.fields["office"].choices = every + [(office.code, str(office)) for office in seen]

    def clean_networks(self) -> list[str]:
        try:
            return read_networks(self.cleaned_data["networks"].split(","))
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from None

    def grant(self) -> Grant:
        given = self.cleaned_data
        return Grant(given["permissions"], given["office"], given["networks"])

    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class RotationForm(forms.Form):
    days = forms.IntegerField(
        label=_("Days the new secret is valid"), min_value=1, max_value=LONGEST_LIFE.days,
        initial=90,
    )  # fmt: skip
    hours = forms.IntegerField(
        label=_("Hours the old secret stays valid"), min_value=0,
        max_value=LONGEST_OVERLAP // timedelta(hours=1), initial=OVERLAP // timedelta(hours=1),
        help_text=_("Long enough to give the machine client the new one; 0 if the old one leaked."),
    )  # fmt: skip

    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])

    def overlap(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])


class WelcomeForm(forms.Form):
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password") != given.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return given
