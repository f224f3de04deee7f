"""What lies in the folder of a table: its files, their sums, what a commit of its log says."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import orjson
from django.conf import settings

from tidewaiter.engine.records.sealing import LOG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMIT = re.compile(rf"{LOG}/(\d{{20}})\.json")
# Halves of files, which a killed process leaves and nobody reads.
HALVES = re.compile(rf"{LOG}/(_commit_.*\.json\.tmp|.*#\d+)")
BLOCK = 1 << 20
Sum = tuple[str, int]  # SHA-256 and bytes


def folder(table: str) -> Path:
    return Path(settings.HOME) / "lake" / table


def files(table: str) -> list[str]:
    """Paths of all files under the folder, in order."""
    root = folder(table)
    found = [path for path in root.rglob("*") if path.is_symlink() or not path.is_dir()]
    return sorted(path.relative_to(root).as_posix() for path in found)


def summed(table: str, path: str, told: Callable[[int], None] | None = None) -> Sum:
    """`told` hears the bytes of each block that was read. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with (folder(table) / path).open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            if told:
                told(len(block))
    return digest.hexdigest(), size


def commit_path(version: int) -> str:
    return f"{LOG}/{version:020}.json"


def commits_after(table: str, version: int) -> Iterator[int]:
    """Versions of the commits that come next in the log. A busy log is long, so it is not listed."""
    while (folder(table) / commit_path(version + 1)).exists():
        version += 1
        yield version


def last_checkpoint(table: str) -> dict[str, Sum]:
    """The sums of the last checkpoint and of the file that points to it."""
    pointer = f"{LOG}/_last_checkpoint"
    try:
        version = orjson.loads((folder(table) / pointer).read_bytes())["version"]
        found = (folder(table) / LOG).glob(f"{version:020}.checkpoint*.parquet")
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {path: summed(table, path) for path in (pointer, *(f"{LOG}/{p.name}" for p in found))}


@dataclass(frozen=True, slots=True)
class Commit:
    """What a file of the log says: the operation, files added and removed, and whether it leaves
    all facts as they were."""

    operation: str
    added: frozenset[str]
    removed: frozenset[str]
    same_facts: bool


def read_commit(table: str, version: int) -> Commit | None:
    """None when it cannot be read as a commit."""
    try:
        lines = (folder(table) / commit_path(version)).read_bytes().splitlines()
        actions = [orjson.loads(line) for line in lines if line.strip()]
        added = [action["add"] for action in actions if "add" in action]
        removed = [action["remove"] for action in actions if "remove" in action]
        told = [action["commitInfo"]["operation"] for action in actions if "commitInfo" in action]
        return Commit(
            operation=str(told[0]) if len(told) == 1 else "",
            added=frozenset(unquote(one["path"]) for one in added),
            removed=frozenset(unquote(one["path"]) for one in removed),
            same_facts=not any(one["dataChange"] for one in added + removed),
        )
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
