"""Tables and sentences on why a declaration was not selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from tidewaiter.desks.targeting.wording import selection_in_words
from tidewaiter.engine.risk.reasons import catalogue, figure
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from tidewaiter.desks.targeting.queries.why_not import NearProfile, WhyNot
    from tidewaiter.engine.risk.whynot import Against, Change, Failed, LaneDistance


def sheets_of(found: WhyNot) -> dict[str, Any]:
    """What the template shows beside the figures themselves."""
    return {
        "lanes": _lanes(found),
        "near": [_near(one) for one in found.near],
        "changes": [_change(one, found) for one in found.changes],
        "against": _against(found) if found.against else None,
        "selected": selection_in_words(found.selected_by),
    }


def _lanes(found: WhyNot) -> Table:
    columns = [
        Column(gettext("Lane")), Column(gettext("Least that was taken"), "number"),
        Column(gettext("This declaration"), "number"), Column(gettext("Missing"), "number"),
        Column(gettext("Planned of capacity"), "number"),
    ]  # fmt: skip
    return Table(columns, [_lane(one, found.currency, found.expected_value) for one in found.lanes])


def _lane(one: LaneDistance, currency: str, expected: float) -> Row:
    capacity = gettext("no limit entered") if one.capacity is None else _minutes(one.capacity)
    return Row(
        [
            cells.lane(one.lane),
            gettext("none by value") if one.needed is None else formats.money(one.needed, currency, 0),
            formats.money(expected, currency, 0),
            formats.NOTHING if one.gap is None else formats.money(one.gap, currency, 0),
            f"{_minutes(one.planned)} / {capacity}",
        ]
    )  # fmt: skip


def _minutes(minutes: float) -> str:
    return gettext("{minutes} min").format(minutes=formats.number(minutes, 0))


def _near(one: NearProfile) -> dict[str, Any]:
    return {
        "item_no": one.item_no,
        "code": one.code,
        "title": one.title,
        "in_scope": one.in_scope,
        "failed": [_failed(leaf) for leaf in one.failed],
    }


def _failed(leaf: Failed) -> dict[str, str]:
    """The condition, and what was there instead."""
    if leaf.unknown:
        missing = ", ".join(_label(name) for name, value in leaf.facts.items() if value is None)
        was = gettext("could not be judged: {facts} missing").format(facts=missing)
    elif leaf.actual is not None and leaf.needed is not None:
        was = gettext("it was {actual}, the limit {needed}").format(
            actual=figure(leaf.actual), needed=figure(leaf.needed)
        )
    else:
        was = ", ".join(f"{_label(name)}: {figure(value)}" for name, value in leaf.facts.items())
    return {"condition": leaf.condition, "was": was}


def _change(one: Change, found: WhyNot) -> str:
    return gettext(
        "Item {item}: had {fact} (it was {actual}) satisfied “{condition}”, profile {profile} would "
        "have hit, the expected value been {expected}: {outcome}."
    ).format(
        item=one.item_no, fact=_label(one.fact), actual=figure(one.actual),
        condition=one.condition, profile=one.profile,
        expected=formats.money(one.expected_value, found.currency, 0), outcome=_outcome(one.selects),
    )  # fmt: skip


def _against(found: WhyNot) -> Table:
    columns = [
        Column(gettext("Item"), "number"), Column(gettext("Spoke against it")),
        Column(gettext("Expected value, were it neutral"), "number"), Column(gettext("Then")),
    ]  # fmt: skip
    return Table(columns, [_spoke(one, found) for one in found.against])


def _spoke(one: Against, found: WhyNot) -> Row:
    reason = catalogue().get(one.reason)
    return Row(
        [
            formats.number(one.item_no),
            gettext(reason.label) if reason else one.reason,
            formats.money(one.expected_value, found.currency, 0),
            _outcome(one.selects),
        ]
    )


def _outcome(selects: str) -> str:
    words = {
        "mandatory": gettext("selected, as the profile is mandatory"),
        "rate": gettext("selected by the profile's share"),
        "value": gettext("selected for its value"),
    }
    return words.get(selects, gettext("still not selected"))


def _label(name: str) -> str:
    column = SCHEMA.get(name)
    return gettext(column.label) if column and column.label else name
