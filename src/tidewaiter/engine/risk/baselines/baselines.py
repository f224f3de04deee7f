"""Building, saving, loading and looking up the baselines of one date."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import polars as pl
import pyarrow as pa

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines import build_digits, build_peers
from tidewaiter.engine.risk.baselines.histories import HISTORIES
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.baselines.lookup import lookup
from tidewaiter.engine.risk.baselines.parts import DIGITS, HEADINGS, SAID, Parts
from tidewaiter.engine.risk.baselines.peers import PEERS
from tidewaiter.engine.risk.baselines.recall import Recall
from tidewaiter.engine.risk.baselines.tables import KeyTable, PeerTable
from tidewaiter.engine.risk.descriptions import Descriptions

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2


@dataclass(frozen=True)
class Baselines:
    """`as_of`: first day that is not known. `hit_rate`: finds per controlled item over all."""

    as_of: date
    hit_rate: float
    histories: dict[str, KeyTable]
    peers: dict[str, tuple[PeerTable, ...]]
    digits: KeyTable
    descriptions: Descriptions
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
        return cls.of(Parts.of(past, known, as_of), as_of, origin)

    @classmethod
    def of(cls, parts: Parts, as_of: date, origin: dict[str, Any] | None = None) -> Baselines:
        """From the additive parts of all rows, whoever added them up."""
        histories = {h.name: KeyTable.of(parts.history(h, as_of)) for h in HISTORIES}
        peers = {
            spec.name: tuple(
                build_peers.level_table(parts.tables[f"histogram-{spec.name}"], level)
                for level in range(len(spec.levels))
            )
            for spec in PEERS
        }
        digits = KeyTable.of(build_digits.tests(parts.tables[DIGITS]))
        descriptions = Descriptions.of(parts.tables[HEADINGS], parts.tables[SAID])
        return cls(as_of, parts.hit_rate, histories, peers, digits, descriptions, origin or {})

    @classmethod
    def empty(cls, as_of: date) -> Baselines:
        """Nothing known yet: the first day of an administration."""
        return cls.build(DECLARATIONS.empty().lazy(), OUTCOMES.empty().lazy(), as_of)

    def _keyed(self) -> dict[str, KeyTable]:
        tables = {f"history-{name}": table for name, table in self.histories.items()}
        for name, levels in self.peers.items():
            tables |= {f"peers-{name}-{n}": level.groups for n, level in enumerate(levels)}
        return tables | {"digits": self.digits}

    def _plain(self) -> dict[str, pl.DataFrame]:
        tables = {
            f"bins-{name}-{n}": level.bins
            for name, levels in self.peers.items()
            for n, level in enumerate(levels)
        }
        tables["descriptions-headings"] = self.descriptions.headings
        tables["descriptions-pairs"] = self.descriptions.pairs
        return tables

    @cached_property
    def version(self) -> str:
        """SHA-256 of the content: equal baselines have equal versions."""
        return self._digest()

    @property
    def intact(self) -> bool:
        """Whether the content is still what `version` says; reads all of it."""
        return self._digest() == self.version

    def _digest(self) -> str:
        digest = hashlib.sha256(f"{FORMAT} {self.as_of} {self.hit_rate!r}".encode())
        for name, table in sorted(self._keyed().items()):
            digest.update(f"{name} {table.names}".encode())
            digest.update(np.ascontiguousarray(table.keys).data)
            digest.update(np.ascontiguousarray(table.figures).data)
        for name, frame in sorted(self._plain().items()):
            digest.update(f"{name} {frame.schema}".encode())
            for column in frame.columns:
                digest.update(np.ascontiguousarray(frame[column].to_numpy()).data)
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """One Arrow file a table and `manifest.json`, written last."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self._plain().items():
            frame.rechunk().write_ipc(folder / f"{name}.arrow")
        for name, table in self._keyed().items():
            _write(table, folder / f"{name}.arrow")
        manifest = {
            "format": FORMAT,
            "version": self.version,
            "as_of": self.as_of.isoformat(),
            "hit_rate": self.hit_rate,
            "figures": {name: table.names for name, table in self._keyed().items()},
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

        def plain(name: str) -> pl.DataFrame:
            return pl.DataFrame(_mapped(folder / f"{name}.arrow"))

        def keyed(name: str) -> KeyTable:
            return _read(folder / f"{name}.arrow", manifest["figures"][name])

        loaded = cls(
            as_of=date.fromisoformat(manifest["as_of"]),
            hit_rate=manifest["hit_rate"],
            histories={h.name: keyed(f"history-{h.name}") for h in HISTORIES},
            peers={
                p.name: tuple(
                    PeerTable(keyed(f"peers-{p.name}-{level}"), plain(f"bins-{p.name}-{level}"))
                    for level in range(len(p.levels))
                )
                for p in PEERS
            },
            digits=keyed("digits"),
            descriptions=Descriptions(plain("descriptions-headings"), plain("descriptions-pairs")),
            origin=manifest["origin"],
        )
        loaded.__dict__["version"] = manifest["version"]
        return loaded

    @cached_property
    def recall(self) -> Recall:
        """Histories and digit tests, ready to be asked."""
        return Recall([*(self.histories[h.name] for h in HISTORIES), self.digits], self.hit_rate)

    def lookup(self, records: pl.DataFrame) -> pl.DataFrame:
        """Baseline facts of each row, in order; `records` have KEY_COLUMNS and FIGURES."""
        return lookup(self, records)


def _write(table: KeyTable, path: Path) -> None:
    """Columns key and figures, a list of fixed length: read back without a copy."""
    cells = pa.array(np.ascontiguousarray(table.figures).ravel())
    figures = pa.FixedSizeListArray.from_arrays(cells, len(table.names))
    batch = pa.record_batch({"key": pa.array(table.keys), "figures": figures})
    with pa.ipc.new_file(str(path), batch.schema) as out:
        out.write_batch(batch)


def _read(path: Path, names: list[str]) -> KeyTable:
    batch = _mapped(path).combine_chunks()
    keys = batch["key"].chunk(0) if batch.num_rows else pa.array([], pa.int64())
    cells = batch["figures"].chunk(0).flatten() if batch.num_rows else pa.array([], pa.float64())
    return KeyTable(keys.to_numpy(), cells.to_numpy().reshape(-1, len(names)), names)


def _mapped(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
