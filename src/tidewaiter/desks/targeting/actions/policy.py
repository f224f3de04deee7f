"""The selection policy in force: `policy.toml` in the home folder, or the shipped default."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from tidewaiter.engine.risk.selection import SelectionPolicy


def current_policy() -> SelectionPolicy:
    """Raises PolicyError, naming the field, when the administration's file cannot be used."""
    path = Path(settings.HOME) / "policy.toml"
    return (
        SelectionPolicy.from_toml(path.read_text("utf-8")) if path.exists() else SelectionPolicy()
    )
