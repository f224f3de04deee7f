"""What an officer said he looks for a person for: kept in his session, noted in the ledger."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.purpose.digests import person
from tidewaiter.platform.purpose.kinds import KINDS

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest

    from tidewaiter.platform.accounts.models import User

KEPT = "purposes"  # of the session: digest of a person → kind, reference, until
LAST = "purpose"  # of the session: kind and reference to fill in the next form with
MOST = 50  # persons of a session


@dataclass(frozen=True, slots=True)
class Statement:
    """Why: the code of a kind, and a reference or sentence."""

    kind: str
    reference: str

    @classmethod
    def given(cls, kind: str, reference: str) -> Statement:
        """As somebody gave it. Raises ValidationError for what can't be traced later."""
        known = KINDS.get(kind)
        if known is None:
            raise ValidationError(_("State a purpose: %s.") % ", ".join(KINDS))
        if len(reference.strip()) < known.least:
            raise ValidationError(
                _("Give the number, the reference or a sentence that it can be traced by.")
            )
        return cls(kind, reference.strip()[:200])


def state(request: HttpRequest, text: str, statement: Statement) -> None:
    """From now on, for a while, this session may look for this person."""
    now = time.time()
    lasting = {p: kept for p, kept in request.session.get(KEPT, {}).items() if kept[2] > now}
    until = now + settings.PURPOSE_MINUTES * 60
    lasting[person(text)] = [statement.kind, statement.reference, until]
    request.session[KEPT] = dict(list(lasting.items())[-MOST:])
    request.session[LAST] = [statement.kind, statement.reference]


def stated(request: HttpRequest, text: str) -> Statement | None:
    """Why this session looks for this person; None if that was not said, or too long ago."""
    kept = request.session.get(KEPT)
    found = kept.get(person(text)) if kept else None
    if found is None or found[2] <= time.time():
        return None
    return Statement(found[0], found[1])


def last_stated(request: HttpRequest) -> tuple[str, str]:
    """Kind and reference of the statement before, to fill in a form with; empty at first."""
    kind, reference = request.session.get(LAST, ("", ""))
    return kind, reference


def note_search(
    user: User, text: str, statement: Statement, *, place: str, verb: str = "person.search",
    **detail: Any,
) -> None:  # fmt: skip
    """Keep in the ledger that somebody looked for a person, and why."""
    codes = user.scope().codes
    record(
        user, verb, person(text), office=next(iter(codes)) if len(codes) == 1 else "",
        reason=statement.reference, purpose=statement.kind, place=place, **detail,
    )  # fmt: skip
