"""The intake end-points of the API: one declaration with its answer, or any message as it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Annotated, Any

from ninja import Router, Status
from pydantic import StringConstraints

from tidewaiter.desks.intake.actions.single import submit_declaration
from tidewaiter.desks.intake.actions.submitting import submit
from tidewaiter.desks.intake.queries import findings_of, messages_of
from tidewaiter.platform.accounts.tokens import REFUSALS
from tidewaiter.platform.jobs.actions import enqueue

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["intake"])
Answer = dict[str, Any]
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(max_length=300, pattern=PRINTABLE)]
Sender = Annotated[str, StringConstraints(max_length=100, pattern=PRINTABLE)]
Reference = Annotated[str, StringConstraints(max_length=200, pattern=PRINTABLE)]
DOCUMENT = {"application/json": {"schema": {"type": "object"}}}
ANY_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/declarations",
    response={200: Answer, 413: Answer, **REFUSALS},
    openapi_extra={"requestBody": {"content": DOCUMENT, "required": True}},
)
def post_declaration(request: HttpRequest, reference: Reference = "") -> Status[Answer]:
    """One declaration in canonical JSON (see the schema page); answered with assessment and lane.

    The answer comes only after the message is durable. Sending the same bytes again is harmless
    and gives the same answer, marked `resent`. 422: quarantined, with place, reason and remedy.
    """
    answer = submit_declaration(request.user, request.body, reference=reference)
    return Status(422 if answer["state"] == "quarantined" else 200, answer)


@router.post(
    "/messages",
    response={202: Answer, 413: Answer, **REFUSALS},
    openapi_extra={"requestBody": {"content": ANY_BYTES, "required": True}},
)
def post_message(
    request: HttpRequest, name: Name = "message", sender: Sender = "", reference: Reference = ""
) -> Status[Answer]:
    """Any message (WCO XML, CSV, XLSX, Parquet, zip) as the request body; it is read in a job."""
    message = submit(
        request.user, io.BytesIO(request.body), name=name, sender=sender, reference=reference
    )
    enqueue("intake.record", actor=request.user, title=name, message=message.pk)
    return Status(202, {"message": message.pk, "state": message.state})


@router.get("/messages/{message_id}", response={200: Answer, 404: Answer, **REFUSALS})
def get_message(request: HttpRequest, message_id: int) -> Status[Answer]:
    """What became of a message."""
    message = messages_of(request.user).filter(pk=message_id).first()
    if message is None:
        return Status(404, {"detail": "no such message"})
    counts = ("received", "accepted", "superseded", "duplicates", "quarantined", "outcomes")
    told = {
        "message": message.pk,
        "state": message.state,
        **{name: getattr(message, name) for name in counts},
        "reasons": findings_of(message),
    }
    return Status(200, told)
