"""Figures of the selection policy in words: what each is called, and how it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_lazy

from tidewaiter.desks.targeting.forms.worklist import AREA_WORDS
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.cells import LANE_WORDS

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from tidewaiter.engine.risk.selection.comparing import Path

FIGURES: dict[Path, str | Promise] = {
    ("lanes",): gettext_lazy("Lanes, in the order they are filled"),
    ("other_minutes",): gettext_lazy("Minutes of any other control"),
    ("further_item",): gettext_lazy("A further item, % of the first one's minutes"),
    ("most_items",): gettext_lazy("Items looked at, at most"),
    ("cost_per_minute",): gettext_lazy("Cost of a minute"),
    ("trader_limit", "rate"): gettext_lazy("Trader's limit, % of its declarations"),
    ("trader_limit", "days"): gettext_lazy("Trader's limit, days"),
    ("trader_limit", "least"): gettext_lazy("Trader's limit, controls always allowed"),
    ("authorised", "members"): gettext_lazy("List of authorised traders"),
    ("authorised", "lane"): gettext_lazy("Strictest lane of authorised traders"),
    ("authorised", "share"): gettext_lazy("Share of authorised traders, % of the minutes"),
}
# Figures of a lane, in the order of the form's columns. A share is written in percent.
OF_LANE: dict[str, str | Promise] = {
    "random_rate": gettext_lazy("random share, %"),
    "unseen_rate": gettext_lazy("share of traders not controlled lately, %"),
    "expected_rate": gettext_lazy("expected rate where no capacity is entered, %"),
    "control": gettext_lazy("control"),
}
OF_SHIFT: dict[str, str | Promise] = {
    "start": gettext_lazy("begins"),
    "share": gettext_lazy("share of every capacity, %"),
}
SHARES = ("random_rate", "unseen_rate", "expected_rate", "rate", "share")
PLACES = 9  # beyond these two figures are told apart by nobody


def name_of(path: Path) -> str:
    """What a figure is called."""
    told: dict[str, object] = {}
    match path:
        case ("lanes", lane, figure):
            told = {"lane": LANE_WORDS.get(lane, lane), "figure": OF_LANE.get(figure, figure)}
            form = gettext("%(lane)s: %(figure)s")
        case ("minutes", control):
            told = {"control": control}
            form = gettext("Minutes of a control: %(control)s")
        case ("weights", area):
            told = {"area": AREA_WORDS.get(area, area)}
            form = gettext("Weight of the risk area: %(area)s")
        case ("select_after", code):
            told = {"code": code}
            form = gettext("Matches after which %(code)s selects one")
        case ("shifts", shift, figure):
            told = {"shift": shift, "figure": OF_SHIFT.get(figure, figure)}
            form = gettext("Shift %(shift)s: %(figure)s")
        case _:
            return str(FIGURES.get(path, ".".join(path)))
    return form % told


def written(path: Path, value: object) -> str:
    """A figure as text, with every digit that it has; a missing one as a dash."""
    if value is None:
        return formats.NOTHING
    if isinstance(value, tuple):
        return ", ".join(str(LANE_WORDS.get(one, one)) for one in value)
    if isinstance(value, int | float):
        scaled = 100 * value if path[-1] in SHARES else value
        digits = f"{scaled:.{PLACES}f}".rstrip("0").partition(".")[2]
        return formats.number(scaled, len(digits))
    return str(LANE_WORDS.get(str(value), value))
