"""Injection: an address that wants to be a query, and text that wants to be a formula."""

from __future__ import annotations

import csv
import io
import re
import uuid
from contextlib import suppress

import pytest
from django.urls import NoReverseMatch, reverse

from tests.access.factories import FACTORIES
from tests.access.test_matrix import OURS
from tests.security.poison import declare_poison, poison_tables
from tests.security.walking import HERE, THERE, addresses, is_html, parameters, parsed
from tidewaiter.platform.accounts.roles import ROLES

pytestmark = pytest.mark.django_db
NONSENSE = "zzzznosuchthing"
# Each ends a string, a list or a statement, or is true for every row.
QUERIES = (
    f"{NONSENSE}' OR '1'='1",
    f"{NONSENSE}') OR 1=1 --",
    f"{NONSENSE}%",
)
# What a field of another kind does not expect: numbers and days beyond all bounds, NUL, brackets.
STRANGE = ("\x00", "9" * 40, "-1", "NaN", "²", "9999-12-31", "0001-01-01", "(\\[{", "x" * 5_000)


def rows(answer) -> int:
    return len(parsed(answer).findall(".//tr")) if is_html(answer) else 0


@pytest.fixture
def lists(browse, officer):
    """Somebody of one office, and the pages that take something from their address."""
    client = browse(*ROLES, offices=[HERE], username="local")
    client.raise_request_exception = False
    officer("operator", national=True, username="operator")
    for factory in {
        f.make.__qualname__: f for f in FACTORIES.values() if f.sight != "shared"
    }.values():
        factory.make(THERE, officer(*ROLES, offices=[THERE]))
    found, files = {}, []
    for place in addresses(client.user):
        answer = client.get(place.url)
        if answer.status_code == 200 and place.door.mark != "public" and not place.door.library:
            if is_html(answer):
                found[place] = sorted(parameters(parsed(answer)))
            else:
                files.append(place)
    # A file takes what the list beside it takes. A page that offers nothing takes nothing.
    found = {place: names for place, names in found.items() if names}
    everything = sorted({name for names in found.values() for name in names})
    return client, found | dict.fromkeys(files, everything)


def test_a_filter_is_a_value_and_never_a_query(lists):
    """As many rows as for a word that nobody wrote, and nothing of another office."""
    client, pages = lists
    wrong = []
    for place, names in pages.items():
        plain = client.get(place.url, dict.fromkeys(names, NONSENSE))
        for hostile in QUERIES:
            answer = client.get(place.url, dict.fromkeys(names, hostile))
            if answer.status_code != plain.status_code or rows(answer) > rows(plain):
                wrong.append((str(place), hostile, answer.status_code, rows(answer), rows(plain)))
            if THERE in answer.getvalue().decode(errors="replace"):
                wrong.append((str(place), hostile, "another office"))
    assert wrong == []
    assert len(pages) > 25


def test_no_value_in_an_address_breaks_a_page(lists):
    client, pages = lists
    wrong = []
    for place, names in pages.items():
        for strange in STRANGE:
            answer = client.get(place.url, dict.fromkeys(names, strange))
            if answer.status_code >= 500:
                wrong.append((str(place), strange[:40], blamed(client, place, names, strange)))
    for place in (place for place, names in pages.items() if "sort" in names):
        for asked in ("-user__password", "id;--", "?"):
            assert client.get(place.url, {"sort": asked}).status_code < 400, (place, asked)
    assert wrong == []


def blamed(client, place, names: list[str], strange: str) -> list[str]:
    """The parameters that break the page by themselves."""
    return [n for n in names if client.get(place.url, {n: strange}).status_code >= 500]


# Before it is said whether there is such a person, it is asked what for.
ASKS_WHY = {"targeting:trader"}


def test_no_value_in_the_path_breaks_a_page(insider):
    """What stands between the slashes; numbers that no database holds among it."""
    wrong = []
    for door in (d for d in OURS if d.arguments and d.mark != "token"):
        made = FACTORIES[door.name].make(HERE, insider.user)
        for strange in ("\x00", "' OR 1=1 --", "../../etc/passwd"):
            given = {k: _strange(v, strange) for k, v in made.items()}
            with suppress(NoReverseMatch):  # the URL map itself refuses it
                for method in (insider.get, insider.post):
                    status = method(reverse(door.name, kwargs=given)).status_code
                    asked_why = door.name in ASKS_WHY and status == 200
                    if status not in (400, 404, 405, 409, 410) and not asked_why:
                        wrong.append((door.name, strange, status))
    assert wrong == []


def _strange(value: object, strange: str) -> object:
    if isinstance(value, uuid.UUID):
        return uuid.UUID(int=0)
    return 10**30 if isinstance(value, int) else strange


FORMULAS = ("=HYPERLINK(1)", "-2+cmd|' /C calc'!A0", "\tSUM(1)")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_export_of_the_house_holds_a_formula(insider, places, formula):
    """All texts of tables and lake begin like one; then every file that is a table is read."""
    declare_poison(HERE, formula)
    poison_tables(formula)
    read, wrong = set(), []
    for place in places:
        answer = insider.get(place.url)
        if answer.get("Content-Type", "").startswith("text/csv"):
            read.add(str(place))
            text = answer.getvalue().decode("utf-8-sig")
            for row in csv.reader(io.StringIO(text, newline="")):
                wrong += [(str(place), cell) for cell in row if acts(cell)]
    assert wrong == []
    assert len(read) > 10, sorted(read)


def acts(cell: str) -> bool:
    return cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not NUMBER.fullmatch(cell)
