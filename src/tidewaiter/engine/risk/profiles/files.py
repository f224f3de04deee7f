"""Profiles in TOML files: one `[[profile]]` table each. What is written reads back the same."""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.profiles.profile import Profile
from tidewaiter.engine.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_FIELDS = {field.name: field for field in dataclasses.fields(Profile)}
_TEXTS = frozenset({"controls", "offices", "procedures", "directions"})
_DAYS = frozenset({"valid_from", "valid_to", "review_on"})
_NUMBERS = frozenset({"weight", "select_rate"})


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A profile of a file that cannot be read: which one, and how to mend it."""

    profile: str
    message: str


def read_profiles(path: Path) -> tuple[list[Profile], list[FileProblem]]:
    """Profiles of a file. One that cannot be read is a problem and does not stop the others."""
    try:
        return parse_profiles(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        return [], [FileProblem(path.name, f"save the file as UTF-8 (byte {error.start})")]


def parse_profiles(text: str) -> tuple[list[Profile], list[FileProblem]]:
    """Profiles of TOML text; see `read_profiles`."""
    try:
        document = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        return [], [FileProblem("file", f"not valid TOML: {error}")]
    tables = document.get("profile")
    if not isinstance(tables, list):
        return [], [FileProblem("file", "there is no [[profile]] table")]
    profiles: list[Profile] = []
    problems: list[FileProblem] = []
    for place, table in enumerate(tables, start=1):
        try:
            profiles.append(_profile(table))
        except ValueError as error:
            problems.append(FileProblem(str(table.get("code") or f"number {place}"), str(error)))
    return profiles, problems


def write_profiles(profiles: Iterable[Profile]) -> str:
    """TOML text of profiles; fields that have their default are left out."""
    return "\n".join(_table(profile) for profile in profiles)


def _profile(table: Mapping[str, Any]) -> Profile:
    for name in table:
        if name not in _FIELDS:
            near = difflib.get_close_matches(name, _FIELDS, n=1)
            hint = f", did you mean “{near[0]}”?" if near else ""
            raise ValueError(f"unknown field “{name}”{hint}")
    for name in ("code", "title", "condition"):
        if not isinstance(table.get(name), str) or not table[name].strip():
            raise ValueError(f"“{name}” is missing")
    return Profile(**{name: _value(name, given) for name, given in table.items()})


def _value(name: str, given: Any) -> Any:
    if name in _TEXTS:
        if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
            raise ValueError(f"“{name}” must be a list of texts")
        return tuple(given)
    if name in _DAYS:
        if not isinstance(given, date) or isinstance(given, datetime):
            raise ValueError(f"“{name}” must be a date like 2026-01-31, without quotes")
        return given
    wanted: type | tuple[type, ...] = str
    if name in _NUMBERS:
        wanted = (int, float)
    elif name in {"severity", "mandatory"}:
        wanted = int if name == "severity" else bool
    if not isinstance(given, wanted) or (isinstance(given, bool) and wanted is not bool):
        kind = {"severity": "a whole number", "mandatory": "true or false"}.get(name)
        raise ValueError(
            f"“{name}” must be {kind or ('a number' if name in _NUMBERS else 'a text')}"
        )
    return float(given) if isinstance(given, int | float) and name in _NUMBERS else given


def _table(profile: Profile) -> str:
    lines = ["[[profile]]"]
    for name, field in _FIELDS.items():
        value = getattr(profile, name)
        if value != field.default:
            lines.append(f"{name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case date():
            return value.isoformat()
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
    # JSON's escapes are TOML's, but for the delete character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
