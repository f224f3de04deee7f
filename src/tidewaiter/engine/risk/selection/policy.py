"""What an administration decides about selection, as data: lanes, controls, minutes, rates."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RED, ORANGE, YELLOW, BLUE, GREEN = "red", "orange", "yellow", "blue", "green"
LANES = (RED, ORANGE, YELLOW, BLUE, GREEN)
WHOLE = 100  # sizes are counted in hundredths of a one-item declaration, so that sums are exact


class PolicyError(ValueError):
    """The policy cannot be used; the message names the field and the remedy."""


@dataclass(frozen=True)
class LaneRule:
    """One lane that means a control.

    `random_rate`: share of all declarations drawn at random into this lane.
    `expected_rate`: share of an office's declarations a day filled by value where no capacity is
    entered for the lane's control.
    """

    lane: str
    control: str
    random_rate: float = 0.0
    expected_rate: float = 0.0


@dataclass(frozen=True)
class SelectionPolicy:
    """Lanes in the order they are filled, and how long controls take.

    A control of a declaration takes `minutes[control]` for one item and `further_item` hundredths of
    that for each further one, up to `most_items` looked at. `cost_per_minute` is in the currency of
    the expected values: a control is worth while only above it.
    """

    lanes: tuple[LaneRule, ...] = (
        LaneRule(RED, "physical", random_rate=0.01, expected_rate=0.03),
        LaneRule(ORANGE, "scanner", expected_rate=0.02),
        LaneRule(YELLOW, "documentary", expected_rate=0.05),
        LaneRule(BLUE, "post_clearance", expected_rate=0.02),
    )
    minutes: dict[str, float] = field(
        default_factory=lambda: {
            "physical": 60.0,
            "scanner": 15.0,
            "documentary": 20.0,
            "post_clearance": 120.0,
        }
    )
    other_minutes: float = 30.0
    further_item: int = 25
    most_items: int = 9
    cost_per_minute: float = 0.0

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise PolicyError(problem)

    def _problems(self) -> list[str]:
        codes = [rule.lane for rule in self.lanes]
        controls = [rule.control for rule in self.lanes]
        rates = [rate for rule in self.lanes for rate in (rule.random_rate, rule.expected_rate)]
        checks = {
            "lanes: at least one lane must mean a control": bool(codes),
            f"lanes: use each of {', '.join(LANES[:-1])} at most once": len(set(codes))
            == len(codes)
            and set(codes) <= set(LANES[:-1]),
            "lanes: two lanes share a control; capacity is counted by control": len(set(controls))
            == len(controls),
            "lanes: rates must lie between 0 and 1": all(0 <= rate <= 1 for rate in rates),
            "lanes: the random rates add up to more than 1": self.random_rate <= 1,
            "minutes: every lane's control needs its standard minutes": set(controls)
            <= set(self.minutes),
            "minutes: must be above 0": all(
                m > 0 for m in (*self.minutes.values(), self.other_minutes)
            ),
            "further_item, cost_per_minute: must not be negative; most_items: at least 1": min(
                self.further_item, self.cost_per_minute, self.most_items - 1
            )
            >= 0,
        }
        return [text for text, holds in checks.items() if not holds]

    @property
    def random_rate(self) -> float:
        """Share of all declarations drawn at random, over all lanes."""
        return sum(rule.random_rate for rule in self.lanes)

    def minutes_of(self, control: str) -> float:
        """Standard minutes of a control on one goods item."""
        return self.minutes.get(control, self.other_minutes)

    def random_lane(self, number: float) -> int | None:
        """Which lane a drawn number falls into: the rates laid end to end from 0."""
        upper = 0.0
        for index, rule in enumerate(self.lanes):
            upper += rule.random_rate
            if number < upper:
                return index
        return None

    @cached_property
    def version(self) -> str:
        """SHA-256 of the canonical content, in hexadecimal."""
        content = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    @classmethod
    def from_toml(cls, text: str) -> SelectionPolicy:
        """Read a policy: the fields above, and one [[lanes]] table a lane. Absent fields keep their
        default. Raises PolicyError."""
        try:
            content: dict[str, Any] = tomllib.loads(text)
            for name, read in _READERS.items():
                if name in content:
                    content[name] = read(content[name])
            return replace(cls(), **content)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"not valid TOML: {error}") from error
        except (TypeError, AttributeError) as error:
            raise PolicyError(f"unknown, missing or ill-formed field: {error}") from error


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _lane(table: dict[str, Any]) -> LaneRule:
    rates = {n: _number(v) for n, v in table.items() if n not in ("lane", "control")}
    return LaneRule(lane=str(table.get("lane", "")), control=str(table.get("control", "")), **rates)


# One number is written 60 and 60.0: it must be the same version.
_READERS: dict[str, Callable[[Any], Any]] = {
    "lanes": lambda tables: tuple(_lane(table) for table in tables),
    "minutes": lambda table: {control: _number(value) for control, value in table.items()},
    "other_minutes": _number,
    "further_item": _whole,
    "most_items": _whole,
    "cost_per_minute": _number,
}
