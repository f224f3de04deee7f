"""Finding the mapping of a message: the one it came with, or a saved one that fits its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.desks.intake.models import MappingVersion
from tidewaiter.engine.ahead import ahead
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.reading import MappingNeeded, Unreadable, read
from tidewaiter.engine.messages.tabular.mapping import MappingError, recognise
from tidewaiter.engine.messages.tabular.mapping_file import build, parse
from tidewaiter.platform.journal.spool import spool_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.messages.reading import Chunk
    from tidewaiter.engine.messages.tabular.mapping import Mapping
    from tidewaiter.platform.journal.models import Message

WORTH_A_THREAD = 16 << 20  # bytes


def chunks_of(message: Message) -> Iterator[Chunk]:
    """The records of a message; a table with an unknown header is tried with the saved mappings.

    Raises Unreadable, also while the chunks are drawn.
    """
    given = _given(message)
    try:
        yield from _read(message, given)
    except MappingNeeded as needed:
        saved = None if given else recognise(needed.header, _saved())
        if saved is None:
            raise
        yield from _read(message, saved)


def _read(message: Message, mapping: Mapping | None) -> Iterator[Chunk]:
    received_on = message.received_at.date()
    chunks = read(
        spool_path(message.sha256),
        mapping=mapping,
        stream=message.stream,
        received_on=received_on,
    )
    return ahead(chunks) if message.size > WORTH_A_THREAD else chunks


def _given(message: Message) -> Mapping | None:
    if not message.mapping:
        return None
    try:
        return build(message.mapping)
    except MappingError as error:
        parameters = {"problems": "; ".join(error.problems)}
        raise Unreadable(Finding("mapping", "mapping_wrong", parameters)) from error


def _saved() -> list[Mapping]:
    """The newest version of each saved mapping."""
    newest: dict[str, Mapping] = {}
    for one in MappingVersion.objects.order_by("name", "version"):
        newest[one.name] = parse(one.toml)
    return list(newest.values())
