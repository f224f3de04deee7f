"""The targeting end-points of the API: reading assessments."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ninja import Router, Status

from tidewaiter.desks.targeting.actions.explaining import explain_declaration
from tidewaiter.platform.accounts.tokens import REFUSALS

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["targeting"])


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
