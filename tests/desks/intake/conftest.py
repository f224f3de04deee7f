"""A clerk, files as brokers send them, and the job that reads them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.journal.models import Message

KNOWN = "declaration_id,declaration_date,hs,net_mass,office\n"
GOOD = KNOWN + "A1,2026-01-05,850440,1.5,P1\nA2,2026-01-06,090121,2,P1\n"
HALF = KNOWN + "B1,2026-01-05,850440,1.5,P1\nB2,2026-01-06,090121,heavy,P1\n"
UNKNOWN = (
    "MRN;Annahmetag;Warennummer;Masse\nC1;05.01.2026;85044030;1,5\nC2;06.01.2026;09012100;2,25\n"
)


@pytest.fixture
def clerk(officer: Callable[..., User]) -> User:
    return officer("intake_clerk", national=True)


@pytest.fixture
def handed_in(clerk: User) -> Callable[..., Message]:
    """Hand in a text and read it: `handed_in(GOOD, name="a.csv", by=officer)`."""
    from tidewaiter.desks.intake.actions import record_message, submit

    def hand_in(
        text: str | bytes, *, name: str = "list.csv", by: User | None = None, **more: str
    ) -> Message:
        content = text.encode() if isinstance(text, str) else text
        message = submit(by or clerk, io.BytesIO(content), name=name, **more)
        return record_message(message)

    return hand_in


@pytest.fixture
def read_waiting() -> Callable[[], None]:
    """Do what the jobs would do: read every message that waits."""
    from tidewaiter.desks.intake.actions import record_message
    from tidewaiter.platform.journal.models import Message

    def read() -> None:
        for message in Message.objects.filter(state=Message.State.RECEIVED):
            record_message(message)

    return read
