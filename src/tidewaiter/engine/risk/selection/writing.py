"""A policy as the file that an administrator puts into the home folder."""

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
    """A JSON string is a TOML string; so are its numbers and lists of strings."""
    return "".join(
        f"{json.dumps(name) if not name.isidentifier() else name} = {json.dumps(value)}\n"
        for name, value in table.items()
    )
