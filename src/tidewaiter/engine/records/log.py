"""What the log of a table tells beside the facts: its files, when a month was written to or sorted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import unquote

import orjson
import polars as pl

from tidewaiter.engine.records.sealing import LOG

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tidewaiter.engine.records.table import Table


def active(table: Table, month: str | None = None) -> pl.DataFrame:
    """Files that facts lie in: path under the table's folder, month, modification time."""
    files = pl.DataFrame(table.get_add_actions(flatten=True))
    if files.is_empty():
        return pl.DataFrame(schema={"path": pl.String, "month": pl.String, "changed": pl.Int64})
    changed = files["modification_time"].to_list()
    found = files.select(
        path=pl.Series([unquote(path) for path in files["path"]], dtype=pl.String),
        month="partition.month",
        changed=pl.Series([milliseconds(at) for at in changed], dtype=pl.Int64),
    )
    return found if month is None else found.filter(pl.col("month") == month)


def changed_at(table: Table) -> dict[str, int]:
    """Month → when its newest file was written."""
    files = active(table).drop_nulls("month")
    return dict(files.group_by("month").agg(pl.col("changed").max()).iter_rows())


def sorted_at(table: Table) -> dict[str, int]:
    """Month → when it was sorted, as far as the log tells: a masking carries on what it cuts off."""
    found: dict[str, int] = {}
    for commit in reversed(table.history()):
        if "sorted_months" in commit:
            found |= orjson.loads(commit["sorted_months"])
        if "sorted" in commit:
            found[commit["sorted"]] = commit["timestamp"]
    return found


def commit_file(path: Path, version: int) -> Path:
    return path / LOG / f"{version:020}.json"


def overtaken(path: Path, version: int) -> bool:
    """Whether the log that leads on from a version was deleted."""
    return not commit_file(path, version + 1).exists() and checkpointed(path) > version


def old_logs(path: Path) -> list[str]:
    """What the log may be rid of once a checkpoint stands for it: Delta keeps thirty days."""
    before = time.time() - 29 * 86_400
    logs = (path / LOG).iterdir()
    return [f"{LOG}/{log.name}" for log in logs if log.stat().st_mtime < before]


def checkpointed(path: Path) -> int:
    """The version that the last checkpoint stands for; 0 without one."""
    last = path / LOG / "_last_checkpoint"
    return int(orjson.loads(last.read_bytes())["version"]) if last.exists() else 0


def milliseconds(when: datetime | int) -> int:
    """Since 1970; the table's own figures come as either."""
    return when if isinstance(when, int) else int(when.timestamp() * 1000)
