"""Passwords that are refused: common, built around words of the house, or known from a breach."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

# What somebody would try first at a customs office, in the languages of the house; more by
# TIDEWAITER_PASSWORD_WORDS. docs/administrator/accounts.md lists them.
WORDS = (
    "tidewaiter", "customs", "douane", "aduana", "alfandega", "tamozhnya", "jamarik", "tariff",
    "declaration", "inspector", "supervisor", "analyst", "targeting", "administrator", "operator",
    "officer", "password", "passwort", "contrasena", "motdepasse", "welcome", "changeme",
)  # fmt: skip
PIECES = 4
LEFT = 8  # characters that must remain without them
LONGEST = 20  # letters of a common password
LINE = 128  # more bytes than a line of the breached file has


class CommonPieces(CommonPasswordValidator):
    """Refuses what is put together from fewer than four pieces: a piece is one of Django's twenty
    thousand common passwords, or any single character.

    Few of those are long enough to be taken anyway, but the common long ones are made of them.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        text = password.casefold().strip()
        if pieces(text, self.passwords) < PIECES:
            raise ValidationError(self.get_error_message(), code="password_too_common")
        super().validate(password, user)


def pieces(text: str, words: set[str]) -> int:
    """The least number of words and single characters that make up a text."""
    least = [0]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - LONGEST), end - 1)
        known = [least[start] for start in starts if text[start:end] in words]
        least.append(1 + min([least[end - 1], *known]))
    return least[-1]


class OwnWords:
    """Refuses a password that is one of the house's words and little else."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002  Django's
        left = password.casefold()
        for word in (*WORDS, *(w.casefold() for w in settings.PASSWORD_WORDS)):
            left = left.replace(word, "")
        if len(left) < min(LEFT, len(password)):
            raise ValidationError(self.get_help_text(), code="password_of_own_words")

    def get_help_text(self) -> str:
        return _("It may hold words like “customs” only beside eight other characters.")


class Breached:
    """Refuses what stands in the administration's file of breached passwords, if it has one."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002  Django's
        path = settings.BREACHED_PASSWORDS
        if path and is_listed(Path(path), password):
            raise ValidationError(
                _("This password is known from a breach elsewhere. Choose another."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("It may not be one that is known from a breach.")


def is_listed(path: Path, password: str) -> bool:
    """Whether the SHA-1 of a password is in a file of lines `SHA1` or `SHA1:COUNT`, sorted.

    Looked up by halving, so a file of forty gigabytes costs some forty short reads. SHA-1 because
    that is how such lists are published; nothing is protected by it.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            if _line_after(file, middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return _line_after(file, low) == wanted


def _line_after(file: BinaryIO, place: int) -> bytes:
    """The first hash that begins at `place` or after it; what sorts behind all at the end."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline(LINE)  # the rest of a line, or the end of the one before
    return file.readline(LINE)[:40].upper() or b"\xff"
