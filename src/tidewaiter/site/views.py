"""The front page, the officer's preferences and the health check."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import public, signed_in
from tidewaiter.site.desk import waiting_for
from tidewaiter.site.preferences import PreferencesForm

if TYPE_CHECKING:
    from django.http import HttpRequest


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"counts": waiting_for(request.user)})


@public
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django passes it
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@signed_in
def preferences(request: HttpRequest) -> HttpResponse:
    """Theme, density, shortcuts and time zone, kept on this device."""
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        if form.is_valid():
            response = redirect("preferences")
            form.preferences().save(response)
            messages.success(request, _("Your preferences are saved on this device."))
            return response
    else:
        form = PreferencesForm(initial=asdict(request.preferences))
    return render(request, "preferences.html", {"form": form})
