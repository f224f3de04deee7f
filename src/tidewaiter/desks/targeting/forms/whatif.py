"""The policy in force as a form, to be changed and tried."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from tidewaiter.desks.targeting.forms.worklist import AREA_WORDS
from tidewaiter.engine.risk.selection import PolicyError, SelectionPolicy
from tidewaiter.platform.pages.cells import LANE_WORDS

# name of a lane's field, label, and unit: a share is written in percent
OF_LANE: tuple[tuple[str, Any], ...] = (
    ("random_rate", gettext_lazy("random share, %")),
    ("unseen_rate", gettext_lazy("share of traders not controlled lately, %")),
    ("expected_rate", gettext_lazy("expected rate where no capacity is entered, %")),
    ("minutes", gettext_lazy("minutes of a control")),
    ("capacity", gettext_lazy("minutes there would be, % of those entered")),
)
MOST_MINUTES = 10_000
MOST_CAPACITY = 1_000
MOST_WEIGHT = 1_000


class PolicyForm(forms.Form):
    """One field a figure. `policy` and `capacity` after `is_valid`."""

    policy: SelectionPolicy
    capacity: dict[str, float]

    def __init__(self, data: Any, *, now: SelectionPolicy) -> None:
        super().__init__(data)
        self.now = now
        for rule in now.lanes:
            lane = LANE_WORDS[rule.lane]
            figures = {
                "random_rate": 100 * rule.random_rate,
                "unseen_rate": 100 * rule.unseen_rate,
                "expected_rate": 100 * rule.expected_rate,
                "minutes": now.minutes_of(rule.control),
                "capacity": 100.0,
            }
            most = {"minutes": MOST_MINUTES, "capacity": MOST_CAPACITY}
            for name, label in OF_LANE:
                self._add(
                    f"{rule.lane}_{name}", f"{lane}: {label}", figures[name], most.get(name, 100)
                )
        self._add("cost_per_minute", gettext("Cost of a minute"), now.cost_per_minute, None)
        self._add(
            "limit",
            gettext("Trader's limit, % of its declarations"),
            100 * now.trader_limit.rate,
            100,
        )
        self._add(
            "authorised", gettext("Share of authorised traders, % of the minutes"),
            100 * now.authorised.share, 100,
        )  # fmt: skip
        for area, words in AREA_WORDS.items():
            label = gettext("Weight of the risk area: %(area)s") % {"area": words}
            self._add(f"weight_{area}", label, now.weights.get(area, 1.0), MOST_WEIGHT)

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Legends with the fields under them: a lane each, the whole, the risk areas."""
        lanes = {f"{rule.lane}_": LANE_WORDS[rule.lane] for rule in self.now.lanes}
        shown = [
            (str(legend), [self[name] for name in self.fields if name.startswith(begin)])
            for begin, legend in lanes.items()
        ]
        begins = (*lanes, "weight_")
        others = [self[name] for name in self.fields if not name.startswith(begins)]
        weights = [self[name] for name in self.fields if name.startswith("weight_")]
        return [*shown, (gettext("All lanes"), others), (gettext("Risk areas"), weights)]

    def _add(self, name: str, label: str, initial: float, most: float | None) -> None:
        self.fields[name] = forms.FloatField(
            label=label,
            min_value=0,
            max_value=most,
            initial=round(initial, 6),
            widget=forms.NumberInput(attrs={"step": "any"}),
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        try:
            self.policy = self._policy(given)
        except PolicyError as error:
            raise forms.ValidationError(str(error)) from error
        self.capacity = {
            rule.control: given[f"{rule.lane}_capacity"] / 100 for rule in self.now.lanes
        }
        return given

    def _policy(self, given: dict[str, Any]) -> SelectionPolicy:
        now = self.now
        lanes = tuple(
            replace(
                rule,
                **{
                    name: given[f"{rule.lane}_{name}"] / 100
                    for name in ("random_rate", "unseen_rate", "expected_rate")
                },
            )
            for rule in now.lanes
        )
        minutes = {rule.control: given[f"{rule.lane}_minutes"] for rule in now.lanes}
        weights = {area: given[f"weight_{area}"] for area in AREA_WORDS}
        return replace(
            now,
            lanes=lanes,
            minutes={**now.minutes, **minutes},
            cost_per_minute=given["cost_per_minute"],
            trader_limit=replace(now.trader_limit, rate=given["limit"] / 100),
            authorised=replace(now.authorised, share=given["authorised"] / 100),
            weights={
                area: weight
                for area, weight in {**now.weights, **weights}.items()
                if weight != 1.0  # what counts once need not be said
            },
        )
