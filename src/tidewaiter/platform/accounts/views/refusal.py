"""The page that says why a door stays shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from tidewaiter.platform.accounts.access import Denied

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    permission = exception.permission if isinstance(exception, Denied) else ""
    return render(request, "403.html", {"permission": permission}, status=403)
