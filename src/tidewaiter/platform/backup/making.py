"""Making a backup: of what the repository does not have yet, while work goes on."""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from tidewaiter.engine.records.table import Table
from tidewaiter.platform.backup.cutting import pieces
from tidewaiter.platform.backup.moment import BackupError, Moment, moment, tables
from tidewaiter.platform.lock import Taken, only_one, together
from tidewaiter.platform.seals.actions import UPKEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidewaiter.platform.backup.repository import Backup, Repository

DUMPS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
# Under the home folder: made anew by itself, belonging to running processes, or taken apart.
LEFT_OUT = {
    "static", "locks", "scratch", "cache", "lake", "vault/incoming", "vault/thumbnails",
    "vault/small", "vault/view", "risk/past", "risk/sums", "keys",
}  # fmt: skip
KEYS = "keys"
OWN_KEY = "keys/backup"  # with it in the backup, whoever breaks one has all
BLOCK = 4 << 20  # bytes: files of the house never change, so there is nothing to gain by finer cuts
LINES = 64  # files told by one piece of a listing, about


@dataclass(frozen=True, slots=True)
class Made:
    """`files` and `bytes`: of the whole; `stored`: bytes that the repository did not have."""

    backup: Backup
    files: int
    bytes: int
    stored: int


def make_backup(repository: Repository, told: Callable[[int, str], None] | None = None) -> Made:
    """Write a backup of this installation; work may go on meanwhile.

    `told` hears (bytes so far, name), and may raise to end it. Nothing of the vault is deleted or
    moved meanwhile. Killed at any point it leaves pieces that the next backup uses. Raises
    BackupError.
    """
    # No vacuum and no checkpoint meanwhile: what the seals name is there to be copied.
    with (
        _one_at_a_time(), repository.held(alone=False), together("backup"), only_one(UPKEEP),
        moment() as now,
    ):  # fmt: skip
        writing = _Writing(repository, told or (lambda _bytes, _name: None))
        with tempfile.TemporaryDirectory(dir=settings.HOME, prefix=".backup-") as folder:
            dump = Path(folder) / DUMPS[now.engine]
            now.dump(dump)
            writing.database(dump)
        for path, name in _members(now, repository.root):
            writing.file(path, name)
        _check_complete(now, writing.files.keys())
        return writing.end({"engine": now.engine, "lake": now.lake})


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    try:
        with only_one("backup-making", wait=False):
            yield
    except Taken as taken:
        raise BackupError("a backup is being made: try again when it is done") from taken


@dataclass(slots=True)
class _Writing:
    repository: Repository
    told: Callable[[int, str], None]
    known: set[str] = field(init=False)
    before: dict[str, dict[str, Any]] = field(init=False)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes: int = 0
    stored: int = 0

    def __post_init__(self) -> None:
        self.known = self.repository.objects()
        there = self.repository.backups()
        self.before = {}
        if there:
            try:
                self.before = {one["name"]: one for one in self.repository.listed(there[-1])}
            except BackupError:  # damaged: everything is read anew
                self.before = {}

    def database(self, dump: Path) -> None:
        with dump.open("rb") as file:
            names = [self._put(piece) for piece in pieces(file)]
        self._keep(dump.name, {"mode": 0o600, "bytes": dump.stat().st_size, "pieces": names})

    def file(self, path: Path, name: str) -> None:
        """Keep a file; one that is as it was is not read. One that was vacuumed meanwhile is left
        out: whether it is needed is checked in the end."""
        try:
            with path.open("rb") as file:
                seen = os.fstat(file.fileno())
                mark = [seen.st_size, seen.st_mtime_ns, seen.st_ino]
                before = self.before.get(name)
                if before is None or before["mark"] != mark or not self._there(before):
                    names = []
                    while block := file.read(BLOCK):
                        names.append(self._put(block))
                else:
                    names = before["pieces"]
        except FileNotFoundError:
            return
        self._keep(
            name,
            {"mode": seen.st_mode & 0o777, "bytes": seen.st_size, "pieces": names, "mark": mark},
        )

    def end(self, about: dict[str, Any]) -> Made:
        lines = [json.dumps({"name": name, **told}) for name, told in sorted(self.files.items())]
        listing = [self._put("\n".join(some).encode()) for some in _together(lines)]
        about |= {"files": len(self.files), "bytes": self.bytes, "listing": listing}
        backup = self.repository.put_backup(about | {"stored": self.stored})
        return Made(backup, len(self.files), self.bytes, self.stored)

    def _there(self, before: dict[str, Any]) -> bool:
        return self.known.issuperset(before["pieces"])

    def _put(self, content: bytes) -> str:
        count = len(self.known)
        name = self.repository.put(content, self.known)
        if len(self.known) > count:
            self.stored += self.repository.path(name).stat().st_size
        return name

    def _keep(self, name: str, told: dict[str, Any]) -> None:
        self.files[name] = {"mark": None, **told}
        self.bytes += told["bytes"]
        self.told(self.bytes, name)


def _together(lines: list[str]) -> Iterator[list[str]]:
    """Lines in groups that stay the same where the lines do."""
    group: list[str] = []
    for line in lines:
        group.append(line)
        if zlib.crc32(line.encode()) % LINES == 0:
            yield group
            group = []
    if group:
        yield group


def _members(now: Moment, without: Path) -> Iterator[tuple[Path, str]]:
    """Files to keep and their names in the backup. `without`: a folder that is none of the house."""
    home = settings.HOME
    for path, name in _below(home, LEFT_OUT, without):
        if not name.startswith("tidewaiter.sqlite3"):
            yield path, f"home/{name}"
    # Last: a file copied before may be sealed under a key that was only just made.
    for path, name in _below(home / KEYS, set(), without):
        if not f"{KEYS}/{name}".startswith(f"{OWN_KEY}/"):
            yield path, f"home/{KEYS}/{name}"
    for table in tables():
        if table.name not in now.lake:
            continue  # it was made after the moment
        for path, name in _below(table, set(), without, hidden=True):
            if _of_the_moment(path, now.lake[table.name]):
                yield path, f"home/lake/{table.name}/{name}"


def _below(
    root: Path, left_out: set[str], without: Path, *, hidden: bool = False
) -> Iterator[tuple[Path, str]]:
    """Files and their paths under `root`, in a lasting order."""
    for place, folders, names in os.walk(root):
        here = Path(place)
        inside = here.relative_to(root)
        folders[:] = sorted(
            one for one in folders
            if (hidden or not one.startswith("."))
            and (inside / one).as_posix() not in left_out and here / one != without
        )  # fmt: skip
        for name in sorted(names):
            path = here / name
            if (hidden or not name.startswith(".")) and path.is_file() and not path.is_symlink():
                yield path, (inside / name).as_posix()


def _of_the_moment(path: Path, version: int) -> bool:
    """Whether a file of a table belongs to its first `version` commits, as far as its name tells.

    Data files written later may come along: no commit names them, and vacuuming removes them.
    """
    if path.parent.name != "_delta_log":
        return True
    number = path.name.split(".")[0]
    if number == "_last_checkpoint":  # made before the moment: none is made during a backup
        return True
    return number.isdigit() and int(number) <= version


def _check_complete(now: Moment, names: Any) -> None:
    """Every data file that the lake needs at its noted version is in the backup."""
    for name, version in now.lake.items():
        table = settings.HOME / "lake" / name
        for address in Table(table, version).file_uris():
            path = Path(address)
            if f"home/lake/{name}/{path.relative_to(table).as_posix()}" not in names:
                raise BackupError(f"{path} went missing while it was copied: try again")
