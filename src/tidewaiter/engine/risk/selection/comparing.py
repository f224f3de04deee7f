"""What one policy says, figure by figure, and what another changes in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidewaiter.engine.risk.selection.policy import SelectionPolicy

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs; None where a policy does not have it."""

    path: Path
    old: object
    new: object


def figures(policy: SelectionPolicy) -> dict[Path, object]:
    """Every figure of a policy under where it stands, as ("lanes", "red", "random_rate").

    A lane goes by its code, a shift by its name and offices; ("lanes",) is the order of the lanes.
    """
    content = asdict(policy)
    lanes, shifts = content.pop("lanes"), content.pop("shifts")
    found: dict[Path, object] = {("lanes",): tuple(rule["lane"] for rule in lanes)}
    for rule in lanes:
        found |= _under(("lanes", rule.pop("lane")), rule)
    for shift in shifts:
        name = " ".join((shift.pop("name"), *shift.pop("offices")))
        found |= _under(("shifts", name), shift)
    for name, value in content.items():
        found |= _under((name,), value) if isinstance(value, dict) else {(name,): value}
    return found


def changes(old: SelectionPolicy, new: SelectionPolicy) -> list[Change]:
    """The figures in which two policies differ: those of the new one in its order, then what is
    gone."""
    before, after = figures(old), figures(new)
    return [
        Change(path, before.get(path), after.get(path))
        for path in (*after, *(path for path in before if path not in after))
        if before.get(path) != after.get(path)
    ]


def _under(path: Path, table: dict[str, Any]) -> dict[Path, object]:
    return {(*path, name): value for name, value in table.items()}
