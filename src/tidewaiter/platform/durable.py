"""What survives a power cut."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def sync(path: Path) -> None:
    """Return when a file's bytes, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what is to be at `path`, a file or a folder: it appears there in the end, whole,
    or not at all, whenever the process is killed."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as beside:
        part = Path(beside) / path.name
        yield part
        sync(part)
        part.replace(path)
    sync(path.parent)
