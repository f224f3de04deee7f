"""Pins on their way to the executors: written as bytes, read back only as what they were."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.lists import NamedLists
from tidewaiter.engine.risk.models import RiskModel
from tidewaiter.engine.risk.pins import Pinned, digest_of, versions_of
from tidewaiter.engine.risk.profiles import ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA

_opened: dict[str, Pinned] = {}  # by digest; an executor process keeps the last


class Damaged(ValueError):
    """What arrived is not what was pinned."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What travels with the work: profiles, lists and model themselves, the baselines by the folder
    that the executors see them in, for they are large."""

    digest: str
    currency: str
    profiles: str
    lists: str
    model: bytes | None
    baselines: str

    @classmethod
    def of(cls, pins: Pinned, baselines: str) -> Shipped:
        """baselines: the folder that `Baselines.save` wrote."""
        return cls(
            pins.digest,
            pins.currency,
            pins.profiles.to_json(),
            pins.lists.to_json(),
            pins.model.to_json() if pins.model else None,
            baselines,
        )

    def open(self) -> Pinned:
        """The pins, loaded once a process. Raises Damaged when their digest is another."""
        if self.digest not in _opened:
            _opened.clear()
            _opened[self.digest] = self._opened()
        return _opened[self.digest]

    def _opened(self) -> Pinned:
        lists = NamedLists.from_json(self.lists)
        profiles = ProfileSet.from_json(self.profiles, SCHEMA, lists)
        model = RiskModel.from_json(self.model) if self.model is not None else None
        baselines = Baselines.load(Path(self.baselines))
        if not baselines.intact:
            raise Damaged(f"the baselines at {self.baselines} are not what their manifest says")
        found = digest_of(
            versions_of(
                profiles=profiles, lists=lists, baselines=baselines, model=model,
                currency=self.currency,
            )
        )  # fmt: skip
        if found != self.digest:
            raise Damaged(
                f"pins {self.digest} arrived as {found}; do the executors run the same release?"
            )
        return Pinned(self.digest, profiles, lists, baselines, model, self.currency)
