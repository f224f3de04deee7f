"""The selection policy as forms: its figures, a proposal, the filter of its history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from tidewaiter.desks.targeting.forms.worklist import ANY, AREA_WORDS
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.desks.targeting.policy_words import FIGURES, OF_LANE, name_of
from tidewaiter.desks.targeting.queries.policy import Wanted
from tidewaiter.engine.risk.selection import PolicyError, SelectionPolicy
from tidewaiter.platform.pages.cells import LANE_WORDS

RATES = ("random_rate", "unseen_rate", "expected_rate")
COLUMNS = {
    **{name: OF_LANE[name] for name in RATES},
    "minutes": gettext_lazy("minutes of a control"),
    "capacity": gettext_lazy("minutes there would be, % of those entered"),
}
MOST = {"minutes": 10_000, "capacity": 1_000, "weight": 1_000}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as the table shows it: its field, what is in force (empty: it does not exist there),
    and whether what stands in the field differs from that."""

    label: str
    field: forms.BoundField
    now: str
    changed: bool


class FiguresForm(forms.Form):
    """One field a figure of `base`, beside what is in force. `policy` and `capacity` after
    `is_valid`.

    base: the policy that is changed, the one in force unless told; what the form does not show stays
    as it says. capacity: whether it asks for the minutes that there would be, which are no part of
    a policy.
    """

    policy: SelectionPolicy
    capacity: dict[str, float]

    def __init__(
        self,
        data: Any = None,
        *,
        now: SelectionPolicy,
        base: SelectionPolicy | None = None,
        capacity: bool = False,
    ) -> None:
        super().__init__(data)
        self.base, self.shown = base or now, _figures(base or now)
        self.in_force = _figures(now)
        self.columns = [label for name, label in COLUMNS.items() if capacity or name != "capacity"]
        self.asks_capacity = capacity
        for name, (label, figure, most) in self.shown.items():
            if capacity or not name.endswith("_capacity"):
                self.fields[name] = _field(label, figure, most, self.in_force.get(name))

    @property
    def lanes(self) -> list[tuple[str, list[Figure]]]:
        """A row a lane: its code, its figures in the order of the columns."""
        return [
            (
                rule.lane,
                [
                    self._figure(f"{rule.lane}_{name}", str(label))
                    for name, label in COLUMNS.items()
                    if f"{rule.lane}_{name}" in self.fields
                ],
            )
            for rule in self.base.lanes
        ]

    @property
    def areas(self) -> list[Figure]:
        """The weights of the risk areas."""
        return [self._figure(f"weight_{area}", str(words)) for area, words in AREA_WORDS.items()]

    @property
    def others(self) -> list[Figure]:
        """What holds for all lanes."""
        names = ("cost_per_minute", "limit", "authorised")
        return [self._figure(name, str(self.fields[name].label)) for name in names]

    def _figure(self, name: str, label: str) -> Figure:
        field, now = self[name], self.in_force.get(name)
        if now is None:
            return Figure(label, field, "", changed=False)
        return Figure(label, field, str(now[1]), changed=_differs(field.value(), now[1]))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        try:
            self.policy = self._policy(given)
        except PolicyError as error:
            raise forms.ValidationError(str(error)) from error
        if self.asks_capacity:
            self.capacity = {
                rule.control: given[f"{rule.lane}_capacity"] / 100 for rule in self.base.lanes
            }
        return given

    def _policy(self, given: dict[str, Any]) -> SelectionPolicy:
        base = self.base

        def of(name: str, was: float, unit: float = 1.0) -> float:
            """What is not changed keeps all its digits, of which the form shows some."""
            return was if given[name] == self.shown[name][1] else given[name] / unit

        lanes = tuple(
            replace(rule, **{n: of(f"{rule.lane}_{n}", getattr(rule, n), 100) for n in RATES})
            for rule in base.lanes
        )
        minutes = {
            rule.control: of(f"{rule.lane}_minutes", base.minutes_of(rule.control))
            for rule in base.lanes
        }
        weights = {
            area: of(f"weight_{area}", base.weights.get(area, 1.0))
            for area in AREA_WORDS
            # what counts once need not be said, but may be
            if area in base.weights or given[f"weight_{area}"] != 1.0
        }
        limit, authorised = base.trader_limit, base.authorised
        return replace(
            base,
            lanes=lanes,
            minutes={**base.minutes, **minutes},
            cost_per_minute=of("cost_per_minute", base.cost_per_minute),
            trader_limit=replace(limit, rate=of("limit", limit.rate, 100)),
            authorised=replace(authorised, share=of("authorised", authorised.share, 100)),
            weights={**base.weights, **weights},
        )


