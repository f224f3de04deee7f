"""Headers and cookies of every answer."""

from __future__ import annotations

import runpy

import pytest

from tests.conftest import REPOSITORY
from tidewaiter.platform.pages.files import file_answer

pytestmark = pytest.mark.django_db
YEAR = 365 * 24 * 3600


@pytest.fixture
def over_tls(settings, monkeypatch):
    """The settings as TIDEWAITER_TLS=1 makes them, for what is read at each request."""
    monkeypatch.setenv("TIDEWAITER_TLS", "1")
    path = REPOSITORY / "src" / "tidewaiter" / "site" / "settings.py"
    made = runpy.run_path(str(path))
    for name, value in made.items():
        if name.startswith(("SESSION_COOKIE_", "CSRF_COOKIE_", "LANGUAGE_COOKIE_", "SECURE_")):
            setattr(settings, name, value)
    return made


def policy(answer) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("path", ["/", "/health", "/account/login/", "/no/such/page", "/api/docs"])
def test_no_answer_is_embedded_guessed_at_or_kept(browse, path):
    answer = browse("analyst").get(path)
    said = policy(answer)
    assert said["default-src"] == said["object-src"] == said["base-uri"] == "'none'"
    assert said["frame-ancestors"] == "'none'"
    assert said["script-src"] == "'self'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer


def test_signing_out_empties_the_cache_of_the_browser(browse):
    client = browse("analyst")
    assert "Clear-Site-Data" not in client.get("/account/logout/")
    assert client.post("/account/logout/")["Clear-Site-Data"] == '"cache"'


def test_a_year_of_tls_for_the_host_and_all_below_it(client, over_tls):
    assert over_tls["SECURE_HSTS_SECONDS"] >= YEAR
    assert over_tls["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    assert over_tls["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert "Strict-Transport-Security" not in client.get("/health")


def test_every_cookie_belongs_to_this_host_alone(browse, over_tls):
    names = [value for name, value in over_tls.items() if name.endswith("_COOKIE_NAME")]
    assert len(names) == 3
    assert all(name.startswith("__Host-") for name in names)
    client = browse("analyst")
    client.get("/preferences/", secure=True)
    client.post("/preferences/", {"theme": "dark"}, secure=True)
    client.post("/language/", {"language": "fr"}, secure=True)
    cookies = {n: c for n, c in client.cookies.items() if n.startswith("__Host-")}
    assert set(cookies) == set(names)
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_without_tls_cookies_are_still_out_of_reach_for_scripts(browse):
    client = browse("analyst")
    client.get("/preferences/")
    client.post("/preferences/", {"theme": "dark"})
    client.post("/language/", {"language": "fr"})
    cookies = client.cookies
    assert {"sessionid", "csrftoken", "django_language", "tidewaiter_preferences"} <= set(cookies)
    assert all(c["httponly"] and c["samesite"] == "Lax" for c in cookies.values())


def test_trace_is_refused(client):
    assert client.trace("/account/login/").status_code == 405


@pytest.mark.parametrize("name", ['a";b.csv', "réponse.csv", "a\r\nSet-Cookie: x=1.csv"])
def test_the_name_of_a_file_stays_a_name(name):
    answer = file_answer(name, "")
    ((_key, said),) = [h for h in answer.items() if h[0] == "Content-Disposition"]
    assert said.startswith("attachment; filename")
    assert "\r" not in said
    assert "\n" not in said
    assert 'filename="a";b' not in said
