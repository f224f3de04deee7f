"""Everything an assessment depends on, loaded and named by version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from tidewaiter import __version__
from tidewaiter.desks.targeting.actions.baselines import load_baselines
from tidewaiter.desks.targeting.actions.learning import current_model, load_model
from tidewaiter.desks.targeting.actions.lists import current_lists, load_lists
from tidewaiter.desks.targeting.actions.profiles import active_profile_set, load_profile_set
from tidewaiter.desks.targeting.models import Pins

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.baselines import Baselines
    from tidewaiter.engine.risk.lists import NamedLists
    from tidewaiter.engine.risk.models import RiskModel
    from tidewaiter.engine.risk.profiles import ProfileSet


@dataclass(frozen=True, slots=True)
class Pinned:
    """The loaded versions, and the digest that an assessment keeps as its `run_id`."""

    digest: str
    profiles: ProfileSet
    lists: NamedLists
    baselines: Baselines
    model: RiskModel | None
    currency: str


def pin(day: date, baselines: str) -> Pinned:
    """What is in force for declarations of this day, written down so that it can be had again.

    baselines: the version to use, see `baselines_for`.
    """
    lists = current_lists()
    profiles = active_profile_set(day)
    model = current_model()
    versions = {
        "profiles": profiles.version,
        "lists": lists.version,
        "baselines": baselines,
        "model": model.version if model else "",
        "currency": settings.CURRENCY,
        "code": __version__,
    }
    digest = hashlib.sha256(repr(sorted(versions.items())).encode()).hexdigest()[:32]
    Pins.objects.get_or_create(digest=digest, defaults=versions)
    return Pinned(digest, profiles, lists, load_baselines(baselines), model, settings.CURRENCY)


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
