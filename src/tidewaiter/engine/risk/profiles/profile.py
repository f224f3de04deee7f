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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.engine.risk.language.problems import Problem
    from tidewaiter.engine.risk.language.schema import Schema

RISK_AREAS = ("revenue", "security", "ipr", "health", "drugs", "environment", "emerging")
LANES = ("red", "orange", "yellow", "blue")
CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as data. Empty offices or procedures mean all of them; both days are included.

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

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: dates in ISO form, tuples as lists."""
        plain = dataclasses.asdict(self)
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
        for name in ("controls", "offices", "procedures"):
            values[name] = tuple(values.get(name) or ())
        for name in ("valid_from", "valid_to"):
            if isinstance(values.get(name), str):
                values[name] = date.fromisoformat(values[name])
        return cls(**values)

    @property
    def version(self) -> str:
        """SHA-256 of all fields."""
        plain = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()

    def scope(self) -> list[t.Condition]:
        """Offices, procedures and days as conditions, checked like the officer's own text."""
        parts: list[t.Condition] = []
        for name, allowed in (("office", self.offices), ("procedure", self.procedures)):
            if allowed:
                parts.append(t.In(t.Name(name), tuple(t.Text(value) for value in allowed)))
        day = t.Name("declaration_date")
        if self.valid_from:
            parts.append(t.Compare(">=", day, t.Day(self.valid_from)))
        if self.valid_to:
            parts.append(t.Compare("<=", day, t.Day(self.valid_to)))
        return parts


def field_problems(profile: Profile, schema: Schema) -> dict[str, str]:
    """Field → English sentence for what is wrong outside the condition; empty when all is well."""
    found: dict[str, str] = {}
    if not CODE.fullmatch(profile.code):
        found["code"] = "Use up to 40 capitals, digits, dots, dashes and underscores."
    if not profile.title.strip():
        found["title"] = "Write a title."
    if profile.risk_area not in RISK_AREAS:
        found["risk_area"] = f"Choose one of: {', '.join(RISK_AREAS)}."
    if profile.lane and profile.lane not in LANES:
        found["lane"] = f"Choose one of: {', '.join(LANES)}."
    if not 1 <= profile.severity <= 5:
        found["severity"] = "Severity is 1 to 5."
    if not 0 <= profile.weight <= 1000:
        found["weight"] = "Weight is 0 to 1000."
    if profile.select_rate is not None and not 0 <= profile.select_rate <= 1:
        found["select_rate"] = "The share to select is 0 to 1."
    if profile.valid_from and profile.valid_to and profile.valid_to < profile.valid_from:
        found["valid_to"] = "The last day is before the first."
    if wrong := reason_problem(profile.reason, schema):
        found["reason"] = wrong
    return found


def reason_problem(reason: str, schema: Schema) -> str:
    """What is wrong with the facts named in a reason; empty when nothing is."""
    try:
        pieces = [piece for piece in string.Formatter().parse(reason) if piece[1] is not None]
    except ValueError:
        return "A brace is not closed. Write a fact as {origin}; write {{ for a brace."
    if any(spec or conversion for _, _, spec, conversion in pieces):
        return "Write only the name of a fact in braces: {origin}. The house formats it."
    unknown = [name for _, name, _, _ in pieces if name not in schema]
    return f"Unknown facts: {', '.join(map(str, unknown))}." if unknown else ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A profile that cannot be evaluated, and why. The others go on."""

    profile: Profile
    problems: tuple[Problem, ...]
