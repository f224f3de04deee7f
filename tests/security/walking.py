"""What an attacker finds: every address of the URL map, and every form on the pages behind them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

from django.db import transaction
from django.urls import NoReverseMatch, resolve, reverse
from lxml import html

from tests.access.factories import FACTORIES
from tests.access.test_matrix import ALL, OURS, SHUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpResponse
    from django.test import Client

    from tests.access.pages import Page
    from tidewaiter.platform.accounts.models import User

HERE, THERE = "HEREPORT", "ELSEWHEREPORT"
BUTTONS = ("submit", "button", "reset", "image")
# What a field of a form is given that is empty and is no text.
PLAIN = {
    "number": "1",
    "date": "2026-03-01",
    "datetime-local": "2026-03-01T08:00",
    "month": "2026-03",
    "time": "08:00",
    "email": "ann@example.org",
    "color": "#000000",
    "url": "https://example.org/",
}


@dataclass(frozen=True)
class Address:
    door: Page
    url: str

    def __str__(self) -> str:
        return self.door.name


@dataclass(frozen=True)
class Form:
    """A form on a page: where it goes, and what an ordinary browser would send."""

    url: str
    data: dict[str, list[str]]
    texts: frozenset[str]
    """Names of the fields that take free text."""

    @property
    def view(self) -> str:
        return resolve(urlsplit(self.url).path).view_name


def addresses(user: User, office: str = HERE) -> list[Address]:
    """Every page for an officer, each with something of his office to show. The library's own
    pages stand beside ours; what only machines open does not."""
    found = []
    for door in OURS:
        if door.mark != "token":
            arguments = FACTORIES[door.name].make(office, user) if door.arguments else {}
            found.append(Address(door, reverse(door.name, kwargs=arguments)))
    for door in ALL:
        if door.library and not SHUT.fullmatch(door.name):
            with suppress(NoReverseMatch):  # about one key of several: this officer has none
                found.append(Address(door, reverse(door.name)))
    return found


def is_html(answer: HttpResponse) -> bool:
    """A page, or a part of one that htmx fetches."""
    return answer.get("Content-Type", "").startswith("text/html") and bool(
        answer.getvalue().strip()
    )


def parsed(answer: HttpResponse) -> html.HtmlElement:
    return html.document_fromstring(answer.getvalue().decode())


def forms(page: html.HtmlElement, url: str, text: str) -> Iterator[Form]:
    """The forms of a page that change something, filled in; `text` goes where any text goes."""
    for form in page.iter("form"):
        if form.get("method", "get").lower() == "post":
            yield _filled(form, urljoin(url, form.get("action") or url), text)


def _filled(form: html.HtmlElement, url: str, text: str) -> Form:
    data: dict[str, list[str]] = {}
    texts = set()
    for field in form.iter("input", "select", "textarea"):
        name, kind = field.get("name"), _kind(field)
        if not name or kind in (*BUTTONS, "file") or name == "csrfmiddlewaretoken":
            continue
        if kind in ("checkbox", "radio"):
            if field.get("checked") is not None or name not in data:
                data[name] = [*data.get(name, []), field.get("value", "on")]
        elif kind == "select":
            data[name] = _chosen(field)
        elif kind in PLAIN or kind == "hidden":
            data[name] = [field.get("value") or PLAIN.get(kind, "")]
        else:
            texts.add(name)
            data[name] = [(field.text if kind == "textarea" else field.get("value")) or text]
    for button in form.iter("button"):
        if button.get("name"):
            data.setdefault(button.get("name"), [button.get("value", "")])
    return Form(url, data, frozenset(texts))


def _kind(field: html.HtmlElement) -> str:
    return field.get("type", "text") if field.tag == "input" else field.tag


def _chosen(select: html.HtmlElement) -> list[str]:
    options = [(o.get("value", ""), o.get("selected") is not None) for o in select.iter("option")]
    chosen = [value for value, selected in options if selected and value]
    return chosen or [value for value, _selected in options if value][:1]


def all_forms(client: Client, places: list[Address], text: str) -> list[Form]:
    """The forms of all pages, each kind once."""
    found: dict[tuple[str, frozenset[str]], Form] = {}
    for place in places:
        answer = client.get(place.url)
        if answer.status_code == 200 and is_html(answer):
            for form in forms(parsed(answer), place.url, text):
                found.setdefault((form.view, frozenset(form.data)), form)
    return list(found.values())


def parameters(page: html.HtmlElement) -> set[str]:
    """Names that a page puts into addresses: of its filters, its sort links, its pages."""
    links = [urlsplit(link.get("href", "")) for link in page.iter("a")]
    names = {n for link in links if not link.netloc for n in parse_qs(link.query)}
    for form in page.iter("form"):
        if form.get("method", "get").lower() == "get":
            names |= {field.get("name") for field in form.iter("input", "select")}
    return {name for name in names if name}


class Undone(Exception):
    """Nothing that was done inside is kept."""


def tried(client: Client, act: Callable[[], object]) -> object:
    """What `act` gives; the database and the client's cookies are as before."""
    cookies, given = SimpleCookie(client.cookies), None
    with suppress(Undone), transaction.atomic():
        given = act()
        raise Undone
    client.cookies = cookies
    return given