def _figures(policy: SelectionPolicy) -> dict[str, tuple[str, float, float | None]]:
    """Label, figure as the form shows it, and the most it may be, by the name of its field."""
    found: dict[str, tuple[str, float, float | None]] = {}
    for rule in policy.lanes:
        held = {name: 100 * getattr(rule, name) for name in RATES}
        held |= {"minutes": policy.minutes_of(rule.control), "capacity": 100.0}
        for name, figure in held.items():
            told = {"lane": LANE_WORDS[rule.lane], "figure": COLUMNS[name]}
            label = gettext("%(lane)s: %(figure)s") % told
            found[f"{rule.lane}_{name}"] = (label, _plain(figure), MOST.get(name, 100))
    found["cost_per_minute"] = (
        str(FIGURES["cost_per_minute",]), _plain(policy.cost_per_minute), None,
    )  # fmt: skip
    shares = {
        "limit": (("trader_limit", "rate"), policy.trader_limit.rate),
        "authorised": (("authorised", "share"), policy.authorised.share),
    }
    for name, (path, share) in shares.items():
        found[name] = (str(FIGURES[path]), _plain(100 * share), 100)
    for area in AREA_WORDS:
        weight = policy.weights.get(area, 1.0)
        found[f"weight_{area}"] = (name_of(("weights", area)), _plain(weight), MOST["weight"])
    return found


def _plain(figure: float) -> float:
    """A figure without the noise of binary fractions; whole ones without a point."""
    rounded = round(figure, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _field(
    label: str, figure: float, most: float | None, now: tuple[str, float, float | None] | None
) -> forms.FloatField:
    """A field whose label is heard only: what is seen is the head of its column."""
    attrs = {"step": "any", "inputmode": "decimal", "aria-label": label}
    if now is not None:
        attrs["data-now"] = str(now[1])
    return forms.FloatField(
        label=label, min_value=0, max_value=most, initial=figure, widget=forms.NumberInput(attrs)
    )


def _differs(shown: object, now: float) -> bool:
    try:
        return float(str(shown)) != now
    except ValueError:
        return True


class ProposalForm(forms.Form):
    """Why another policy; the second officer reads it. `seen`: digest of what was in force when the
    figures were looked at. `trial`, `version`: where the proposed policy comes from, if not from
    figures."""

    reason = forms.CharField(
        label=gettext_lazy("What changes and why"),
        help_text=gettext_lazy("The second officer reads it, and so may a court."),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
    legal_basis = forms.CharField(label=gettext_lazy("Legal basis"), required=False, max_length=300)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    trial = forms.IntegerField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class HistoryForm(forms.Form):
    """What the history is narrowed to."""

    q = forms.CharField(
        label=gettext_lazy("Reason, legal basis or remark"), required=False, max_length=200,
        widget=forms.TextInput({"type": "search"}),
    )  # fmt: skip
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    who = forms.CharField(label=gettext_lazy("Proposed or decided by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(code, capfirst(str(name))) for code, name in PolicyVersion.State.choices]
        self.fields["state"].choices = [ANY, *states]

    def wanted(self) -> Wanted:
        """What can be understood of the address; the rest is left out."""
        self.is_valid()
        given = self.cleaned_data
        return Wanted(given.get("q", ""), given.get("state", ""), given.get("who", ""))
