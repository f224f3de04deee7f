"""The profiles in force, compiled once a change, and kept so that a decision can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Max

from tidewaiter.desks.targeting.actions.keeping import keep, kept
from tidewaiter.desks.targeting.actions.lists import current_lists
from tidewaiter.desks.targeting.models import ProfileEvent, ProfileVersion
from tidewaiter.engine.risk.profiles import Profile, ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.lists import NamedLists

State = ProfileVersion.State
_profiles: dict[tuple[object, ...], list[Profile]] = {}
_sets: dict[tuple[object, ...], ProfileSet] = {}
SETS = 40  # kept compiled


def active_profile_set(on: date) -> ProfileSet:
    """The active profiles, with today's lists, for declarations of this day and later.

    Profiles whose last day was before it are left out; days inside are judged record by record.
    """
    lists = current_lists()
    changes = ProfileEvent.objects.aggregate(Count("pk"), Max("pk"))
    token = (str(settings.HOME), *changes.values())
    if token not in _profiles:
        _profiles.clear()
        _profiles[token] = _active()
    chosen = [p for p in _profiles[token] if p.valid_to is None or p.valid_to >= on]
    # Most days have the same profiles: one compiled set serves them all.
    key = (*token, lists.version, *(p.code for p in chosen))
    if key not in _sets:
        if len(_sets) >= SETS:
            _sets.clear()
        _sets[key] = ProfileSet(chosen, SCHEMA, lists)
    held = _sets[key]
    keep("profiles", held.version, held.to_json)
    return held


def load_profile_set(version: str, lists: NamedLists) -> ProfileSet:
    """A set as it was used. Raises FileNotFoundError; ValueError if it does not mean the same."""
    found = ProfileSet.from_json(kept("profiles", version), SCHEMA, lists)
    if found.version != version:
        message = "the profiles kept as {} mean something else now: file, lists or fields changed"
        raise ValueError(message.format(version))
    return found


def _active() -> list[Profile]:
    rows = ProfileVersion.objects.filter(state__in=(State.ACTIVE, State.RETIRING))
    return [Profile.from_dict(content) for content in rows.values_list("content", flat=True)]
