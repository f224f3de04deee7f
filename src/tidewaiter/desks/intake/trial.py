"""Reading the first records of a message by a mapping that is not saved yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from tidewaiter.engine.messages.reading import Unreadable, read
from tidewaiter.engine.messages.sentences import explain
from tidewaiter.platform.journal.spool import spool_path

if TYPE_CHECKING:
    from typing import Any

    from tidewaiter.engine.messages.findings import Finding
    from tidewaiter.engine.messages.tabular.mapping import Mapping
    from tidewaiter.platform.journal.models import Message

TRIED = 500
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """What the first records would become. reasons: place, sentence and remedy, the first few."""

    rows: int
    accepted: int
    reasons: list[tuple[str, str, str]]
    names: list[str]
    records: list[list[Any]]


def tried(message: Message, mapping: Mapping) -> Trial:
    """The first chunk of a message as the mapping would read it; nothing is written."""
    chunks = read(
        spool_path(message.sha256),
        mapping=mapping,
        stream=message.stream,
        received_on=message.received_at.date(),
        chunk_rows=TRIED,
    )
    try:
        chunk = next(chunks)
    except Unreadable as unreadable:
        return Trial(0, 0, [_reason(unreadable.finding)], [], [])
    names = [
        name
        for name in chunk.declarations.columns
        if name not in {"place", "extra"} and chunk.declarations[name].null_count() < chunk.rows
    ]
    first = chunk.declarations.select(names).head(SHOWN)
    return Trial(
        rows=chunk.rows,
        accepted=chunk.declarations.height,
        reasons=[_reason(finding) for finding in chunk.findings[:10]],
        names=names,
        records=[list(row) for row in first.iter_rows()],
    )


def _reason(finding: Finding) -> tuple[str, str, str]:
    return finding.place, *explain(finding, gettext)
