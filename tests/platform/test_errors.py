"""What goes wrong is told to the log, and to the officer only that it did."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.test import Client, override_settings
from django.urls import include, path

from tidewaiter.platform.accounts.access import public

pytestmark = pytest.mark.django_db


@public
def broken(request):
    raise RuntimeError("the secret plan\nforged: line")


handler500 = "django.views.defaults.server_error"
urlpatterns = [path("broken", broken), path("", include("tidewaiter.site.urls"))]


@pytest.fixture
def told(monkeypatch):
    """What the house's own handler writes."""
    handlers = logging.getLogger().handlers
    ours = next(h for h in handlers if "ProcessorFormatter" in type(h.formatter).__name__)
    stream = io.StringIO()
    monkeypatch.setattr(ours, "stream", stream)
    return stream


def test_addresses_that_do_not_exist_are_not_logged(told, client):
    assert client.get("/accounts/welcome/a-secret-that-was-used").status_code == 410
    assert client.get("/no/such/importer").status_code == 404
    assert told.getvalue() == ""


@override_settings(ROOT_URLCONF=__name__)
def test_the_log_gets_the_details_and_the_page_none(told):
    answer = Client(raise_request_exception=False).get("/broken?importer=ACME")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Something broke on our side" in page
    assert not any(word in page for word in ("secret plan", "Traceback", "RuntimeError"))
    (line,) = told.getvalue().splitlines()
    entry = json.loads(line)
    assert entry["event"] == "Internal Server Error: /broken"
    assert entry["level"] == "error"
    assert entry["timestamp"].endswith("Z")
    assert "RuntimeError: the secret plan\nforged: line" in entry["exception"]
    assert "ACME" not in line
