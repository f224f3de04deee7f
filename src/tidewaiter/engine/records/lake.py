"""The lake: append-only Delta tables, one a stream, partitioned by month.

An append carries the name of what caused it (`cause`) and a number; the same cause and number are
never written twice, so a caller that was killed may simply try again.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl
import polars_hash  # noqa: F401  registers the `nchash` namespace on expressions
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Schema,
    Transaction,
    WriterProperties,
)
from deltalake.transaction import AddAction, RemoveAction

from tidewaiter.engine.records.filing import PARTITION, ROW_GROUP_ROWS, Filing
from tidewaiter.engine.records.log import (
    active,
    changed_at,
    checkpointed,
    commit_file,
    old_logs,
    overtaken,
    sorted_at,
)
from tidewaiter.engine.records.sealing import (
    ALTER,
    APPEND,
    CHECKPOINT,
    LOG,
    MASK,
    OPTIMIZE,
    UNSEALED,
    VACUUM,
)
from tidewaiter.engine.records.table import Table
from tidewaiter.engine.records.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

    from tidewaiter.engine.records.schema import Stream
    from tidewaiter.engine.records.sealing import Seals

# Merging and sorting may use this much memory, then the disk, and leave a core to the officers.
_CALM: Any = {"max_spill_size": 1 << 30, "max_concurrent_tasks": 1}
# Checkpoints are made, and old logs removed, where seals are told of it.
_PLAIN = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
CHECKPOINT_EVERY = 100  # commits
_read: dict[tuple[str, int], Table] = {}  # by folder and identity of its log
SEPARATOR = "\x1f"  # unit separator: stands in no code


@cache  # making the expression costs a millisecond: it looks for its library
def record_key(*columns: str) -> pl.Expr:
    """64-bit key of the named columns (xxHash64), the same on every machine and in every release.

    A missing part counts as empty, so that a key is never missing.
    """
    parts = [pl.col(column).cast(pl.String).fill_null("") for column in columns]
    return hash64(pl.concat_str(parts, separator=SEPARATOR))


def hash64(text: pl.Expr) -> pl.Expr:
    """xxHash64 as a signed integer; missing where the text is."""
    hashed: pl.Expr = text.nchash.xxhash64()  # type: ignore[attr-defined]
    return hashed.reinterpret(signed=True)


class Lake:
    """The Delta tables under one folder."""

    def __init__(self, root: Path, seals: Seals = UNSEALED) -> None:
        """seals: who keeps sums of all files, so that none is changed unseen."""
        self.root, self._seals = root, seals

    def path(self, stream: Stream) -> Path:
        return self.root / stream.name

    def _table(self, stream: Stream) -> Table:
        path = self.path(stream)
        if not DeltaTable.is_deltatable(str(path)):
            path.mkdir(parents=True, exist_ok=True)
            DeltaTable.create(
                str(path),
                schema=stream.empty().to_arrow().schema,
                partition_by=[PARTITION],
                mode="ignore",
                name=stream.name,
                post_commithook_properties=_PLAIN,
            )
        table = Table(path)
        if new := _new_fields(table, stream):
            with self._seals.around(stream.name, ALTER):
                table.alter.add_columns(new, post_commithook_properties=_PLAIN)
        return table

    def _newest(self, stream: Stream) -> Table:
        """The table for reading. A page reads several: replaying a log each time costs more than
        the reading, so each process keeps it and only adds what is new."""
        path = self.path(stream)
        log = path / "_delta_log"
        place = (str(path), log.stat().st_ino if log.exists() else 0)
        table = _read.get(place)
        if table is None or overtaken(path, table.version()):
            table = _read[place] = self._table(stream)
        else:
            table.update_incremental()
        return table

    def version(self, stream: Stream) -> int:
        return int(self._newest(stream).version())

    def committed(self, stream: Stream, cause: str) -> int | None:
        """The highest number already written for this cause, None when there is none."""
        number: int | None = self._newest(stream).transaction_version(cause)
        return number

    def before(self, stream: Stream, cause: str, number: int = 1) -> int | None:
        """The version just before the commit of this cause and number; None if it is not written.

        Raises KeyError when the commit is older than the log that is kept (thirty days).
        """
        done = self.committed(stream, cause)
        if done is None or done < number:
            return None
        for commit in self._newest(stream).history():
            if (commit.get("cause"), commit.get("number")) == (cause, str(number)):
                return int(commit["version"]) - 1
        raise KeyError(f"{cause} number {number} is no longer in the log of {stream.name}")

    def append(
        self, stream: Stream, frames: Iterable[pl.DataFrame], *, cause: str, number: int = 1
    ) -> int:
        """Append frames as one commit, or nothing if this cause and number are written already.

        The frames are drawn one at a time: memory holds one of them. An exception raised while
        drawing leaves the table as it was.
        """
        table = self._table(stream)
        done = table.transaction_version(cause)
        if done is None or done < number:
            filing = Filing(self.path(stream), stream.empty().to_arrow().schema)
            writing = Writing(filing)
            files = writing.feed(batch for frame in frames for batch in _batches(stream, frame))
            self._commit(stream, table, files, cause, number)
        return int(table.version())

    def add(
        self, stream: Stream, files: list[AddAction | RemoveAction], *, cause: str, number: int = 1
    ) -> int:
        """Commit files that others have written under `path(stream)` (see Filing) as one commit,
        or nothing if this cause and number are written already."""
        table = self._table(stream)
        done = table.transaction_version(cause)
        if done is None or done < number:
            self._commit(stream, table, files, cause, number)
        return int(table.version())

    def _commit(
        self,
        stream: Stream,
        table: Table,
        files: list[AddAction | RemoveAction],
        cause: str,
        number: int,
        kind: str = APPEND,
        **told: str,
    ) -> None:
        new = [file.path for file in files if isinstance(file, AddAction)]
        with self._seals.around(stream.name, kind, new):
            table.create_write_transaction(
                files,
                "append",
                table.schema(),
                [PARTITION],
                commit_properties=CommitProperties(
                    app_transactions=[Transaction(cause, number)],
                    custom_metadata={"cause": cause, "number": str(number), **told},
                ),
                post_commithook_properties=_PLAIN,
            )
        self._shorten(stream, table)

    def _shorten(self, stream: Stream, table: Table) -> None:
        """A checkpoint every so many commits: who opens the table reads it and what came after."""
        if table.version() - checkpointed(self.path(stream)) < CHECKPOINT_EVERY:
            return
        with self._seals.quiet() as quiet:
            if quiet:
                self._checkpoint(stream, table)

    def _checkpoint(self, stream: Stream, table: Table) -> None:
        with self._seals.around(stream.name, CHECKPOINT):
            table.create_checkpoint()

    def parts(self, stream: Stream, month: str) -> list[str]:
        """Paths, under the table's folder, of the files that hold the facts of a month."""
        return active(self._table(stream), month)["path"].sort().to_list()

    def replace(
        self, stream: Stream, month: str, old: list[str], new: list[AddAction], *, cause: str
    ) -> None:
        """Commit files that say the same with less (see masking) in place of others of a month, as one
        commit, or nothing if this cause has done so already."""
        table = self._table(stream)
        if table.transaction_version(cause) is not None:
            return
        now = int(time.time() * 1000)
        gone = [RemoveAction(path, True, now, partition_values={PARTITION: month}) for path in old]  # noqa: FBT003  the library's own order
        ordered = sorted_at(table)
        if month in ordered and ordered[month] >= changed_at(table)[month]:
            ordered[month] = max([file.modification_time for file in new], default=now)
        told = orjson.dumps(ordered).decode()
        self._commit(stream, table, [*new, *gone], cause, 1, MASK, sorted_months=told)

    def purge(self, stream: Stream, months: Iterable[str]) -> int:
        """Delete at once all files of these months that no fact lies in any more, and the log before
        now, which tells least and greatest values of them; the number deleted.

        Nobody may write to the stream meanwhile: what is not committed yet goes, too.
        """
        table = self._table(stream)
        self._checkpoint(stream, table)
        root, needed = self.path(stream), set(active(table)["path"])
        files = [path for month in months for path in root.glob(f"{PARTITION}={month}/*")]
        obsolete = [
            name for path in files if (name := f"{path.parent.name}/{path.name}") not in needed
        ]
        version = f"{table.version():020}"
        logs = (path.name for path in (root / LOG).glob("0*"))
        obsolete += [f"{LOG}/{name}" for name in logs if name[:20] < version]
        with self._seals.around(stream.name, VACUUM, obsolete):
            for name in obsolete:
                (root / name).unlink(missing_ok=True)
        return len(obsolete)

    def readable(self, stream: Stream, version: int) -> bool:
        """Whether the table can still be read as it was then."""
        return commit_file(self.path(stream), version).exists()

    def files(
        self, stream: Stream, since: str | None = None, until: str | None = None
    ) -> list[str]:
        """Addresses of the files that hold the facts of the months (YYYY-MM) asked for, both
        included, for other engines to read; a file has all columns but the month."""
        ends = [(">=", since), ("<=", until)]
        wanted = [(PARTITION, sign, month) for sign, month in ends if month is not None]
        return list(self._newest(stream).file_uris(file_pruning_predicate=wanted or None))

    def scan(self, stream: Stream, version: int | None = None) -> pl.LazyFrame:
        """Every fact ever written, superseded ones too; `version` reads the table as it was then."""
        return self._facts_and_marks(stream, version).filter(pl.col("version") > 0)

    def _facts_and_marks(self, stream: Stream, version: int | None) -> pl.LazyFrame:
        whole = version is None
        return pl.scan_delta(self._newest(stream) if whole else Table(self.path(stream), version))

    def current(
        self, stream: Stream, where: pl.Expr | None = None, version: int | None = None
    ) -> pl.LazyFrame:
        """The latest fact about each thing.

        `where` must hold for all versions of a thing alike (its id, not its value) or be about its
        day (see `left_behind`): it is applied before the latest is chosen. Superseding facts are
        few, so only they are compared: the statistics of the files skip the rest.
        """
        facts = self._facts_and_marks(stream, version)
        if where is not None:
            facts = facts.filter(where)
        later = (pl.col("version") > 1) | (pl.col("version") < 0)
        superseding = facts.filter(later).select("key", latest=pl.col("version").abs()).collect()
        if superseding.is_empty():
            return facts
        latest = superseding.group_by("key").agg(pl.col("latest").max()).lazy()
        joined = facts.join(latest, on="key", how="left")
        return joined.filter(
            pl.col("latest").is_null() | (pl.col("version") == pl.col("latest"))
        ).drop("latest")

    def months(self, stream: Stream) -> dict[str, str]:
        """Month → a hash of the names of its files: it changes when the month was written to."""
        files = pl.DataFrame(self._newest(stream).get_add_actions(flatten=True))
        if files.is_empty():
            return {}
        digest = pl.col("path").sort().str.join(SEPARATOR).nchash.xxhash64()  # type: ignore[attr-defined]
        return dict(files.group_by("partition.month").agg(digest).iter_rows())

    def compact(self, stream: Stream) -> None:
        """Merge small files into files of about a hundred megabytes; no fact changes."""
        with self._seals.around(stream.name, OPTIMIZE):
            self._table(stream).optimize.compact(
                writer_properties=_writer(), post_commithook_properties=_PLAIN, **_CALM
            )

    def cluster(self, stream: Stream, sort_by: tuple[str, ...]) -> list[str]:
        """Sort the months that were written to since they were last sorted; the months.

        A look-up by these columns then skips most of a month, whose files keep their statistics.
        """
        months = self._unsorted(stream)
        for month in months:
            with self._seals.around(stream.name, OPTIMIZE):
                self._table(stream).optimize.z_order(
                    list(sort_by),
                    partition_filters=[("month", "=", month)],
                    writer_properties=_writer(),
                    commit_properties=CommitProperties(custom_metadata={"sorted": month}),
                    post_commithook_properties=_PLAIN,
                    **_CALM,
                )
        return months

    def _unsorted(self, stream: Stream) -> list[str]:
        table = self._table(stream)
        ordered, newest = sorted_at(table), changed_at(table)
        return sorted(month for month, at in newest.items() if at > ordered.get(month, -1))

    def vacuum(self, stream: Stream, retention_hours: int = 168) -> int:
        """Delete files that no version within the retention needs, and what a killed process
        never committed; the number deleted."""
        table = self._table(stream)
        # What the last hour before makes obsolete counts as well: it may be over before the end.
        obsolete = _vacuum(table, max(retention_hours - 1, 0), dry_run=True)
        obsolete += old_logs(self.path(stream))
        with self._seals.around(stream.name, VACUUM, obsolete):
            removed = _vacuum(table, retention_hours, dry_run=False)
            table.cleanup_metadata()  # logs older than thirty days that a checkpoint stands for
        return len(removed)


def _vacuum(table: Table, retention_hours: int, *, dry_run: bool) -> list[str]:
    return table.vacuum(
        retention_hours=retention_hours,
        dry_run=dry_run,
        enforce_retention_duration=False,
        full=True,
        post_commithook_properties=_PLAIN,
    )


def _new_fields(table: DeltaTable, stream: Stream) -> list[Any]:
    """Fields that the stream has got since the table was made; old facts have none."""
    schema = Schema.from_arrow(stream.empty().to_arrow().schema)
    known = {field.name for field in table.schema().fields}
    return [field for field in schema.fields if field.name not in known]


def _writer() -> WriterProperties:
    return WriterProperties(
        compression="ZSTD", compression_level=1, max_row_group_size=ROW_GROUP_ROWS
    )


def _batches(stream: Stream, frame: pl.DataFrame) -> list[pa.RecordBatch]:
    return stream.conform(frame).to_arrow().to_batches()  # type: ignore[no-any-return]
