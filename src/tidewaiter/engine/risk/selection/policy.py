"""What an administration decides about selection, as data: lanes, controls, minutes, rates."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from dataclasses import asdict, dataclass, field, replace
from datetime import time
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.toml import read_toml

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

    `random_rate`: share of all declarations drawn at random into this lane. `unseen_rate`: share of
    the declarations of unseen traders (none of theirs controlled lately) drawn into it beside that.
    `expected_rate`: share of an office's declarations a day filled by value where no capacity is
    entered for the lane's control.
    """

    lane: str
    control: str
    random_rate: float = 0.0
    expected_rate: float = 0.0
    unseen_rate: float = 0.0


@dataclass(frozen=True)
class Shift:
    """A part of the day with its own share of every capacity.

    `start`: local time at which it begins, HH:MM; it lasts until the next one begins. `offices`:
    where it holds; without any, in all offices that have no shifts of their own.
    """

    name: str
    start: str = "00:00"
    share: float = 1.0
    offices: tuple[str, ...] = ()

    @property
    def begins(self) -> time:
        """Raises ValueError when `start` is no time of day."""
        return time.fromisoformat(self.start)


@dataclass(frozen=True)
class TraderLimit:
    """No trader is controlled for its value beyond this share of what it declared.

    `rate`: of its declarations in the `days` before the day and on it. `least`: controls in these
    days that are allowed whatever the share. Mandatory profiles, profiles that have waited and
    chance are not held up.
    """

    rate: float = 0.5
    days: int = 90
    least: int = 5


@dataclass(frozen=True)
class Authorised:
    """Benefits of authorised traders: fewer controls, and less intrusive ones.

    `members`: name of the list of their codes. `lane`: the strictest that value or the random share
    gives them; `share`: of its minutes, or of its expected rate, that is theirs; the same of the
    lanes behind it. Other traders keep the rest.
    """

    members: str = "aeo"
    lane: str = YELLOW
    share: float = 0.1


@dataclass(frozen=True)
class SelectionPolicy:
    """Lanes in the order they are filled, and how long controls take.

    A control of a declaration takes `minutes[control]` for one item and `further_item` hundredths of
    that for each further one, up to `most_items` looked at. `cost_per_minute` is in the currency of
    the expected values: a control is worth while only above it. `select_after`: profile code and the
    number of its matches after which one is selected if none of them was. `weights`: risk area and
    what an expected value in it counts, 1 where none is given.
    """

    lanes: tuple[LaneRule, ...] = (
        LaneRule(RED, "physical", random_rate=0.0025, expected_rate=0.03),
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
    select_after: dict[str, int] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    shifts: tuple[Shift, ...] = ()
    trader_limit: TraderLimit = TraderLimit()
    authorised: Authorised = Authorised()

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise PolicyError(problem)

    def _problems(self) -> list[str]:
        codes = [rule.lane for rule in self.lanes]
        controls = [rule.control for rule in self.lanes]
        rates = [
            rate
            for rule in self.lanes
            for rate in (rule.random_rate, rule.expected_rate, rule.unseen_rate)
        ]
        checks = {
            "lanes: at least one lane must mean a control": bool(codes),
            f"lanes: use each of {', '.join(LANES[:-1])} at most once": len(set(codes))
            == len(codes)
            and set(codes) <= set(LANES[:-1]),
            "lanes: two lanes share a control; capacity is counted by control": len(set(controls))
            == len(controls),
            "lanes: rates must lie between 0 and 1": all(0 <= rate <= 1 for rate in rates),
            "lanes: the random rates add up to more than 1": self.random_rate <= 1,
            "lanes: the unseen rates add up to more than 1": self.unseen_rate <= 1,
            "minutes: every lane's control needs its standard minutes": set(controls)
            <= set(self.minutes),
            "minutes: must be above 0": all(
                m > 0 for m in (*self.minutes.values(), self.other_minutes)
            ),
            "further_item, cost_per_minute: must not be negative; most_items: at least 1": min(
                self.further_item, self.cost_per_minute, self.most_items - 1
            )
            >= 0,
            "weights: must not be negative": all(w >= 0 for w in self.weights.values()),
            "select_after: at least 1": all(n >= 1 for n in self.select_after.values()),
            "trader_limit: rate between 0 and 1, days at least 1, least not negative": 0
            <= self.trader_limit.rate
            <= 1
            and self.trader_limit.days >= 1
            and self.trader_limit.least >= 0,
            f"authorised: lane one of {', '.join(LANES[:-1])}, share between 0 and 1": (
                self.authorised.lane in LANES[:-1] and 0 <= self.authorised.share <= 1
            ),
            **self._of_shifts(),
        }
        return [text for text, holds in checks.items() if not holds]

    def _of_shifts(self) -> dict[str, bool]:
        return {
            "shifts: start must be a time of day such as 06:00": all(
                _is_time(shift.start) for shift in self.shifts
            ),
            "shifts: names of an office's shifts differ, and their shares add up to at most 1": all(
                len({shift.name for shift in held}) == len(held)
                and min(shift.share for shift in held) >= 0
                and sum(shift.share for shift in held) <= 1 + 1e-9
                for held in self.shifts_of.values()
            ),
        }

    @cached_property
    def shifts_of(self) -> dict[str, tuple[Shift, ...]]:
        """Shifts by office, in the order they begin; under "" those of all other offices."""
        offices = {office for shift in self.shifts for office in shift.offices or ("",)}
        return {
            office: tuple(
                sorted(
                    (s for s in self.shifts if office in (s.offices or ("",))),
                    key=lambda shift: shift.start,
                )
            )
            for office in sorted(offices)
        }

    @property
    def unseen_rate(self) -> float:
        """Share of the declarations of unseen traders drawn beside the random share."""
        return sum(rule.unseen_rate for rule in self.lanes)

    @property
    def authorised_from(self) -> int:
        """Index of the first lane that value gives to authorised traders."""
        strictest = LANES.index(self.authorised.lane)
        milder = [n for n, rule in enumerate(self.lanes) if LANES.index(rule.lane) >= strictest]
        return min(milder, default=len(self.lanes) - 1)

    @property
    def random_rate(self) -> float:
        """Share of all declarations drawn at random, over all lanes."""
        return sum(rule.random_rate for rule in self.lanes)

    def minutes_of(self, control: str) -> float:
        """Standard minutes of a control on one goods item."""
        return self.minutes.get(control, self.other_minutes)

    def random_lane(self, number: float) -> int | None:
        """Which lane a drawn number falls into: the rates laid end to end from 0."""
        return _lane_below(number, [rule.random_rate for rule in self.lanes])

    def unseen_lane(self, number: float) -> int | None:
        """The same for the number drawn for an unseen trader's declaration."""
        return _lane_below(number, [rule.unseen_rate for rule in self.lanes])

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
            content: dict[str, Any] = read_toml(text)
            for name, read in _READERS.items():
                if name in content:
                    content[name] = read(content[name])
            return replace(cls(), **content)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"not valid TOML: {error}") from error
        except (TypeError, AttributeError) as error:
            raise PolicyError(f"unknown, missing or ill-formed field: {error}") from error


