"""The front page and the health check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from tidewaiter.platform.accounts.access import public, signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


@public
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django passes it
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
