"""What a file is, told from its first bytes. Names and what the sender claims are not believed."""

from __future__ import annotations

# Signatures: offset, bytes, media type. Sources: the formats' own specifications.
SIGNATURES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
)
UNKNOWN = "application/octet-stream"
HEAD = 4096


def media_type(head: bytes) -> str:
    """The media type of a file that begins with `head` (HEAD bytes are enough)."""
    for offset, signature, kind in SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    return "text/plain" if head and _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; the head may end in the middle of a character."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if len(head) < HEAD or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return not any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)
