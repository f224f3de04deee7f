"""Open redirects and forged hosts: a link to the house that leads to the attacker."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.security.conftest import PASSWORD
from tests.security.walking import all_forms, tried

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "\thttps://evil.example",
    "https://evil.example\\@testserver/",
]
NAMES = ("next", "url", "return", "return_to", "redirect", "redirect_to", "continue", "back", "to")


def leads_away(answer) -> str:
    """The address of the attacker that an answer leads to, or nothing."""
    target = (
        answer.get("Location", "") or answer.get("HX-Redirect", "") or answer.get("Refresh", "")
    )
    parts = urlsplit(target)
    outside = parts.netloc not in ("", "testserver") or parts.scheme not in ("", "http", "https")
    hidden = target.startswith(("//", "/\\", "\\")) or "evil.example" in parts.netloc
    return target if outside or hidden else ""


@pytest.fixture
def ann(officer, quick_passwords):
    user = officer("analyst", national=True, username="ann")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_log_in_leads_into_the_house(ann, target):
    client = Client()
    page = client.get("/account/login/", {"next": target})
    assert f'href="{target}' not in page.content.decode()
    form = {"login": "ann", "password": PASSWORD, "next": target}
    answer = client.post("/account/login/", form)
    assert answer.status_code == 302
    assert leads_away(answer) == ""
    # Somebody who is inside already is sent on at once.
    for again in (client.get("/account/login/", {"next": target}),
                  client.post("/account/logout/", {"next": target})):  # fmt: skip
        assert leads_away(again) == ""


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_choice_of_a_language_leads_into_the_house(insider, target):
    form = {"language": "fr", "next": target}
    for headers in ({}, {"Referer": target.strip()}):
        assert leads_away(insider.post("/language/", form, headers=headers)) == ""


def test_no_page_and_no_form_is_led_away_by_its_address(insider, places):
    away = dict.fromkeys(NAMES, ELSEWHERE[0])
    headers = {"Referer": ELSEWHERE[0], "HX-Current-URL": ELSEWHERE[0]}
    wrong = {str(p): leads_away(insider.get(p.url, away, headers=headers)) for p in places}
    for form in all_forms(insider, places, "A plain text of some length."):
        data = away | form.data | ({"next": ELSEWHERE[0]} if "next" in form.data else {})
        answer = tried(insider, lambda f=form, d=data: insider.post(f.url, d, headers=headers))
        wrong[form.view] = leads_away(answer)
    assert {name: target for name, target in wrong.items() if target} == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "testserver.evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "testserver@evil.example"},
        {"Host": ""},
    ],
)
def test_a_forged_host_is_refused(client, headers):
    assert client.get("/account/login/", headers=headers).status_code == 400


def test_a_one_time_link_names_the_house_whatever_a_proxy_is_made_to_say(insider, officer):
    """Else the administrator would hand out a link to the attacker's own page."""
    someone = officer("analyst")
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Host": "evil.example",
        "Forwarded": "host=evil.example",
        "X-Forwarded-Server": "evil.example",
    }
    page = insider.post(reverse("accounts:invite", args=[someone.pk]), headers=headers)
    text = page.content.decode()
    assert "http://testserver/accounts/welcome/" in text
    assert "evil.example" not in text
