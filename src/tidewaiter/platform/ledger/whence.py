"""Where what is being done comes from: the address of a request, a command, a background job."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND, JOB = "command line", "background job"
_whence: ContextVar[str] = ContextVar("whence", default="")


def whence() -> str:
    return _whence.get()


@contextmanager
def coming_from(place: str) -> Iterator[None]:
    """What is recorded within came from this place."""
    token = _whence.set(place)
    try:
        yield
    finally:
        _whence.reset(token)
