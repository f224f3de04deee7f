"""Ways to write what senders send, and to read it back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tidewaiter.engine.messages.reading import Chunk, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

TODAY = date(2026, 3, 1)


def together(chunks: Iterable[Chunk]) -> Chunk:
    """All chunks of a message as one; every chunk must account for all its rows."""
    parts = list(chunks)
    for part in parts:
        kept_out = sum(f.rows for f in part.findings if f.severity == "error")
        assert part.rows == part.declarations.height + kept_out
    return Chunk(
        declarations=pl.concat([p.declarations for p in parts]) if parts else pl.DataFrame(),
        outcomes=pl.concat([p.outcomes for p in parts]) if parts else pl.DataFrame(),
        findings=[f for p in parts for f in p.findings],
        rows=sum(p.rows for p in parts),
        position=parts[-1].position if parts else 0,
        partial=frozenset().union(*(p.partial for p in parts)),
    )


@pytest.fixture
def send(tmp_path: Path) -> Callable[..., Chunk]:
    """Write bytes (or text) as a file and read it."""

    def _send(content: bytes | str, **how: object) -> Chunk:
        path = tmp_path / "message"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return together(read(path, received_on=TODAY, **how))

    return _send
