"""Headers that every answer has, unless its view says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class Headers:
    """No browser and no proxy keeps what the house answers, no other site embeds it, and signing
    out empties the browser's cache of what views did allow to be kept (photographs)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "TRACE":
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        response = self.get_response(request)
        response.setdefault("Cache-Control", "no-store, private")
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        door = request.resolver_match
        if door and door.url_name == "account_logout" and request.method == "POST":
            response["Clear-Site-Data"] = '"cache"'
        return response
