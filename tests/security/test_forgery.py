"""Cross-site request forgery: another site makes the officer's browser send a request."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.access.test_matrix import MACHINES

pytestmark = pytest.mark.django_db
UNSAFE = ("post", "put", "patch", "delete")
# What reading a page writes: who read what, when he was last seen, and the key of a day, which
# whoever needs it first brings about.
READING = {
    "ledger.entry",
    "ledger.unchained",
    "sessions.session",
    "usersessions.usersession",
    "chance.daykey",
}


def rows() -> dict[str, list[dict]]:
    """All tables that reading must not touch."""
    return {
        model._meta.label_lower: sorted(model._base_manager.values(), key=repr)
        for model in apps.get_models()
        if model._meta.managed and model._meta.label_lower not in READING
    }


def test_no_address_takes_a_change_without_the_token_of_the_session(insider, places, caplog):
    """Whatever it does: the check stands before every view, those of the library as well."""
    attacker = Client(enforce_csrf_checks=True)
    attacker.cookies = insider.cookies
    before = rows()
    for place in places:
        for method in UNSAFE:
            caplog.clear()
            answer = getattr(attacker, method)(place.url, {"csrfmiddlewaretoken": "x" * 64})
            refused = [r for r in caplog.records if r.name == "django.security.csrf"]
            assert (answer.status_code, len(refused)) == (403, 1), f"{method} {place}"
    assert rows() == before


def test_a_token_of_another_site_is_refused(insider, settings):
    """Over TLS the origin is compared too, whatever token came along."""
    settings.ALLOWED_HOSTS = ["testserver"]
    attacker = Client(enforce_csrf_checks=True)
    attacker.cookies = insider.cookies
    page = attacker.get("/preferences/")
    token = page.context["csrf_token"]
    data = {"csrfmiddlewaretoken": str(token), "theme": "dark"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/testserver"},
    ):
        answer = attacker.post("/preferences/", data, secure=True, headers=headers)
        assert answer.status_code == 403, headers
    own = {"Origin": "https://testserver", "Referer": "https://testserver/preferences/"}
    assert attacker.post("/preferences/", data, secure=True, headers=own).status_code == 302


def test_only_end_points_that_take_no_session_are_spared_the_check():
    def walk(resolver):
        for entry in resolver.url_patterns:
            yield from [entry] if isinstance(entry, URLPattern) else walk(entry)

    spared = {e.name for e in walk(get_resolver()) if getattr(e.callback, "csrf_exempt", False)}
    machines = {door.name.removeprefix("api:") for door in MACHINES}
    described = {"api-root", "openapi-json", "openapi-view"}
    assert spared <= machines | described
    assert spared & machines


def test_a_link_alone_changes_nothing(insider, places):
    """A picture or a link on another site is a GET with the officer's cookies."""
    before = rows()
    for place in places:
        insider.get(
            place.url, {"approve": "1", "state": "approved", "delete": "1", "_method": "POST"}
        )
        after = rows()
        changed = [name for name in before if after[name] != before[name]]
        assert changed == [], place


def test_the_cookie_of_the_session_stays_at_home():
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE in ("Lax", "Strict")
    assert settings.CSRF_COOKIE_SAMESITE in ("Lax", "Strict")
