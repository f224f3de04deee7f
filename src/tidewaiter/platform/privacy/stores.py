"""Tables of the database that hold personal data: each desk registers its own in `privacy.py`.

stores.register(Store("control_results", ControlResult, "recorded_at", {"notes": "text"},
                      declaration="order__declaration_id"))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Store:
    """`day`: look-up of when a row came to be; `declaration`: of the declaration it is about, if any,
    so that it is held with it. `fields`: what of a person each may tell (schedule.KINDS). `ways`: of a
    field that is not masked as others of its type, the value without what is personal. `permission`:
    what it takes to read the rows, and so to ask to see what is masked in them."""

    name: str
    model: type[Model]
    day: str
    fields: Mapping[str, str]
    declaration: str = ""
    permission: str = ""
    ways: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


STORES: dict[str, Store] = {}


def register(store: Store) -> None:
    STORES[store.name] = store


@dataclass(slots=True)
class Hooks:
    """What else desks have to do with masking.

    settle: finish what killed processes left, before. unsettled: whether something is still half
    written, which must be read as the lake was. derived: remove what was computed from these
    months of a stream, which are masked, and can be computed again.
    """

    settle: list[Callable[[], object]] = field(default_factory=list)
    unsettled: list[Callable[[], bool]] = field(default_factory=list)
    derived: list[Callable[[str, list[str]], object]] = field(default_factory=list)


HOOKS = Hooks()
