"""Cross-site scripting: text of a broker or an officer that wants to be a part of the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.fixtures.purposes import state_purpose
from tests.security.poison import declare_poison, poison_tables
from tests.security.walking import HERE, all_forms, is_html, parameters, parsed, tried
from tidewaiter.platform.accounts.models import Office

if TYPE_CHECKING:
    from lxml import html

pytestmark = pytest.mark.django_db
# An address that acts, the end of an attribute, an element, a handler and a script in one.
HOSTILE = "javascript:pwn()//'\"><x-pwn onx=1></textarea></title><script>pwn()</script>"
ACTING = ("javascript:", "data:text", "vbscript:")
ADDRESSES = {
    "href", "src", "action", "formaction", "data", "poster", "srcdoc", "xlink:href", "background",
    "hx-get", "hx-post", "hx-vals", "content", "style",
}  # fmt: skip


def acting(page: html.HtmlElement) -> list[str]:
    """Elements and attributes that a hostile text has become."""
    found = []
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "x-pwn":
            found.append("an element")
        if element.tag == "script" and "pwn" in (element.text or ""):
            found += [] if element.get("type") == "application/json" else ["a script"]
        for name, value in element.attrib.items():
            if name.startswith(("on", "hx-on")):
                found.append(f"a handler: {name}")
            elif name in ADDRESSES and value.strip().lower().startswith(ACTING):
                found.append(f"an address: {element.tag} {name}")
    return found


def test_what_is_stored_stays_text_on_every_page(insider, places):
    """Every free text of every table and stream is hostile; then all pages are opened."""
    number = declare_poison(HERE, HOSTILE)
    Office.objects.create(code=HOSTILE[:32], name=HOSTILE)
    assert poison_tables(HOSTILE) > 40
    about = [
        (name, reverse(f"targeting:{name}", args=[number]))
        for name in ("declaration", "why_not", "propose_override")
    ]
    about += [("trader", reverse("targeting:trader", args=[f"IMP{HOSTILE}"]))]
    state_purpose(insider, f"IMP{HOSTILE}")
    shown, wrong = set(), {}
    for name, url in [(str(place), place.url) for place in places] + about:
        answer = insider.get(url)
        if answer.status_code >= 500:
            wrong[name] = [f"status {answer.status_code}"]
        elif is_html(answer):
            page = parsed(answer)
            shown |= {name} if "x-pwn onx=1" in page.text_content() else set()
            if found := acting(page):
                wrong[name] = found
    assert wrong == {}
    assert len(shown) > 30, sorted(shown)


def test_what_an_address_asks_for_stays_text(insider, places):
    wrong = {}
    for place in places:
        answer = insider.get(place.url)
        if answer.status_code == 200 and is_html(answer):
            asked = dict.fromkeys(parameters(parsed(answer)), HOSTILE)
            reflected = insider.get(place.url, asked)
            if is_html(reflected) and (found := acting(parsed(reflected))):
                wrong[str(place)] = found
    assert wrong == {}


def test_what_a_form_is_given_stays_text_in_its_answer(insider, places):
    """Whether it is taken or shown again with what is wrong, and on the page it leads to."""
    wrong, shown = {}, 0
    for form in all_forms(insider, places, HOSTILE):
        for data in (dict.fromkeys(form.data, HOSTILE), form.data):
            answer = tried(insider, lambda f=form, d=data: insider.post(f.url, d, follow=True))
            if answer.status_code >= 500:
                wrong[form.view] = [f"status {answer.status_code}"]
            elif is_html(answer):
                page = parsed(answer)
                shown += "x-pwn onx=1" in page.text_content()
                if found := acting(page):
                    wrong[form.view] = found
    assert wrong == {}
    assert shown > 10


@pytest.mark.parametrize("path", [f"/no/{HOSTILE}", f"/accounts/welcome/{HOSTILE}"])
def test_an_address_that_is_not_there_is_no_page_of_its_own(insider, path):
    answer = insider.get(path)
    assert answer.status_code in (404, 410)
    assert acting(parsed(answer)) == []


def test_our_scripts_make_no_page_out_of_text(repository):
    """What runs in the browser sets text, never HTML, and runs nothing that it was sent."""
    wrong = re.compile(
        r"\b(inner|outer)HTML\s*=|insertAdjacentHTML|\beval\(|new Function|document\.write"
    )
    scripts = (repository / "src/tidewaiter/site/static/js").rglob("*.js")
    assert [path.name for path in scripts if wrong.search(path.read_text())] == []
