"""Reading ahead changes nothing but the time it takes."""

from __future__ import annotations

import threading

import pytest

from tidewaiter.engine.ahead import ahead


def test_the_chunks_come_in_order() -> None:
    assert list(ahead(range(50))) == list(range(50))


def test_what_reading_raises_is_raised_after_the_chunks_before_it() -> None:
    def broken():
        yield 1
        raise ValueError("line 2")

    seen = []
    with pytest.raises(ValueError, match="line 2"):
        seen.extend(ahead(broken()))
    assert seen == [1]


def test_who_stops_listening_stops_the_reader() -> None:
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield 1

    reading = ahead(endless())
    next(reading)
    reading.close()
    count = len(drawn)
    assert count <= 3
    assert not [t for t in threading.enumerate() if t.name == "reader"]
