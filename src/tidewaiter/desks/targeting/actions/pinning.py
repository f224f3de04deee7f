"""Everything an assessment depends on, named by version and loaded again by it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from tidewaiter.desks.targeting.actions.baselines import load_baselines
from tidewaiter.desks.targeting.actions.learning import current_model, load_model
from tidewaiter.desks.targeting.actions.lists import current_lists, load_lists
from tidewaiter.desks.targeting.actions.profiles import active_profile_set, load_profile_set
from tidewaiter.desks.targeting.models import Pins
from tidewaiter.engine.risk.pins import Pinned, digest_of, versions_of

if TYPE_CHECKING:
    from datetime import date


def pin(day: date, baselines: str) -> Pinned:
    """What is in force for declarations of this day, written down so that it can be had again.

    baselines: the version to use, see `baselines_for`.
    """
    lists = current_lists()
    profiles = active_profile_set(day)
    model = current_model()
    loaded = load_baselines(baselines)
    currency = settings.CURRENCY
    versions = versions_of(
        profiles=profiles, lists=lists, baselines=loaded, model=model, currency=currency
    )
    digest = digest_of(versions)
    Pins.objects.get_or_create(digest=digest, defaults=versions)
    return Pinned(digest, profiles, lists, loaded, model, currency)


@lru_cache(maxsize=8)
def pinned(digest: str) -> Pinned:
    """What an earlier assessment used. Raises Pins.DoesNotExist, FileNotFoundError."""
    pins = Pins.objects.get(digest=digest)
    lists = load_lists(pins.lists)
    return Pinned(
        digest=digest,
        profiles=load_profile_set(pins.profiles, lists),
        lists=lists,
        baselines=load_baselines(pins.baselines),
        model=load_model(pins.model) if pins.model else None,
        currency=pins.currency,
    )
