"""What reading a message yields: chunks of records, or the reason why it cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.records.streams import DECLARATIONS, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidewaiter.engine.messages.tabular.propose import Proposal

PLACED = pl.Schema({**DECLARATIONS.incoming, "place": pl.String()})
NO_RECORDS = pl.DataFrame(schema=PLACED)
NO_OUTCOMES = pl.DataFrame(schema=OUTCOMES.incoming)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records read from one stretch of a message.

    declarations: the incoming fields of DECLARATIONS plus `place`, where each record stands.
    outcomes: the incoming fields of OUTCOMES.
    rows: records met, so `rows == declarations.height + sum(f.rows for errors)`.
    position: bytes of the message consumed when the chunk ended.
    partial: ids of declarations of which this message states only what changes: a missing field
        means "as before".
    """

    declarations: pl.DataFrame
    outcomes: pl.DataFrame = field(default_factory=lambda: NO_OUTCOMES)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    position: int = 0
    partial: frozenset[str] = frozenset()


class Unreadable(Exception):
    """Nothing of the message may be accepted."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code, finding.place)
        self.finding = finding


class MappingNeeded(Unreadable):
    """A table whose columns no mapping explains; carries a proposal for an officer to confirm."""

    def __init__(
        self, header: Sequence[str], sample: Sequence[Sequence[str]], proposal: Proposal
    ) -> None:
        names = ", ".join(header)
        super().__init__(
            Finding("header", "mapping_needed", {"columns": len(header)}, record=names[:2000])
        )
        self.header = list(header)
        self.sample = [list(row) for row in sample]
        self.proposal = proposal


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a message may ask of the machine. Bytes unless said otherwise.

    A real table compresses 5 to 40 times. A bomb is told by its ratio, so a large honest file passes.
    """

    ratio: int = 200
    ratio_floor: int = 64 << 20
    expanded: int = 64 << 30
    line: int = 4 << 20
    members: int = 10_000
    workbook: int = 512 << 20
    document: int = 256 << 20
    columns: int = 5_000


LIMITS = Limits()
