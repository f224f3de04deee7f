"""Mappings as TOML files, and from plain values."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import orjson

from tidewaiter.engine.messages.tabular.mapping import OUTCOME, Mapping, MappingError, Source
from tidewaiter.engine.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping as Dictionary
    from pathlib import Path

SOURCE_KEYS: dict[str, type | tuple[type, ...]] = {
    "column": str,
    "constant": (str, int, float, bool),
    "template": str,
    "values": dict,
    "dates": list,
    "decimal": str,
    "factor": (int, float),
    "separator": str,
    "unchecked": bool,
}
FILE_KEYS: dict[str, type] = {
    "delimiter": str,
    "encoding": str,
    "sheet": str,
    "header_row": int,
    "decimal": str,
    "dates": list,
}
TOP_KEYS = {"name", "version", "description", "stream", "file", "fields", "outcome", "ignored"}


def load(path: Path) -> Mapping:
    """The mapping in a TOML file. Raises MappingError with everything that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError([f"{path.name}: {error}"]) from None
    return parse(text)


def parse(text: str) -> Mapping:
    """The mapping in a TOML text."""
    try:
        plain = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([f"not TOML: {error}"]) from None
    return build(plain)


def build(plain: Dictionary[str, Any]) -> Mapping:
    """The mapping in plain values, checked."""
    problems = [f"unknown key {name!r}" for name in plain if name not in TOP_KEYS]
    file = _typed(plain.get("file", {}), FILE_KEYS, "file", problems)
    fields: dict[str, Source] = {}
    for section, prefix in (("fields", ""), ("outcome", OUTCOME)):
        table = plain.get(section, {})
        if not isinstance(table, dict):
            problems.append(f"[{section}] is a table of fields")
            continue
        for name, value in table.items():
            fields[prefix + name] = _source(prefix + name, value, problems)
    if not isinstance(plain.get("version", 1), int):
        problems.append("version is a whole number")
    if problems:
        raise MappingError(problems)
    if "dates" in file:
        file["dates"] = tuple(map(str, file["dates"]))
    return Mapping(
        name=str(plain.get("name", "")),
        version=plain.get("version", 1),
        description=str(plain.get("description", "")),
        stream=str(plain.get("stream", "declarations")),
        fields=fields,
        ignored=frozenset(map(str, plain.get("ignored", ()))),
        **file,
    )


def _source(target: str, value: object, problems: list[str]) -> Source:
    if isinstance(value, str):
        return Source(column=value)
    if not isinstance(value, dict):
        problems.append(f"{target}: give a column's name or a table")
        return Source(column=target)
    plain = _typed(value, SOURCE_KEYS, target, problems)
    if "values" in plain:
        plain["values"] = tuple((str(k), plain_text(v)) for k, v in plain["values"].items())
    if "dates" in plain:
        plain["dates"] = tuple(map(str, plain["dates"]))
    if "constant" in plain:
        plain["constant"] = plain_text(plain["constant"])
    if "factor" in plain:
        plain["factor"] = float(plain["factor"])
    return Source(**plain)


def plain_text(value: object) -> str:
    """A TOML scalar as a table would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(
    table: object,
    types: Dictionary[str, type | tuple[type, ...]],
    place: str,
    problems: list[str],
) -> dict[str, Any]:
    if not isinstance(table, dict):
        problems.append(f"[{place}] is a table")
        return {}
    good: dict[str, Any] = {}
    for name, value in table.items():
        if name not in types:
            problems.append(f"{place}: unknown key {name!r}")
        elif not isinstance(value, types[name]):
            problems.append(f"{place}: {name} has the wrong type")
        else:
            good[name] = value
    return good


def dump(mapping: Mapping) -> str:
    """The mapping as TOML text; `parse` reads it back."""
    plain = mapping.as_dict()
    lines = [f"{name} = {_value(plain.pop(name))}" for name in ("name", "version")]
    lines += [
        f"{name} = {_value(plain.pop(name))}"
        for name in ("description", "ignored")
        if name in plain
    ]
    for section, table in plain.items():
        lines += ["", f"[{section}]"]
        lines += [f"{_key(name)} = {_value(value)}" for name, value in table.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    # A JSON string, number or flag is a TOML one, once DEL is escaped too.
    return orjson.dumps(value).decode().replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else _value(name)
