"""The home folder: everything an installation owns lies under it."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """`$TIDEWAITER_HOME`, or `./var`; made on first use."""
    path = Path(os.environ.get("TIDEWAITER_HOME", "var")).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path
