"""One risk profile: what an officer writes, with everything that goes with it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import string
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.engine.risk.language.schema import Schema

RISK_AREAS = ("revenue", "security", "ipr", "health", "drugs", "environment", "emerging")
DIRECTIONS = ("import", "export", "transit")
LANES = ("red", "orange", "yellow", "blue")
CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,39}")


_LATER = ("directions", "review_on")


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as data. Empty offices, procedures or directions (streams of traffic) mean all of
    them; both days are included. On `review_on` somebody is to see whether it is still needed.

    `severity` is 1 (irregularity) to 5 (critical). `mandatory` profiles always select;
    `select_rate`, from 0 to 1, is the share of matches to select by keyed hash; with neither, a
    match adds to the score with its `weight`. `lane` and `controls` are what a match suggests.
    `reason` is a sentence with facts in braces.
    """

    code: str
    title: str
    condition: str
    reason: str = ""
    risk_area: str = "revenue"
    severity: int = 2
    mandatory: bool = False
    weight: float = 1.0
    lane: str = ""
    controls: tuple[str, ...] = ()
    select_rate: float | None = None
    offices: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    owner: str = ""
    legal_basis: str = ""
    instructions: str = ""
    handling_code: str = ""
    directions: tuple[str, ...] = ()
    review_on: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: dates in ISO form, tuples as lists.

        Fields that came later are left out while they say nothing, so that what was kept before
        keeps its version.
        """
        plain = dataclasses.asdict(self)
        for name in _LATER:
            if not plain[name]:
                del plain[name]
        for name, value in plain.items():
            if isinstance(value, tuple):
                plain[name] = list(value)
            elif isinstance(value, date):
                plain[name] = value.isoformat()
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Profile:
        """The inverse of `to_dict`; raises TypeError or ValueError on what it did not write."""
        values = dict(plain)
        for name in ("controls", "offices", "procedures", "directions"):
            values[name] = tuple(values.get(name) or ())
        for name in ("valid_from", "valid_to", "review_on"):
            if isinstance(values.get(name), str):
                values[name] = date.fromisoformat(values[name])
        return cls(**values)

    @property
    def version(self) -> str:
        """SHA-256 of all fields."""
        plain = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()

    def scope(self) -> list[t.Condition]:
        """Offices, procedures, directions and days as conditions, checked like the officer's own text."""
        parts: list[t.Condition] = []
        allowing = {
            "office": self.offices, "procedure": self.procedures, "direction": self.directions,
        }  # fmt: skip
        for name, allowed in allowing.items():
            if allowed:
                parts.append(t.In(t.Name(name), tuple(t.Text(value) for value in allowed)))
        day = t.Name("declaration_date")
        if self.valid_from:
            parts.append(t.Compare(">=", day, t.Day(self.valid_from)))
        if self.valid_to:
            parts.append(t.Compare("<=", day, t.Day(self.valid_to)))
        return parts


def field_problems(profile: Profile, schema: Schema) -> dict[str, Problem]:
    """Field → what is wrong outside the condition; empty when all is well."""
    first, last = profile.valid_from, profile.valid_to
    wrong = {
        "code": not CODE.fullmatch(profile.code),
        "title": not profile.title.strip(),
        "risk_area": profile.risk_area not in RISK_AREAS,
        "lane": bool(profile.lane) and profile.lane not in LANES,
        "severity": not 1 <= profile.severity <= 5,
        "weight": not 0 <= profile.weight <= 1000,
        "select_rate": profile.select_rate is not None and not 0 <= profile.select_rate <= 1,
        "directions": not set(profile.directions) <= set(DIRECTIONS),
        "valid_to": first is not None and last is not None and last < first,
    }
    found = {name: Problem(0, 0, f"bad_{name}") for name, is_wrong in wrong.items() if is_wrong}
    if problem := reason_problem(profile.reason, schema):
        found["reason"] = problem
    return found


def reason_problem(reason: str, schema: Schema) -> Problem | None:
    """What is wrong with the facts named in a reason: only their names may stand in braces."""
    try:
        pieces = [piece for piece in string.Formatter().parse(reason) if piece[1] is not None]
    except ValueError:
        return Problem(0, len(reason), "open_brace")
    if any(spec or conversion for _, _, spec, conversion in pieces):
        return Problem(0, len(reason), "bare_names")
    unknown = [name for _, name, _, _ in pieces if name not in schema]
    return Problem(0, len(reason), "unknown_facts", {"names": unknown}) if unknown else None


@dataclass(frozen=True, slots=True)
class Broken:
    """A profile that cannot be evaluated, and why. The others go on."""

    profile: Profile
    problems: tuple[Problem, ...]
