"""Files as they arrive: compressed, cut off, hostile, or something else altogether."""

from __future__ import annotations

import gzip
import io
import resource
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tidewaiter.engine.messages.reading import Limits, MappingNeeded, Unreadable, read
from tidewaiter.engine.messages.sentences import explain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidewaiter.engine.messages.reading import Chunk

    Send = Callable[..., Chunk]

TABLE = "declaration_id,declaration_date,hs\nA1,2026-01-05,090121\nA2,2026-01-06,850440\n"


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def refusal(send: Send, content: bytes | str, **how: object) -> str:
    with pytest.raises(Unreadable) as caught:
        send(content, **how)
    sentence, remedy = explain(caught.value.finding)
    assert "?" not in sentence + remedy
    return caught.value.finding.code


def test_plain_gzip_and_zip_read_the_same(send: Send) -> None:
    plain = send(TABLE)
    packed = send(gzip.compress(TABLE.encode()))
    member = send(zipped({"any.name": TABLE}))
    assert plain.declarations.equals(packed.declarations)
    assert plain.declarations.drop("place").equals(member.declarations.drop("place"))
    assert plain.declarations["declaration_id"].to_list() == ["A1", "A2"]


def test_gzip_of_several_members_is_one_text(send: Send) -> None:
    first, second = TABLE[:40], TABLE[40:]
    content = gzip.compress(first.encode()) + gzip.compress(second.encode())
    assert send(content).rows == 2


@pytest.mark.parametrize("cut", [12, 40, -9, -4, -1])
def test_a_truncated_gzip_is_refused_whole(send: Send, cut: int) -> None:
    assert refusal(send, gzip.compress(TABLE.encode() * 50)[:cut]) == "truncated"


def test_a_gzip_with_a_wrong_checksum_is_refused(send: Send) -> None:
    content = bytearray(gzip.compress(TABLE.encode()))
    content[-6] ^= 0xFF
    assert refusal(send, bytes(content)) == "archive_damaged"


def test_a_truncated_gzip_gives_chunks_and_then_fails(tmp_path: Path) -> None:
    lines = "".join(f"A{n},2026-01-05,090121\n" for n in range(200_000))
    path = tmp_path / "message"
    path.write_bytes(gzip.compress((TABLE + lines).encode())[:-2000])
    with pytest.raises(Unreadable, match="truncated"):
        list(read(path, chunk_rows=1000))


def test_a_gzip_bomb_is_refused_early(send: Send) -> None:
    limits = replace(Limits(), ratio_floor=1 << 20)
    bomb = gzip.compress(TABLE.encode() + b"A,2026-01-05,090121\n" * 1_000_000, 9)
    assert refusal(send, bomb, limits=limits) == "bomb"


def test_a_zip_bomb_is_refused_early(send: Send) -> None:
    limits = replace(Limits(), ratio_floor=1 << 20)
    with pytest.raises(Unreadable, match="bomb"):
        send(zipped({"a.csv": TABLE + "A,2026-01-05,090121\n" * 1_000_000}), limits=limits)


def test_a_large_honest_file_passes_the_same_guard(send: Send) -> None:
    lines = "".join(f"A{n},2026-01-05,{n % 9 + 1:02d}0121\n" for n in range(100_000))
    limits = replace(Limits(), ratio_floor=1 << 20)
    assert send(gzip.compress((TABLE + lines).encode()), limits=limits).rows == 100_002


def test_the_absolute_limit_holds(send: Send) -> None:
    assert refusal(send, gzip.compress(TABLE.encode()), limits=Limits(expanded=20)) == "too_large"


@pytest.mark.parametrize(
    "inner", [gzip.compress(TABLE.encode()), zipped({"a.csv": TABLE})], ids=["gzip", "zip"]
)
def test_archives_in_archives_are_refused(send: Send, inner: bytes) -> None:
    assert refusal(send, gzip.compress(inner)) == "nested_archive"
    (finding,) = send(zipped({"x": inner})).findings
    assert finding.code == "nested_archive"


def test_a_bad_member_does_not_stop_its_neighbours(send: Send) -> None:
    content = zipped(
        {"1.csv": TABLE, "2.pdf": "%PDF-1.4", "3.csv": "", "4.xml": "<a><b></a>", "5.csv": TABLE}
    )
    result = send(content)
    assert result.declarations.height == 4
    assert [f.code for f in result.findings] == ["foreign_format", "empty", "xml_tag_mismatch"]
    assert "2.pdf" in result.findings[0].place


def test_paths_in_a_zip_are_labels_only(send: Send, tmp_path: Path) -> None:
    result = send(zipped({"../../etc/passwd": TABLE, "__MACOSX/._a.csv": b"\0\1", "d/": ""}))
    assert result.rows == 2
    assert result.declarations["place"][0] == "member 1 (passwd), line 2"
    assert [path.name for path in tmp_path.iterdir()] == ["message"]


def test_a_damaged_zip_is_refused(send: Send) -> None:
    assert refusal(send, zipped({"a.csv": TABLE})[:-30]) == "archive_damaged"


def test_an_encrypted_member_is_named(send: Send) -> None:
    content = bytearray(zipped({"a.csv": TABLE}, zipfile.ZIP_STORED))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (finding,) = send(bytes(content)).findings
    assert finding.code == "encrypted"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"   \r\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7 ...", "foreign_format"),
        (b"UNB+UNOA:1+X", "foreign_format"),
        (b"<!DOCTYPE html><html></html>", "foreign_format"),
        (bytes(range(256)) * 40, "binary"),
        (b"\0" * 5000, "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook_damaged"),
        (b"PAR1xxxxxxxxxxxxxx", "parquet_damaged"),
    ],
)
def test_what_is_no_message_is_refused_by_name(send: Send, content: bytes, code: str) -> None:
    assert refusal(send, content) == code
    if content:
        assert refusal(send, gzip.compress(content)) == code


def test_an_endless_line_costs_neither_time_nor_memory(tmp_path: Path) -> None:
    path = tmp_path / "message"
    with path.open("wb") as file:
        file.write(TABLE.encode() + b"A3,2026-01-06,850440\n" * 5000)
        file.truncate(1 << 30)  # a gigabyte without a line end, sparse on disk
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unreadable, match="line_too_long"):
        list(read(path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


def test_an_endless_first_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "message"
    path.write_bytes(b"abc," * (2 << 20))
    with pytest.raises(Unreadable):
        list(read(path))


def test_an_unknown_header_asks_for_a_mapping(send: Send) -> None:
    with pytest.raises(MappingNeeded) as caught:
        send("Kolli;Farbe\n1;rot\n2;blau\n")
    assert caught.value.header == ["Kolli", "Farbe"]
    assert caught.value.sample == [["1", "rot"], ["2", "blau"]]
    assert "hs" in caught.value.proposal.missing
