"""Asking a virus scanner: clamd's INSTREAM (clamd(8)), fed with a file while it is received.

Off unless the setting TIDEWAITER_ANTIVIRUS names one. Then nothing is kept that was not scanned.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)

PATIENCE = 5.0  # seconds to be let in, and with each chunk
LONGEST = 120.0  # seconds for one file, verdict included
ANSWER = 4096  # bytes


class Infected(Exception):
    """The scanner found something; the message is its name."""


class NotScanned(ValidationError):
    """The scanner could not be asked. Trying again later may help."""

    def __init__(self, reason: object) -> None:
        text = _(
            "The file was not taken, because the virus scanner does not answer: try again in some"
            " minutes. If that does not help, tell the administrator: %(reason)s."
        )
        super().__init__(text % {"reason": reason}, code="not_scanned")
        self.reason = str(reason)


def scanned(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks; at their end raises Infected unless the scanner found nothing. Raises
    NotScanned if it cannot be asked."""
    if not settings.ANTIVIRUS:
        yield from chunks
        return
    try:
        with _Clamd(settings.ANTIVIRUS) as clamd:
            clamd.begin()
            for chunk in chunks:
                clamd.send(chunk)
                yield chunk
            found = clamd.verdict()
    except NotScanned as error:
        log.error("antivirus", scanner=settings.ANTIVIRUS, reason=error.reason)
        raise
    if found:
        raise Infected(found)


class _Clamd:
    """One INSTREAM conversation: chunks, each after its length; a length of 0 ends them."""

    def __init__(self, address: str) -> None:
        self._end = time.monotonic() + LONGEST
        try:
            self._socket = _connected(address)
        except (OSError, ValueError) as error:
            raise NotScanned(error) from error

    def __enter__(self) -> _Clamd:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def begin(self) -> None:
        self._put(b"zINSTREAM\0")

    def send(self, chunk: bytes) -> None:
        self._put(struct.pack(">I", len(chunk)) + chunk)

    def _put(self, content: bytes) -> None:
        try:
            self._wait_at_most(PATIENCE)
            self._socket.sendall(content)
        except ConnectionError as error:  # it hangs up on what is too large for it, and says so
            raise NotScanned(self._last_words() or error) from error
        except OSError as error:
            raise NotScanned(error) from error

    def verdict(self) -> str:
        """What was found, or nothing."""
        self.send(b"")
        try:
            answer = self._answer()
        except OSError as error:
            raise NotScanned(error) from error
        if answer == "stream: OK":
            return ""
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise NotScanned(answer or "clamd hung up")

    def _answer(self) -> str:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < ANSWER:
            self._wait_at_most(LONGEST)
            part = self._socket.recv(ANSWER)
            if not part:
                break
            answer += part
        return answer.rstrip(b"\0").decode(errors="replace").strip()

    def _last_words(self) -> str:
        try:
            return self._answer()
        except OSError:
            return ""

    def _wait_at_most(self, seconds: float) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("it takes too long")
        self._socket.settimeout(min(seconds, left))


def _connected(address: str) -> socket.socket:
    """`/path/of/socket`, `host:port` or `[address]:port`. Raises OSError, ValueError."""
    if address.startswith("/"):
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(PATIENCE)
        try:
            made.connect(address)
        except OSError:
            made.close()
            raise
        return made
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError(f"{address} is neither host:port nor the path of a socket")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)
