"""Answering with a file so that a hostile one cannot act in the house's name.

A view checks who may see the file, then returns one of these.
"""

from __future__ import annotations

from mimetypes import guess_extension
from typing import TYPE_CHECKING, TypeVar

from django.http import FileResponse, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from tidewaiter.platform.vault import actions
from tidewaiter.platform.vault.pictures import NoPicture

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

    from tidewaiter.platform.vault.models import Stored

Response = TypeVar("Response", bound="HttpResponseBase")


def file_response(stored: Stored, name: str = "") -> HttpResponseBase:
    """The original, as it was stored, for download only; its name, unless given, is its SHA-256, by
    which anybody can check it. 410 if it was deleted."""
    try:
        file = actions.open_verified(stored.sha256)
    except actions.Deleted as deleted:
        return _gone(deleted)
    response = FileResponse(
        file,
        as_attachment=True,
        filename=name or stored.sha256 + (guess_extension(stored.media_type) or ""),
        content_type="application/octet-stream",
    )
    return _guarded(response)


def view_response(stored: Stored) -> HttpResponse:
    """A JPEG made anew for looking at in the page; 415 if the file is no picture, 410 if it was
    deleted."""
    return _picture(stored, actions.viewing_copy)


def thumbnail_response(stored: Stored) -> HttpResponse:
    """A small JPEG; otherwise as `view_response`."""
    return _picture(stored, actions.thumbnail)


def _picture(stored: Stored, made: Callable[[str], bytes]) -> HttpResponse:
    try:
        picture = made(stored.sha256)
    except NoPicture:
        return HttpResponse(status=415)
    except actions.Deleted as deleted:
        return _gone(deleted)
    return _guarded(HttpResponse(picture, content_type="image/jpeg"))


def _gone(deleted: actions.Deleted) -> HttpResponse:
    when = date_format(localtime(deleted.at), "DATETIME_FORMAT")
    text = _("This file was deleted on %(when)s, as it was kept for no longer.") % {"when": when}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=410)


def _guarded(response: Response) -> Response:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # The name is the content, so it may be kept; but by this officer's browser only.
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response
