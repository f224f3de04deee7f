"""The forms of this desk. The result form is the same for the page and for the offline queue."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidewaiter.desks.control.content import Content, Line
from tidewaiter.desks.control.queries import Filter, inspectors_of, offices_of
from tidewaiter.desks.control.vocabulary import Control, Lane, RiskArea, Severity, State
from tidewaiter.platform.pages.fields import DayField

if TYPE_CHECKING:
    from decimal import Decimal

    from tidewaiter.desks.control.models import ControlOrder
    from tidewaiter.platform.accounts.models import User

LONGEST = 6_000  # minutes: a hundred hours
FOUND = (("no", gettext_lazy("Nothing found")), ("yes", gettext_lazy("Found something")))
SEVERITIES = ((1, Severity.IRREGULARITY.label), (2, Severity.CRITICAL.label))


class ListOf(forms.Field):
    """Repeated values of one kind: `name=1&name=2`."""

    widget = forms.SelectMultiple

    def __init__(self, kind: type[int] | type[uuid.UUID] | type[str], **options: Any) -> None:
        super().__init__(required=False, **options)
        self.kind = kind

    def to_python(self, value: list[str] | None) -> tuple[Any, ...]:
        try:
            return tuple(dict.fromkeys(self.kind(one) for one in value or ()))
        except ValueError as error:
            raise forms.ValidationError(_("This is not understood: %s") % error) from error


class ResultForm(forms.Form):
    """What was found, by risk area. Fields of an area end in its code: `items_drugs`."""

    id = forms.UUIDField()
    found = forms.ChoiceField(
        label=gettext_lazy("What did you find?"),
        choices=FOUND,
        error_messages={"required": gettext_lazy("Say whether you found something.")},
    )
    controls = ListOf(str, label=gettext_lazy("Controls performed"))
    minutes = forms.IntegerField(
        label=gettext_lazy("Time spent, in minutes"), min_value=1, max_value=LONGEST
    )
    notes = forms.CharField(label=gettext_lazy("Notes"), required=False, max_length=10_000)
    photograph = ListOf(uuid.UUID)
    started_at = forms.DateTimeField(required=False)
    ended_at = forms.DateTimeField(required=False)
    device_time = forms.DateTimeField(required=False)
    sent_at = forms.DateTimeField(required=False)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180)
    accuracy = forms.FloatField(required=False, min_value=0)

    def __init__(self, data: Any = None, *, order: ControlOrder, **options: Any) -> None:
        super().__init__(data, **options)
        self.order = order
        for area, label in RiskArea.choices:
            self.fields[f"area_{area}"] = forms.BooleanField(label=label, required=False)
            self.fields[f"severity_{area}"] = forms.TypedChoiceField(
                label=_("Severity"), choices=SEVERITIES, coerce=int, required=False, empty_value=1
            )
            self.fields[f"items_{area}"] = ListOf(int, label=_("Goods items concerned"))
            self.fields[f"description_{area}"] = forms.CharField(
                label=_("What exactly"), required=False, max_length=4_000
            )
        self.fields["revenue"] = forms.DecimalField(
            label=_("Revenue to collect in addition"),
            required=False,
            min_value=0,
            max_digits=18,
            decimal_places=2,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("found") == "yes" and not self._areas():
            self.add_error("found", _("Choose at least one risk area."))
        for area in self._areas():
            wrong = [i for i in data.get(f"items_{area}", ()) if not 1 <= i <= self.order.items]
            if wrong:
                self.add_error(
                    f"items_{area}",
                    _("The declaration has goods items 1 to %(items)s, not %(wrong)s.")
                    % {"items": self.order.items, "wrong": ", ".join(map(str, wrong))},
                )
        started, ended = data.get("started_at"), data.get("ended_at")
        if started and ended and ended < started:
            self.add_error("ended_at", _("The control cannot end before it begins."))
        return data

    def _areas(self) -> list[str]:
        if self.cleaned_data.get("found") != "yes":
            return []
        return [area for area in RiskArea.values if self.cleaned_data.get(f"area_{area}")]

    def content(self) -> Content:
        """The result, once the form is valid."""
        data = self.cleaned_data
        place = {name: data[name] for name in ("latitude", "longitude", "accuracy")}
        named = ("id", "minutes", "notes", "started_at", "ended_at", "device_time", "sent_at")
        return Content(
            lines=tuple(self._line(area) for area in self._areas()),
            controls=data["controls"],
            photographs=data["photograph"],
            position=place if None not in (place["latitude"], place["longitude"]) else None,
            **{name: data[name] for name in named},
        )

    def _line(self, area: str) -> Line:
        data = self.cleaned_data
        revenue: Decimal | None = data["revenue"] if area == RiskArea.REVENUE else None
        told = Line(
            area, data[f"severity_{area}"], data[f"description_{area}"],
            items=data[f"items_{area}"],
        )  # fmt: skip
        return told if revenue is None else Line(
            area, told.severity, told.description, revenue, told.items
        )  # fmt: skip


class PhotographForm(forms.Form):
    id = forms.UUIDField()
    file = forms.FileField()
    caption = forms.CharField(required=False, max_length=300)
    taken_at = forms.DateTimeField(required=False)


class StartForm(forms.Form):
    at = forms.DateTimeField(required=False)


class FilterForm(forms.Form):
    """The filters of the list of orders."""

    q = forms.CharField(
        label=gettext_lazy("Order, declaration or importer"), required=False, max_length=100
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("All")), ("open", gettext_lazy("open")), *State.choices],
    )
    lane = forms.ChoiceField(
        label=gettext_lazy("Lane"),
        required=False,
        choices=[("", gettext_lazy("All")), *Lane.choices],
    )
    office = forms.ChoiceField(label=gettext_lazy("Office"), required=False)
    inspector = forms.CharField(label=gettext_lazy("Inspector"), required=False, max_length=150)
    overdue = forms.BooleanField(label=gettext_lazy("Overdue only"), required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.fields["office"].choices = [
            ("", _("All")),
            *((code, code) for code in offices_of(user)),
        ]

    def filter(self) -> Filter:
        """What is asked for; an answer that makes no sense is no filter."""
        self.is_valid()
        asked = self.cleaned_data
        return Filter(
            text=asked.get("q", ""),
            **{name: asked.get(name, "") for name in ("state", "lane", "office", "inspector")},
            overdue=asked.get("overdue", False),
        )


class ReasonForm(forms.Form):
    """A reason in words, for what has to be explained."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReassignForm(ReasonForm):
    inspector = forms.ModelChoiceField(
        label=gettext_lazy("Inspector"), queryset=None, required=False,
        to_field_name="username", empty_label=gettext_lazy("Draw by lot"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, order: ControlOrder, user: User) -> None:
        super().__init__(data)
        others = inspectors_of(order.office).exclude(pk__in=(order.inspector_id, user.pk))
        self.fields["inspector"].queryset = others
        self.order_fields(["inspector", "reason"])


class DutyForm(forms.Form):
    day = DayField()
    office = forms.CharField(max_length=32)
    inspector = forms.CharField(max_length=150)
    available = forms.TypedChoiceField(choices=(("1", ""), ("0", "")), coerce=lambda v: v == "1")


class DayForm(forms.Form):
    day = DayField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    office = forms.ChoiceField(label=gettext_lazy("Office"), required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.codes = offices_of(user)
        self.fields["office"].choices = [(code, code) for code in self.codes]

    def chosen(self) -> tuple[Any, str]:
        """Day and office asked for; today and the first office where nothing sensible is."""
        self.is_valid()
        day = self.cleaned_data.get("day") or timezone.localdate()
        return day, self.cleaned_data.get("office") or next(iter(self.codes), "")


class CapacityForm(forms.Form):
    office = forms.ChoiceField(label=gettext_lazy("Office"))
    control = forms.ChoiceField(label=gettext_lazy("Control"), choices=Control.choices)
    minutes_per_day = forms.IntegerField(
        label=gettext_lazy("Minutes a day"),
        required=False,
        min_value=0,
        help_text=gettext_lazy(
            "Empty: no entry. The share that the selection policy names counts."
        ),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.fields["office"].choices = [(code, code) for code in offices_of(user)]
