"""The format of a file at rest: what goes in comes out, and nothing else does."""

from __future__ import annotations

import io
from contextlib import suppress
from unittest import mock

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tidewaiter.platform.vault import container
from tidewaiter.platform.vault.container import HEADER, SLOT, TAG, Damaged, Master, MissingKey

NAME = "sealed/" + "a" * 64
MASTER, OTHER = Master(b"1" * 32), Master(b"2" * 32)
SMALL = 64  # bytes a chunk, where the size of chunks does not matter
small_chunks = mock.patch.object(container, "CHUNK", SMALL)


def sealed(plain: bytes, name: str = NAME, pieces: int = 1000) -> io.BytesIO:
    file = io.BytesIO()
    writer = container.Writer(file)
    for at in range(0, len(plain), pieces):
        writer.write(plain[at : at + pieces])
    writer.finish(name, MASTER)
    return file


def opened(file: io.BytesIO, name: str = NAME, masters=(MASTER,)) -> bytes:
    copy = io.BytesIO(file.getvalue())
    return container.Reader(copy, container.data_key(copy, name, masters)).readall()


def refused(content: bytes, name: str = NAME) -> bool:
    """Whether reading it, or checking its header, says that it is not what was sealed."""
    file = io.BytesIO(content)
    try:
        opened(file, name)
        container.check_header(io.BytesIO(content), name, [MASTER])
    except (Damaged, MissingKey):
        return True
    return False


class InMemory(io.BytesIO):
    """A file that can be synced."""

    def fileno(self) -> int:
        return 0


@pytest.mark.parametrize("chunks", [0, 1, 2])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_any_size_around_the_borders_of_chunks(chunks, more):
    size = max(0, chunks * container.CHUNK + more)
    plain = bytes(range(251)) * (size // 251 + 1)
    file = sealed(plain[:size], pieces=300_000)
    parts = max(1, -(-size // container.CHUNK))
    assert len(file.getvalue()) == HEADER + size + parts * TAG
    assert opened(file) == plain[:size]


@small_chunks
@given(st.binary(max_size=SMALL * 5), st.integers(1, SMALL * 3))
def test_what_goes_in_comes_out_and_is_not_seen_on_the_way(plain, pieces):
    file = sealed(plain, pieces=pieces)
    assert opened(file) == plain
    assume(len(plain) > 4)
    assert plain not in file.getvalue()[HEADER:]
    assert sealed(plain).getvalue() != file.getvalue()


@small_chunks
@given(st.binary(max_size=SMALL * 4), st.lists(st.integers(0, SMALL * 5), max_size=8))
def test_it_is_read_from_anywhere(plain, places):
    file = sealed(plain)
    reader = io.BufferedReader(
        container.Reader(file, container.data_key(file, NAME, [MASTER])), SMALL
    )
    for place in places:
        reader.seek(place)
        assert reader.read(SMALL + 7) == plain[place : place + SMALL + 7]
    assert reader.seek(0, io.SEEK_END) == len(plain)


@small_chunks
@given(st.binary(max_size=SMALL * 4), st.data())
def test_any_changed_byte_is_found(plain, data):
    content = bytearray(sealed(plain).getvalue())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    assert refused(bytes(content))


@small_chunks
def test_every_bit_of_the_header_counts():
    content = sealed(b"x").getvalue()
    for at in range(HEADER * 8):
        changed = bytearray(content)
        changed[at // 8] ^= 1 << at % 8
        assert refused(bytes(changed)), at


@small_chunks
@given(st.binary(max_size=SMALL * 4), st.data())
def test_cut_off_anywhere_or_longer_it_is_refused(plain, data):
    content = sealed(plain).getvalue()
    assert refused(content[: data.draw(st.integers(0, len(content) - 1))])
    assert refused(content + data.draw(st.binary(min_size=1, max_size=SMALL * 3)))


@small_chunks
@given(st.integers(2, 5), st.integers(0, SMALL - 1), st.data())
def test_chunks_cannot_change_places_be_left_out_or_come_twice(full, more, data):
    plain = b"".join(bytes([n]) * SMALL for n in range(full)) + b"!" * more
    content = sealed(plain).getvalue()
    step = SMALL + TAG
    chunks = [content[at : at + step] for at in range(HEADER, len(content), step)]
    kept = data.draw(st.lists(st.sampled_from(range(len(chunks))), max_size=len(chunks) + 1))
    assume(kept != list(range(len(chunks))))
    assert refused(content[:HEADER] + b"".join(chunks[n] for n in kept))


@small_chunks
def test_chunks_and_headers_of_another_file_are_refused():
    one, two = sealed(b"1" * 200).getvalue(), sealed(b"2" * 200, "sealed/" + "b" * 64).getvalue()
    assert refused(one[:HEADER] + two[HEADER:])
    assert refused(two)
    assert refused(one, "small/" + "a" * 64)
    step = SMALL + TAG
    assert refused(one[: HEADER + step] + two[HEADER + step :])


def test_without_the_key_it_is_said_which_is_missing():
    with pytest.raises(MissingKey, match=MASTER.id.hex()):
        opened(sealed(b"x"), masters=[OTHER])
    assert MASTER.id in sealed(b"x").getvalue()[:HEADER]


@small_chunks
@given(st.binary(max_size=SMALL * 3))
def test_another_master_key_takes_over_and_only_the_header_changes(plain):
    file = InMemory(sealed(plain).getvalue())
    before = file.getvalue()
    with mock.patch("os.fsync"):
        container.rewrap(file, NAME, [MASTER, OTHER], OTHER)
    assert file.getvalue()[HEADER:] == before[HEADER:]
    assert container.settled(file, NAME, OTHER)
    assert opened(file, masters=[OTHER]) == plain
    with pytest.raises(MissingKey):
        opened(file, masters=[MASTER])


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_dying_at_any_byte_of_a_change_of_key_loses_nothing(rounds):
    """Whatever part of the writing reached the disk: the file can be read with the keys there are,
    and the change can be made again."""
    keys = [Master(bytes([n]) * 32) for n in range(10, 13 + rounds)]
    first = InMemory()
    writer = container.Writer(first)
    writer.write(b"evidence")
    writer.finish(NAME, keys[0])
    states = {first.getvalue()}
    for number, new in enumerate(keys[1:], 2):
        found = set()
        for state in states:
            for limit in range(2 * SLOT + 1):
                file = Dying(state, limit)
                with mock.patch("os.fsync"), suppress(PowerCut):
                    container.rewrap(file, NAME, keys[:number], new)
                assert opened(file, masters=keys[:number]) == b"evidence"
                found.add(file.getvalue())
        for state in found:
            file = InMemory(state)
            with mock.patch("os.fsync"):
                container.rewrap(file, NAME, keys[:number], new)
            assert opened(file, masters=[new]) == b"evidence"
            assert container.settled(file, NAME, new)
            assert not damaged_header(file, [new])
        # What a death left half-way is what the next change of key meets.
        states = set(sorted(found)[:: max(1, len(found) // 3)])


def damaged_header(file: io.BytesIO, masters: list[Master]) -> bool:
    try:
        container.check_header(file, NAME, masters)
    except Damaged:
        return True
    return False


class PowerCut(Exception):
    pass


class Dying(InMemory):
    """A file of which only so many bytes are still written."""

    def __init__(self, content: bytes, limit: int) -> None:
        super().__init__(content)
        self.left = limit

    def write(self, content: bytes) -> int:
        super().write(content[: self.left])
        if len(content) > self.left:
            self.left = 0
            raise PowerCut
        self.left -= len(content)
        return len(content)
