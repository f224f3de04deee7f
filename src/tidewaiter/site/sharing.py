"""Where the processes of a server keep the numbers that `/metrics` adds up: known before anything
counts, for the library asks the environment when it is loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tidewaiter.site.home import home

if TYPE_CHECKING:
    from collections.abc import Iterator


def share_numbers() -> None:
    """Name the folder in the environment; the files of processes that ended are removed."""
    folder = home() / "scratch" / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for path in _of_the_dead(folder):
        path.unlink(missing_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _of_the_dead(folder: Path) -> Iterator[Path]:
    for path in folder.glob("*_*.db"):
        number = path.stem.rpartition("_")[2]
        if not number.isdigit() or not Path(f"/proc/{number}").exists():
            yield path
