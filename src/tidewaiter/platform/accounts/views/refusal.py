"""The page that says why a door stays shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.ledger.actions import REFUSED, record

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    denied = isinstance(exception, Denied)
    said = {
        "permission": exception.permission if denied else "",
        "why": exception.why if denied else "",
    }
    if request.user.is_authenticated:
        record(request.user, "access.refuse", request.path, result=REFUSED, **said)
    return render(request, "403.html", said, status=403)
