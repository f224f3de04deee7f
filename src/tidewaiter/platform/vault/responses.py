"""Answering with a file so that a hostile one cannot act in the house's name.

A view checks who may see the file, then returns one of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.http import FileResponse, HttpResponse

from tidewaiter.platform.vault import actions
from tidewaiter.platform.vault.thumbnails import NoPicture

if TYPE_CHECKING:
    from tidewaiter.platform.vault.models import Stored

Response = TypeVar("Response", bound=HttpResponse)
# What a browser may show in place: pictures that cannot carry a script.
SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"}


def file_response(stored: Stored, name: str = "") -> FileResponse:
    """The original, as it was stored; anything but a plain picture is offered for download."""
    shown = stored.media_type in SHOWN
    response = FileResponse(
        actions.open_verified(stored.sha256),
        as_attachment=not shown,
        filename=name or stored.sha256[:16],
        content_type=stored.media_type if shown else "application/octet-stream",
    )
    return _guarded(response)


def thumbnail_response(stored: Stored) -> HttpResponse:
    """A small JPEG; 415 if the file is no picture."""
    try:
        small = actions.thumbnail(stored.sha256)
    except NoPicture:
        return HttpResponse(status=415)
    return _guarded(HttpResponse(small, content_type="image/jpeg"))


def _guarded(response: Response) -> Response:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # The name is the content, so it may be kept; but by this officer's browser only.
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response
