"""A policy as text: the file that is kept under version control, and what its versions hold."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidewaiter.engine.risk.selection.policy import SelectionPolicy


def to_toml(policy: SelectionPolicy) -> str:
    """Text that `SelectionPolicy.from_toml` reads back as the same policy."""
    content = asdict(policy)
    lists = {"lanes": content.pop("lanes"), "shifts": content.pop("shifts")}
    tables = {name: content.pop(name) for name in list(content) if isinstance(content[name], dict)}
    parts = [_lines(content)]
    parts += [f"[{name}]\n{_lines(table)}" for name, table in tables.items() if table]
    parts += [f"[[{name}]]\n{_lines(table)}" for name, held in lists.items() for table in held]
    return "\n".join(parts)


def _lines(table: dict[str, Any]) -> str:
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in table.items())


def _key(name: str) -> str:
    return name if name.isascii() and name.isidentifier() else _value(name)


def _value(value: object) -> str:
    """JSON is TOML for numbers, strings and lists of strings, but for pairs of surrogates and DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
