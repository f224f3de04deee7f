"""Forms of profiles: filter, editor, decision."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.control.queries import offices_of
from tidewaiter.desks.targeting.models import ProfileVersion, RiskProfile
from tidewaiter.desks.targeting.queries.profiles import REVIEW, Wanted
from tidewaiter.engine.risk.profiles import LANES, RISK_AREAS, Profile
from tidewaiter.platform.handling import CODES
from tidewaiter.platform.pages.cells import LANE_WORDS

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from tidewaiter.platform.accounts.models import User

AREAS: dict[str, str | Promise] = {
    "revenue": _("Revenue"),
    "security": _("Security"),
    "ipr": _("Counterfeits"),
    "health": _("Health and safety"),
    "drugs": _("Drugs"),
    "environment": _("Environment"),
    "emerging": _("Emerging risks"),
}
CONTROLS: dict[str, str | Promise] = {
    "physical": _("Physical examination"),
    "scanner": _("Non-intrusive inspection"),
    "documentary": _("Documentary check"),
    "post_clearance": _("Post-clearance check"),
    "sample": _("Sample for the laboratory"),
}
DIRECTION_WORDS: dict[str, str | Promise] = {
    "import": _("Import"),
    "export": _("Export"),
    "transit": _("Transit"),
}
STEPS = {
    ProfileVersion.State.DRAFT: _("draft in hand"),
    ProfileVersion.State.PROPOSED: _("waits for approval"),
    ProfileVersion.State.RETIRING: _("retirement waits for approval"),
    ProfileVersion.State.SHADOW: _("watched in shadow"),
}
ANY = ("", _("any"))


class FilterForm(forms.Form):
    """What the list of profiles is narrowed to."""

    q = forms.CharField(label=_("Code or title"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    area = forms.ChoiceField(
        label=_("Risk area"), required=False, choices=[ANY, *((a, AREAS[a]) for a in RISK_AREAS)]
    )
    lane = forms.ChoiceField(
        label=_("Lane"),
        required=False,
        choices=[ANY, *((lane, LANE_WORDS[lane]) for lane in LANES)],
    )
    office = forms.ChoiceField(label=_("Office"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget = forms.TextInput({"type": "search"})
        states = [(code, capfirst(str(name))) for code, name in RiskProfile.State.choices]
        steps = [(code, capfirst(str(name))) for code, name in STEPS.items()]
        due = [(REVIEW, capfirst(_("review is due")))]
        self.fields["state"].choices = [ANY, *states, *steps, *due]
        self.fields["office"].choices = [ANY, *((code, code) for code in offices_of(user))]

    def wanted(self) -> Wanted:
        """What can be understood of the address; the rest is left out."""
        self.is_valid()
        given = self.cleaned_data
        return Wanted(
            given.get("q", ""), given.get("state", ""), given.get("area", ""),
            given.get("lane", ""), given.get("office", ""),
        )  # fmt: skip


class WordsField(forms.CharField):
    """Codes separated by spaces or commas."""

    def to_python(self, value: object) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(value or "").replace(",", " ").split()))

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list | tuple) else value


class ProfileForm(forms.Form):
    """A whole profile. What is wrong with its meaning is told by the actions, not here."""

    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("Capitals, digits, dashes: VAL-SHOES.")
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    condition = forms.CharField(
        label=_("Condition"),
        max_length=4000,
        widget=forms.Textarea(
            {
                "class": "code-input",
                "rows": 6,
                "spellcheck": "false",
                "autocapitalize": "off",
                "dir": "ltr",
            }
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Shown with each match. Facts go in braces: {origin}, {value_per_kg}."),
    )
    risk_area = forms.ChoiceField(label=_("Risk area"), choices=[(a, AREAS[a]) for a in RISK_AREAS])
    severity = forms.IntegerField(
        label=_("Severity"), min_value=1, max_value=5, help_text=_("1 irregularity, 5 critical.")
    )
    lane = forms.ChoiceField(
        label=_("Lane"),
        required=False,
        choices=[("", _("none")), *((v, LANE_WORDS[v]) for v in LANES)],
    )
    controls = forms.MultipleChoiceField(
        label=_("Controls"), required=False, widget=forms.CheckboxSelectMultiple, choices=CONTROLS
    )
    mandatory = forms.BooleanField(
        label=_("Mandatory: every match is selected, whatever the capacity"), required=False
    )
    select_rate = forms.FloatField(
        label=_("Share of matches to select"), required=False, min_value=0, max_value=1,
        help_text=_("Between 0 and 1, chosen at random. Empty: matches only add to the score."),
    )  # fmt: skip
    weight = forms.FloatField(
        label=_("Weight"), min_value=0, max_value=1000,
        help_text=_("Added to the log-odds of a find: 0.7 doubles them, 2.3 makes them tenfold."),
    )  # fmt: skip
    offices = WordsField(
        label=_("Offices"), required=False, help_text=_("Codes; empty for all offices.")
    )
    procedures = WordsField(
        label=_("Procedures"), required=False, help_text=_("Codes; empty for all procedures.")
    )
    directions = forms.MultipleChoiceField(
        label=_("Traffic"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=DIRECTION_WORDS, help_text=_("None chosen: all of it."),
    )  # fmt: skip
    valid_from = forms.DateField(label=_("First day"), required=False)
    valid_to = forms.DateField(
        label=_("Last day"), required=False, help_text=_("It is retired by itself the day after.")
    )
    review_on = forms.DateField(
        label=_("Review"), required=False, help_text=_("When to ask whether it is still needed.")
    )
    instructions = forms.CharField(
        label=_("Instructions for the examiner"),
        max_length=4000,
        required=False,
        widget=forms.Textarea,
    )
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    owner = forms.CharField(label=_("Owner"), max_length=200, required=False)
    handling_code = forms.ChoiceField(
        label=_("Handling code"), required=False,
        choices=[("", CODES[0].label), *((c.code, c.label) for c in CODES[1:])],
        help_text=_("Who is not cleared for it sees neither the profile nor that it was hit, but its instructions."),
    )  # fmt: skip
    change = forms.CharField(
        label=_("What changes and why"), max_length=1000, widget=forms.Textarea({"rows": 2}),
        required=False, help_text=_("The approver reads this."),
    )  # fmt: skip

    shadow_days = forms.IntegerField(
        label=_("Days in shadow"), min_value=0, max_value=365, required=False, initial=0,
        help_text=_("Once approved it is first watched for so many days: its hits are recorded and decide nothing. 0: it is in force at once."),
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, fixed_code: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("valid_from", "valid_to", "review_on"):
            self.fields[name].widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        if fixed_code:
            self.fields["code"].initial = fixed_code
            self.fields["code"].disabled = True
        self._own_controls()
        if (code := self.initial.get("handling_code")) and code not in dict(
            self.fields["handling_code"].choices
        ):
            self.fields["handling_code"].choices += [(code, code)]

    def _own_controls(self) -> None:
        """Controls that only this profile knows stay choosable."""
        given = self.initial.get("controls") or ()
        unknown = [(code, code) for code in given if code not in CONTROLS]
        if unknown:
            self.fields["controls"].choices = [*CONTROLS.items(), *unknown]

    def profile(self) -> Profile:
        """What was filled in, complete or not; fields that cannot be read have their default."""
        given = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("change", "seen", "shadow_days") and value is not None
        }
        for name in ("controls", "directions"):
            given[name] = tuple(given.get(name, ()))
        for name in ("code", "title", "condition"):
            # Browsers send line ends as two characters.
            given[name] = given.get(name, "").replace("\r\n", "\n")
        return Profile(**given)

    @staticmethod
    def initial_of(profile: Profile) -> dict[str, Any]:
        return {field.name: getattr(profile, field.name) for field in dataclasses.fields(profile)}


class RemarkForm(forms.Form):
    """Why; needed for a refusal and for a retirement."""

    remark = forms.CharField(
        label=_("Remark"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )


class UploadForm(forms.Form):
    """A TOML file of profiles, taken in as drafts."""

    file = forms.FileField(label=_("TOML file"), widget=forms.FileInput({"accept": ".toml"}))
