"""Building, saving, loading and looking up the baselines of one date."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import pyarrow as pa

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines import build_histories, build_peers
from tidewaiter.engine.risk.baselines.build_peers import bin_of
from tidewaiter.engine.risk.baselines.keys import HISTORIES, PEERS, History, Peers
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.baselines.tables import Figures, KeyTable, PeerTable

FORMAT = 1
PRIOR_CONTROLS = 8.0  # a hit rate is pulled to the overall rate as if by this many controls
_LOOKUPS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="baselines")


@dataclass(frozen=True)
class Baselines:
    """`as_of`: first day that is not known. `hit_rate`: finds per controlled item over all."""

    as_of: date
    hit_rate: float
    histories: dict[str, KeyTable]
    peers: dict[str, tuple[PeerTable, ...]]
    origin: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        declarations: pl.LazyFrame,
        outcomes: pl.LazyFrame,
        as_of: date,
        origin: dict[str, Any] | None = None,
    ) -> Baselines:
        """From rows as they were first declared (DECLARATIONS) and results (OUTCOMES).

        `origin` is kept with the result: versions of the lake and the like.
        """
        past = declarations.filter(pl.col("declaration_date") < as_of)
        known = labelled(past, outcomes, known_before=as_of)
        rate = float(known["found"].mean() or 0.0)  # type: ignore[arg-type]
        keyed = known.with_columns(expr for expr in _derived())
        histories = {
            h.name: KeyTable(build_histories.build(past, keyed, h, as_of)) for h in HISTORIES
        }
        peers: dict[str, tuple[PeerTable, ...]] = {}
        for spec in PEERS:
            finest = build_peers.histogram(past, spec, as_of)
            peers[spec.name] = tuple(
                build_peers.level_table(finest, level) for level in range(len(spec.levels))
            )
        return cls(as_of, rate, histories, peers, origin or {})

    @classmethod
    def empty(cls, as_of: date) -> Baselines:
        """Nothing known yet: the first day of an administration."""
        return cls.build(DECLARATIONS.empty().lazy(), OUTCOMES.empty().lazy(), as_of)

    def _tables(self) -> dict[str, pl.DataFrame]:
        tables = {f"history-{name}": table.frame for name, table in self.histories.items()}
        for name, levels in self.peers.items():
            for level, table in enumerate(levels):
                tables[f"peers-{name}-{level}"] = table.groups.frame
                tables[f"bins-{name}-{level}"] = table.bins
        return tables

    @cached_property
    def version(self) -> str:
        """SHA-256 of the content: equal baselines have equal versions."""
        digest = hashlib.sha256(f"{FORMAT} {self.as_of} {self.hit_rate!r}".encode())
        for name, frame in sorted(self._tables().items()):
            digest.update(f"{name} {frame.schema}".encode())
            for column in frame.columns:
                digest.update(np.ascontiguousarray(frame[column].to_numpy()).data)
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """One Arrow file a table and `manifest.json`, written last."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self._tables().items():
            frame.rechunk().write_ipc(folder / f"{name}.arrow")
        manifest = {
            "format": FORMAT,
            "version": self.version,
            "as_of": self.as_of.isoformat(),
            "hit_rate": self.hit_rate,
            "origin": self.origin,
        }
        (folder / "manifest.json").write_bytes(orjson.dumps(manifest))

    @classmethod
    def load(cls, folder: Path) -> Baselines:
        """Memory-mapped: what is not looked up is not read."""
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        if manifest["format"] != FORMAT:
            message = f"{folder}: baselines of format {manifest['format']}; build them again"
            raise ValueError(message)

        def table(name: str) -> pl.DataFrame:
            with pa.memory_map(str(folder / f"{name}.arrow")) as source:
                frame = pl.from_arrow(pa.ipc.open_file(source).read_all())
            assert isinstance(frame, pl.DataFrame)
            return frame

        loaded = cls(
            as_of=date.fromisoformat(manifest["as_of"]),
            hit_rate=manifest["hit_rate"],
            histories={h.name: KeyTable(table(f"history-{h.name}")) for h in HISTORIES},
            peers={
                p.name: tuple(
                    PeerTable(
                        KeyTable(table(f"peers-{p.name}-{level}")), table(f"bins-{p.name}-{level}")
                    )
                    for level in range(len(p.levels))
                )
                for p in PEERS
            },
            origin=manifest["origin"],
        )
        loaded.__dict__["version"] = manifest["version"]
        return loaded

    def lookup(self, records: pl.DataFrame) -> pl.DataFrame:
        """Baseline facts of each row: `records` have the columns of `keys.with_keys`."""
        keys = records.select(
            *[history.key() for history in HISTORIES],
            *[peers.key(level) for peers in PEERS for level in range(len(peers.levels))],
            *[peers.figure.log().alias(f"{peers.name}_log") for peers in PEERS],
            *[bin_of(peers.figure.log()).alias(f"{peers.name}_bin") for peers in PEERS],
        )
        parts = _LOOKUPS.map(lambda h: self._history(keys, h), HISTORIES)
        found = _LOOKUPS.map(lambda p: self._peers(keys, p), PEERS)
        figures: dict[str, Figures] = {}
        for part in (*parts, *found):
            figures |= part
        return pl.DataFrame(figures, nan_to_null=True).cast(
            {name: pl.Date for name in figures if name.endswith("_first_seen")}
        )

    def _history(self, keys: pl.DataFrame, history: History) -> dict[str, Figures]:
        """Counts are zero for what was never seen, missing where the key is missing."""
        table = self.histories[history.name]
        column = keys[history.name]
        known = column.is_not_null().to_numpy()
        rows = table.find(column.fill_null(0).to_numpy(), known)
        name = history.name
        facts: dict[str, Figures] = {}
        if history.traffic:
            facts[f"{name}_items"] = _counts(table, "items", rows, known)
            facts[f"{name}_first_seen"] = table.take("first_day", rows, np.nan)
            for days in history.windows:
                facts[f"{name}_items_{days}d"] = _counts(table, f"items_{days}d", rows, known)
                facts[f"{name}_value_{days}d"] = _counts(table, f"value_{days}d", rows, known)
            for mean in history.means:
                total = table.take(f"{mean}_sum", rows, np.nan)
                count = table.take(f"{mean}_count", rows, np.nan)
                with np.errstate(invalid="ignore", divide="ignore"):
                    facts[f"{name}_{mean}_mean"] = total / count / 1000
        if history.outcomes:
            facts |= self._rates(table, name, rows, known)
        return facts

    def _rates(
        self, table: KeyTable, name: str, rows: np.ndarray, known: np.ndarray
    ) -> dict[str, Figures]:
        controls = _counts(table, "controls", rows, known)
        finds = _counts(table, "finds", rows, known)
        one = float(build_histories.WEIGHT_ONE)
        recent = _counts(table, "recent_controls", rows, known) / one
        recent_finds = _counts(table, "recent_finds", rows, known) / one
        prior = self.hit_rate * PRIOR_CONTROLS
        half = PRIOR_CONTROLS / 2
        return {
            f"{name}_controls": controls,
            f"{name}_finds": finds,
            f"{name}_hit_rate": (finds + prior) / (controls + PRIOR_CONTROLS),
            f"{name}_recent_hit_rate": (recent_finds + self.hit_rate * half) / (recent + half),
        }

    def _peers(self, keys: pl.DataFrame, peers: Peers) -> dict[str, Figures]:
        """Median, spread, count and percentile from the closest level that has enough peers."""
        size = keys.height
        bins = keys[f"{peers.name}_bin"].fill_null(0).to_numpy()
        judged = keys[f"{peers.name}_bin"].is_not_null().to_numpy()
        median, spread, count, share, used = (np.full(size, np.nan) for _ in range(5))
        open_rows = np.ones(size, dtype=bool)
        for level, table in enumerate(self.peers[peers.name]):
            column = keys[f"{peers.name}_{level}"]
            known = column.is_not_null().to_numpy() & open_rows
            rows = table.groups.find(column.fill_null(0).to_numpy(), known)
            hit = rows >= 0
            for target, name in ((median, "median"), (spread, "spread"), (count, "count")):
                target[hit] = table.groups.columns[name][rows[hit]]
            share[hit] = table.percentile(rows[hit], bins[hit])
            used[hit] = level
            open_rows &= ~hit
        share[~judged] = np.nan
        return {
            f"{peers.name}_peer_median": median,
            f"{peers.name}_peer_spread": spread,
            f"{peers.name}_peers": count,
            f"{peers.name}_peer_level": used,
            f"{peers.name}_percentile": 100 * share,
        }


def _counts(table: KeyTable, column: str, rows: np.ndarray, known: np.ndarray) -> Figures:
    figures = table.take(column, rows, 0.0)
    figures[~known] = np.nan
    return figures


def _derived() -> list[pl.Expr]:
    from tidewaiter.engine.risk.baselines.keys import KEY_COLUMNS

    return [expr.alias(name) for name, expr in KEY_COLUMNS.items()]


def next_day(day: date) -> date:
    """Baselines that know all of `day`."""
    return day + timedelta(days=1)
