"""Reading a whole repository: which pieces are missing or damaged, and which backups need them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from tidewaiter.platform.backup.repository import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.platform.backup.repository import Backup, Repository


@dataclass(slots=True)
class Report:
    """`faults`: backup → what of it cannot be restored, as file names; empty if that is not known."""

    backups: int = 0
    pieces: int = 0
    faults: dict[str, list[str]] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not self.faults


def verify_repository(
    repository: Repository, told: Callable[[int, int, str], None] | None = None
) -> Report:
    """Open every piece that a backup needs. What is damaged is put aside, so that the next backup
    stores it again if the house still has it.

    `told` hears (pieces so far, of how many, name), and may raise to end it.
    """
    with repository.held(alone=False):
        backups = repository.backups()
        report = Report(len(backups))
        reading = _Reading(repository, report, told)
        for backup in backups:
            if wrong := reading.backup(backup):
                report.faults[backup.name] = wrong
        return report


class _Reading:
    """Each piece is opened once, however many backups need it."""

    def __init__(
        self,
        repository: Repository,
        report: Report,
        told: Callable[[int, int, str], None] | None,
    ) -> None:
        self._repository, self._report, self._told = repository, report, told
        self._total = len(repository.objects())
        self._sound: dict[str, bool] = {}
        self._files: dict[
            str, list[tuple[str, list[str]]]
        ] = {}  # piece of a listing → what it says

    def backup(self, backup: Backup) -> list[str]:
        """What of it cannot be restored."""
        try:
            listing = self._repository.about(backup)["listing"]
        except Damaged:
            self._repository.put_aside(self._repository.backup_path(backup))
            return [f"backups/{backup.name}"]
        return [wrong for name in listing for wrong in self._listed(name)]

    def _listed(self, name: str) -> list[str]:
        if name not in self._files:
            content = self._content(name)
            if content is None:
                return [f"objects/{name[:2]}/{name}"]
            lines = [orjson.loads(line) for line in content.splitlines()]
            self._files[name] = [(one["name"], one["pieces"]) for one in lines]
        return [file for file, pieces in self._files[name] if not self._all_open(pieces)]

    def _all_open(self, pieces: list[str]) -> bool:
        for name in pieces:
            if name not in self._sound:
                self._sound[name] = self._content(name) is not None
        return all(self._sound[name] for name in pieces)

    def _content(self, name: str) -> bytes | None:
        """None when it is not what was stored; what is left of it is then put aside."""
        self._report.pieces += 1
        if self._told:
            self._told(self._report.pieces, self._total, name)
        try:
            return self._repository.get(name)
        except Damaged:
            self._repository.put_aside(self._repository.path(name))
            return None
