"""What a declaration states, field by field, and where it states it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidewaiter.engine.messages.scalars import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidewaiter.engine.messages.xml.leaves import Leaves


@dataclass(slots=True)
class Stated:
    """Field -> what is written, and field -> its path, below `place`."""

    place: str
    raw: dict[str, object] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def within(self, place: str) -> Stated:
        """The same statements, to be added to for one item."""
        return Stated(place, dict(self.raw), dict(self.places))

    def pick(self, leaves: Leaves, target: str, paths: Iterable[str], place: str = "") -> None:
        """State a field by the first path that holds a text."""
        if found := leaves.first(*paths):
            path, text = found
            self.raw[target], self.places[target] = text, f"{place or self.place}/{path}"
            if FIELDS[target].kind != "date":  # the hour is no part of the field, but was declared
                leaves.take(path)

    def add(self, target: str, texts: Iterable[str | None]) -> None:
        """State a field that is a list, after what the header states for it."""
        before = self.raw.get(target)
        self.raw[target] = [*(before if isinstance(before, list) else ()), *filter(None, texts)]
