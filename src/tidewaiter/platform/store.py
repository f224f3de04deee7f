"""This installation's lake, and commits to it that survive the death of their process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from tidewaiter.engine.records import STREAMS
from tidewaiter.engine.records.lake import Lake
from tidewaiter.platform.seals.actions import HouseSeals, seal, seal_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from tidewaiter.engine.records.schema import Stream


def lake() -> Lake:
    return Lake(Path(settings.HOME) / "lake", HouseSeals())


def lay_out() -> None:
    """Make the tables of the lake, add to existing ones what this release adds, and take up those
    that have no seals yet."""
    for stream in STREAMS.values():
        lake().version(stream)
    seal_all()


@dataclass(frozen=True, slots=True)
class Commit:
    """Commits to the lake in the name of one cause (a message, a run), each exactly once."""

    lake: Lake
    cause: str

    def write(
        self,
        stream: Stream,
        frames: Callable[[int | None], Iterator[pl.DataFrame]],
        *,
        number: int = 1,
    ) -> None:
        """Append what `frames` yields, or only draw it when it is in the lake already.

        `frames` is called with the version of the table to read from: None for the newest, or, if a
        killed process had written this commit, the version just before it, so that the same rows
        are counted the same way again.
        """
        before = self.lake.before(stream, self.cause, number)
        drawn = frames(before)
        if before is None:
            self.lake.append(stream, drawn, cause=self.cause, number=number)
        else:
            for _ in drawn:
                pass
            seal(stream.name)
