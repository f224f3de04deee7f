"""From the bytes a sender wrote to UTF-8, block by block.

Most files are UTF-8 or the Windows code page, and some are both: a line that is not UTF-8 is read
as Windows-1252, and where that has no letter either, as Latin-1.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ALLOWED_CONTROLS = b"\t\n\r\x0c\x1a"
CONTROLS = bytes(code for code in range(32) if bytes([code]) not in ALLOWED_CONTROLS)


def detect(head: bytes) -> tuple[str, int]:
    """Encoding of a text that starts so, and the length of its byte order mark."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark)
    sample = head[:4096]
    if sample[1::2].count(0) > 0.6 * len(sample[1::2]) > 0:
        return "utf-16-le", 0
    if sample[::2].count(0) > 0.6 * len(sample[::2]) > 0:
        return "utf-16-be", 0
    return "utf-8", 0


def known(name: str) -> bool:
    """Whether Python can decode this encoding to text."""
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001  no public equivalent
    except LookupError:
        return False


def is_binary(head: bytes) -> bool:
    """Whether decoded text that starts so is no text: control characters in quantity."""
    sample = head[:8192]
    return len(sample) - len(sample.translate(None, CONTROLS)) > max(2, len(sample) // 50)


class Transcoder:
    """Raw blocks in, UTF-8 blocks out; blocks may be cut anywhere."""

    def __init__(self, encoding: str) -> None:
        self._plain = codecs.lookup(encoding).name in {"utf-8", "ascii"}
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")

    def __call__(self, block: bytes, *, final: bool = False) -> bytes:
        return block if self._plain else self._decoder.decode(block, final).encode()


def repaired(block: bytes) -> tuple[bytes, int]:
    """Whole lines as valid UTF-8, and how many lines had to be read in a Windows code page."""
    if block.isascii():
        return block, 0
    try:
        block.decode()
    except UnicodeDecodeError:
        pass
    else:
        return block, 0
    changed = 0
    lines = block.split(b"\n")
    for number, line in enumerate(lines):
        text = decoded(line, lambda raw: raw.decode("utf-8"))
        if text is None:
            lines[number] = legacy(line).encode()
            changed += 1
    return b"\n".join(lines), changed


def decoded(raw: bytes, how: Callable[[bytes], str]) -> str | None:
    """The text, None where it is not in this encoding."""
    try:
        return how(raw)
    except UnicodeDecodeError:
        return None


def legacy(raw: bytes) -> str:
    """Text in Windows-1252, or Latin-1, in which every byte is a letter."""
    text = decoded(raw, lambda line: line.decode("cp1252"))
    return raw.decode("latin-1") if text is None else text
