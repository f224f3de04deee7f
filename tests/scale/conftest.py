"""Sail from its package, and Apache Spark where there is Java and SPARK_HOME names it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.scale import servers

if TYPE_CHECKING:
    from collections.abc import Iterator


# The client takes a main module without a file, which a process of pytest-xdist has, for a doctest.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = __file__


@pytest.fixture(scope="session", params=servers.KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server with two cores."""
    if reason := servers.absent(request.param):
        pytest.skip(reason)
    with servers.running(request.param) as address:
        yield address
