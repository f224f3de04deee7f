"""Deny by default: what a view without a mark, or without the right, answers."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path

from tidewaiter.platform.accounts.access import requires

pytestmark = pytest.mark.django_db


def forgotten(request):
    return HttpResponse("open to everybody")


@requires("targeting.read")
def marked(request):
    return HttpResponse("for targeting officers")


handler403 = "tidewaiter.platform.accounts.views.refusal.refused"
urlpatterns = [
    path("forgotten", forgotten),
    path("marked", marked),
    path("", include("tidewaiter.site.urls")),
]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_without_a_mark_opens_to_nobody(client, browse):
    assert client.get("/forgotten").url.startswith("/account/login/")
    refused = browse("operator", national=True).get("/forgotten")
    assert refused.status_code == 403
    assert "open to everybody" not in refused.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_refusal_names_the_permission_that_is_missing(browse):
    assert browse("targeting_officer").get("/marked").status_code == 200
    refused = browse("inspector").get("/marked")
    assert refused.status_code == 403
    assert "targeting.read" in refused.content.decode()


def test_a_permission_that_no_role_names_cannot_mark_a_view():
    with pytest.raises(ValueError, match="no role names"):
        requires("targeting.fly")
