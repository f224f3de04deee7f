"""Counting what becomes of a message while it is read."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from django.conf import settings

from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.records import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.messages.reading import Chunk
    from tidewaiter.engine.records.versions import Settled
    from tidewaiter.platform.journal.models import Message


@dataclass
class Tally:
    """Figures and findings of one reading; `changes` and `outcomes` wait for their own commits."""

    message: Message
    received: int = 0
    accepted: int = 0
    superseded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    outcomes: int = 0
    new_outcomes: int = 0
    whole: bool = False
    findings: list[Finding] = field(default_factory=list)
    changes: list[pl.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        scratch = Path(settings.HOME) / "scratch"
        scratch.mkdir(exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(dir=scratch)

    def read(self, chunk: Chunk) -> None:
        self.received += chunk.rows
        for finding in chunk.findings:
            self.found(finding)

    def found(self, finding: Finding) -> None:
        self.findings.append(finding)
        if finding.severity == "error":
            self.quarantined += finding.rows

    def unreadable(self, finding: Finding) -> None:
        """Nothing of the message is in the lake: what was read so far counts for nothing."""
        self.received, self.accepted, self.superseded, self.duplicates = 1, 0, 0, 0
        self.findings, self.quarantined, self.whole = [finding], 1, True

    def settled(self, settled: Settled) -> None:
        self.accepted += settled.accepted.height
        self.superseded += settled.superseding
        self.duplicates += settled.duplicates
        for place, declaration, item in settled.conflicts.select(
            "place", "declaration_id", "item_no"
        ).iter_rows():
            parameters = {"declaration_id": declaration, "item_no": item}
            self.found(Finding(place, "conflicting_duplicate", parameters, record=str(declaration)))

    def put_aside(self, outcomes: pl.DataFrame) -> None:
        """Keep outcomes on disk until the declarations they are about are written."""
        if not outcomes.is_empty():
            self.outcomes += outcomes.height
            folder = Path(self._scratch.name)
            outcomes.write_ipc(folder / f"{len(list(folder.iterdir())):06}.arrow")

    def put_aside_frames(self) -> Iterator[pl.DataFrame]:
        for path in sorted(Path(self._scratch.name).iterdir()):
            yield pl.read_ipc(path)

    def fill(self, message: Message) -> None:
        """Write the figures onto the journal row."""
        nothing = not (self.accepted or self.duplicates or self.outcomes or self.changes)
        kept_out = self.whole or (nothing and self.quarantined > 0)
        message.state = message.State.QUARANTINED if kept_out else message.State.RECORDED
        message.received = self.received
        if message.stream == OUTCOMES.name:
            self.accepted = self.new_outcomes
            self.duplicates = self.outcomes - self.new_outcomes
        message.accepted = self.accepted
        message.superseded = self.superseded
        message.duplicates = self.duplicates
        message.quarantined = self.quarantined
        message.outcomes = self.outcomes