def _lane_below(number: float, rates: list[float]) -> int | None:
    return next((n for n, upper in enumerate(accumulate(rates)) if number < upper), None)


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    if not math.isfinite(value):
        raise TypeError(f"{value!r} is not a finite number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _lane(table: dict[str, Any]) -> LaneRule:
    rates = {n: _number(v) for n, v in table.items() if n not in ("lane", "control")}
    return LaneRule(lane=str(table.get("lane", "")), control=str(table.get("control", "")), **rates)


def _shift(table: dict[str, Any]) -> Shift:
    mended = dict(table)
    if "share" in mended:
        mended["share"] = _number(mended["share"])
    offices = tuple(str(office) for office in mended.pop("offices", ()))
    return Shift(**{**mended, "start": str(mended.get("start", "00:00"))}, offices=offices)


def _limit(table: dict[str, Any]) -> TraderLimit:
    whole = {name: _whole(value) for name, value in table.items() if name != "rate"}
    rate = {"rate": _number(table["rate"])} if "rate" in table else {}
    return TraderLimit(**rate, **whole)  # type: ignore[arg-type]


def _authorised(table: dict[str, Any]) -> Authorised:
    share = {"share": _number(table["share"])} if "share" in table else {}
    texts = {name: str(value) for name, value in table.items() if name != "share"}
    return Authorised(**texts, **share)  # type: ignore[arg-type]


# One number is written 60 and 60.0: it must be the same version.
_READERS: dict[str, Callable[[Any], Any]] = {
    "lanes": lambda tables: tuple(_lane(table) for table in tables),
    "minutes": lambda table: {control: _number(value) for control, value in table.items()},
    "other_minutes": _number,
    "further_item": _whole,
    "most_items": _whole,
    "cost_per_minute": _number,
    "select_after": lambda table: {str(code): _whole(value) for code, value in table.items()},
    "weights": lambda table: {str(area): _number(value) for area, value in table.items()},
    "shifts": lambda tables: tuple(_shift(table) for table in tables),
    "trader_limit": _limit,
    "authorised": _authorised,
}
