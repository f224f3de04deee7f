"""The targeting end-points of the API: reading assessments."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import StringConstraints

from tidewaiter.desks.targeting.actions.explaining import explain_declaration
from tidewaiter.desks.targeting.queries.traders import History, trader_history
from tidewaiter.desks.targeting.queries.worklist import default_window
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.accounts.tokens import REFUSALS
from tidewaiter.platform.purpose.kinds import KINDS
from tidewaiter.platform.purpose.statements import Statement, note_search

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["targeting"])
Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
PURPOSE = Query("", description=f"What for: {', '.join(KINDS)}")
REFERENCE = Query("", description="The number, reference or sentence that it is traced by")
SUMS = (
    "importer", "name", "first_seen", "declarations", "items", "value", "currency", "lanes",
    "controlled", "found", "revenue",
)  # fmt: skip


@router.get(
    "/assessments/{declaration_id}",
    response={200: dict[str, Any], 404: dict[str, Any], **REFUSALS},
)
def get_assessment(request: HttpRequest, declaration_id: str) -> Status[dict[str, Any]]:
    """The assessment in force, with reasons in words, computed again on the spot."""
    explained = explain_declaration(request.user, declaration_id)
    if explained is None:
        return Status(404, {"detail": "no such assessed declaration"})
    return Status(200, asdict(explained))


@router.get("/traders/{importer}", response={200: dict[str, Any], 404: dict[str, Any], **REFUSALS})
def get_trader(
    request: HttpRequest,
    importer: str,
    purpose: Text = PURPOSE,
    reference: Text = REFERENCE,
) -> Status[dict[str, Any]]:
    """What an importer declared in the last two years, and what controls found.

    400: no purpose, or none that it can be traced by. The purpose is kept with the search.
    """
    user = request.user
    check(user, "targeting.read")
    try:
        statement = Statement.given(purpose, reference)
    except ValidationError as error:
        return Status(400, {"detail": error.messages[0]})
    note_search(user, importer, statement, place="api", verb="trader.read")
    window = default_window(user)
    history = trader_history(user, importer, window[1] if window else timezone.localdate())
    if history is None:
        return Status(404, {"detail": "no such importer"})
    return Status(200, _told(history))


def _told(history: History) -> dict[str, Any]:
    frames = {name: getattr(history, name).to_dicts() for name in ("months", "goods")}
    return {name: getattr(history, name) for name in SUMS} | frames
