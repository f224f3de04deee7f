"""Room on the disk: what comes in is refused before it is written, while less than a reserve is free.

The reserve is what the house needs to finish what it has acknowledged: commits of the database, the
lake, the ledger.
"""

from __future__ import annotations

import shutil
from typing import IO

from django.conf import settings


class NoSpace(OSError):
    """Less than the reserve is free. Nothing was written."""

    def __init__(self, free: int) -> None:
        super().__init__(
            f"only {free / 1e6:,.0f} MB are free under {settings.HOME}, "
            f"{settings.RESERVE / 1e6:,.0f} MB are kept in reserve: nothing was taken in"
        )


def free_bytes() -> int:
    return shutil.disk_usage(settings.HOME).free


def check_space(size: int = 0) -> None:
    """Raise NoSpace unless the reserve stays free after writing so many bytes."""
    free = free_bytes()
    if free - size < settings.RESERVE:
        raise NoSpace(free)


def size_of(source: IO[bytes]) -> int:
    """Bytes from here to the end, as far as the source can tell beforehand."""
    if not source.seekable():
        return 0
    here = source.tell()
    size = source.seek(0, 2) - here
    source.seek(here)
    return size
