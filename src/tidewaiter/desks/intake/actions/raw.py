"""Handing out a message as it came."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.journal.spool import spool_path
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.journal.models import Message


def open_raw(actor: User, message: Message) -> IO[bytes]:
    """The bytes as received; the ledger notes who took them. Raises Denied, FileNotFoundError once they
    are removed."""
    check(actor, "intake.read")
    file = spool_path(message.sha256).open("rb")
    record(actor, "journal.download", f"message:{message.pk}", office=message.office)
    return file
