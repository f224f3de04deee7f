"""Sets of profiles and lists as they were used, kept under their version in the home folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["profiles", "lists"]


def keep(kind: Kind, version: str, text: Callable[[], str]) -> None:
    """Write once, durably; what is there under a version is never written, nor made, again."""
    path = _path(kind, version)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
        file.write(text())
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def kept(kind: Kind, version: str) -> str:
    """Raises FileNotFoundError when this version was never used here."""
    return _path(kind, version).read_text("utf-8")


def _path(kind: Kind, version: str) -> Path:
    return Path(settings.HOME) / "risk" / kind / f"{version}.json"
