"""Whose prices and masses a figure is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from tidewaiter.engine.risk.baselines.keys import Key


@dataclass(frozen=True, slots=True)
class Peers:
    """A price or mass compared with that of like goods; `name` is that of the figure in
    keys.FIGURES, `levels` go from the closest to the widest."""

    name: str
    levels: tuple[tuple[str, ...], ...]
    label: str
    unit: str

    @property
    def keys(self) -> tuple[Key, ...]:
        """One of each level."""
        return tuple(
            Key(f"{self.name}_{level}", columns) for level, columns in enumerate(self.levels)
        )


_VALUE_LEVELS = (
    ("commodity", "origin", "currency"),
    ("subheading", "currency"),
    ("heading", "currency"),
)

PEERS: tuple[Peers, ...] = (
    Peers(
        "value_per_kg", _VALUE_LEVELS,
        "Value per kilogram", "kg",
    ),
    Peers(
        "value_per_unit",
        tuple((*level, "unit") for level in _VALUE_LEVELS), "Value per unit of quantity", "unit",
    ),
    Peers(
        "mass_per_unit",
        (("commodity", "origin", "unit"), ("subheading", "unit"), ("heading", "unit")),
        "Mass per unit of quantity", "kg",
    ),
)  # fmt: skip
