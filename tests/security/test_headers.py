"""What every answer tells the browser, whatever the page: its policy is the second wall."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tests.security.walking import is_html, parsed

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db
OVER_TLS = """
from tidewaiter.site import settings as s
print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31536000)
"""
NONCE = re.compile(r"'nonce-[\w+/=-]{16,}'")


def directives(answer: HttpResponse) -> dict[str, list[str]]:
    policy = answer["Content-Security-Policy"]
    said = (part.split() for part in policy.split(";") if part.strip())
    return {name: values for name, *values in said}


def wrong(answer: HttpResponse) -> list[str]:
    """What an answer forgets to say."""
    if "Content-Security-Policy" not in answer:
        return ["no content security policy"]
    policy, found = directives(answer), []
    if policy.get("default-src") != ["'none'"]:
        found.append("something may be fetched that no directive names")
    for name, values in policy.items():
        found += [f"{name}: {v}" for v in values if re.search(r"unsafe|^\*$|^https?:$|//", v)]
    scripts = policy.get("script-src", [])
    found += [f"script-src: {v}" for v in scripts if v != "'self'" and not NONCE.match(v)]
    if "sandbox" not in policy:
        found += [
            f"{name} is not shut"
            for name in ("frame-ancestors", "base-uri")
            if policy.get(name) != ["'none'"]
        ]
    expected = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    found += [f"{name} is missing" for name, value in expected.items() if answer.get(name) != value]
    found += [f"{name} tells too much" for name in ("Server", "X-Powered-By") if name in answer]
    return found


def test_every_answer_of_the_house_carries_its_headers(insider, places):
    stranger = Client()
    told = {}
    for place in places:
        for who, client in (("insider", insider), ("stranger", stranger)):
            for method in ("get", "post"):
                answer = getattr(client, method)(place.url)
                told[who, method, str(place), answer.status_code] = wrong(answer)
    assert {key: found for key, found in told.items() if found} == {}
    assert {status for *_place, status in told} >= {200, 302, 404, 405}


def test_what_only_the_officer_may_read_is_kept_by_no_cache(insider, places):
    """Neither the next person at this browser nor a proxy finds it there after the log-out."""
    kept = []
    for place in places:
        answer = insider.get(place.url)
        said = answer.get("Cache-Control", "")
        private = "no-store" in said or ("private" in said and "immutable" in said)
        if answer.status_code == 200 and place.door.mark != "public" and not private:
            kept.append(f"{place}: {said!r}")
    assert kept == []


def test_pages_hold_no_script_and_no_style_of_their_own(insider, places):
    """The policy would stop them; a page that needs them is not written at all."""
    found = []
    for place in places:
        answer = insider.get(place.url)
        if not is_html(answer) or place.door.name.startswith("api:"):
            continue
        page, nonce = parsed(answer), directives(answer).get("style-src", [])
        for element in page.iter():
            if not isinstance(element.tag, str):
                continue
            found += [f"{place}: {a}" for a in element.attrib if a.startswith("on") or a == "style"]
            if element.tag == "script" and (element.text or "").strip():
                data = element.get("type") == "application/json"
                found += [] if data else [f"{place}: a script in the page"]
            if element.tag == "style" and f"'nonce-{element.get('nonce')}'" not in nonce:
                found.append(f"{place}: a style in the page")
    assert found == []


@pytest.mark.parametrize("path", ["/no/such/page", "/control/orders/x/", "/%00", "/static/x.js"])
def test_what_is_not_there_carries_them_too(client, path):
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert wrong(answer) == []


def test_over_tls_cookies_and_browsers_stay_with_it(tmp_path):
    house = {"TIDEWAITER_TLS": "1", "TIDEWAITER_HOME": str(tmp_path)}
    told = subprocess.check_output([sys.executable, "-c", OVER_TLS], env=os.environ | house)
    assert told.split() == [b"True"] * 3
