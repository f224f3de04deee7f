"""Before a person is looked for, it is said why; the ledger keeps that, and no name."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse

from tests.fixtures.machines import token_of
from tests.fixtures.purposes import state_purpose
from tests.fixtures.traffic import NORTH, SOUTH
from tidewaiter.platform.accounts.tokens import Grant
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.purpose import statements
from tidewaiter.platform.purpose.digests import person

pytestmark = pytest.mark.django_db
WORKLIST, TRADER = "/targeting/worklist/", "/targeting/traders/IMP1/"
ASKS = "Whom do you look for"
NAME = "Dormark"  # of IMP1


@pytest.fixture
def anna(browse, traffic):
    return browse("targeting_officer", national=True)


def page(client, address: str, **query: str) -> str:
    return client.get(address, query).content.decode()


def noted(verb: str):
    return Entry.objects.filter(action=verb)


@pytest.mark.parametrize("query", [{"q": "dormark"}, {"q": "IMP1"}, {"importer": "IMP1"}])
def test_a_search_of_importers_shows_nobody_before_the_purpose_is_stated(anna, query):
    asked = page(anna, WORKLIST, **query)
    assert ASKS in asked
    assert "26XT0019" not in asked
    state_purpose(anna, *query.values())
    found = page(anna, WORKLIST, **query)
    assert ASKS not in found
    assert "26XT0019" in found
    entry = noted("person.search").get()
    assert (entry.reason, entry.detail["purpose"]) == ("INV/7", "investigation")
    assert entry.detail["place"] == "worklist"


@pytest.mark.parametrize("query", [{}, {"q": "26XT0019"}, {"lane": "red"}, {"hs": "8517"}])
def test_working_down_the_list_asks_for_nothing(anna, query):
    assert ASKS not in page(anna, WORKLIST, **query)
    assert not noted("person.search").exists()


def test_the_beginning_of_a_number_finds_declarations_and_offers_to_look_further(anna):
    found = page(anna, WORKLIST, q="26XT001")
    assert "26XT0019" in found
    assert ASKS in found


def test_an_export_holds_nobody_before_the_purpose_is_stated(anna):
    address = reverse("targeting:export_worklist")
    assert "26XT" not in anna.get(address, {"importer": "IMP1"}).getvalue().decode()
    state_purpose(anna, "IMP1")
    assert "26XT0019" in anna.get(address, {"importer": "IMP1"}).getvalue().decode()
    assert noted("person.export").count() == 1


def test_the_ledger_holds_no_name_and_no_identifier(anna):
    for text in ("dormark", "IMP1"):
        state_purpose(anna, text)
        page(anna, WORKLIST, q=text)
        anna.get(reverse("targeting:export_worklist"), {"q": text}).getvalue()
    page(anna, TRADER)
    written = str(list(Entry.objects.values())).lower()
    assert "dormark" not in written
    assert "imp1" not in written
    assert noted("trader.read").get().subject == person(" imp1 ")
    assert person("imp1") != person("imp2")


def test_a_statement_holds_for_the_person_the_session_and_the_time(anna, browse, monkeypatch):
    state_purpose(anna, "IMP1")
    assert ASKS not in page(anna, TRADER)
    assert ASKS in page(anna, "/targeting/traders/IMP0/")
    other = Client()
    other.force_login(anna.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert ASKS in page(other, TRADER)
    now = time.time()
    monkeypatch.setattr(statements.time, "time", lambda: now + 30 * 60 + 1)
    assert ASKS in page(anna, TRADER)


def test_the_next_form_is_filled_in_so_that_enter_is_enough(anna):
    state_purpose(anna, "IMP1", kind="partner", reference="XT-2026-3")
    asked = page(anna, "/targeting/traders/IMP0/")
    assert 'value="XT-2026-3"' in asked
    assert '<option value="partner" selected>' in asked
    assert "autofocus" in asked


@pytest.mark.parametrize(
    ("kind", "reference"),
    [("", "INV/7"), ("curiosity", "INV/7"), ("investigation", ""), ("analysis", "just looking")],
)
def test_what_cannot_be_traced_is_no_purpose(anna, kind, reference):
    refused = state_purpose(anna, "IMP1", kind=kind, reference=reference)
    assert refused.status_code == 422
    assert ASKS in page(anna, TRADER)


def test_it_leads_back_to_the_search_and_nowhere_else(anna):
    back = f"{WORKLIST}?q=dormark&sort=-score"
    assert state_purpose(anna, "dormark", back=back).url == back
    for elsewhere in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        assert state_purpose(anna, "dormark", back=elsewhere).url == "/"


def test_the_history_on_a_declaration_is_evident_for_its_own_importer_only(anna, browse):
    shown = page(anna, TRADER, of="26XT0001")
    assert NAME in shown
    entry = noted("trader.read").get()
    assert (entry.reason, entry.detail["purpose"]) == ("26XT0001", "declaration")
    assert ASKS in page(anna, TRADER, of="26XT0000")  # another importer's
    assert ASKS in page(anna, TRADER, of="nothing")
    south = browse("targeting_officer", offices=[NORTH])
    assert ASKS in page(south, TRADER, of="26XT0001")  # an office that he does not see


def test_a_machine_states_it_with_the_request(client, officer, traffic):
    analyst = officer("analyst", national=True)
    _token, secret = token_of(analyst, grant=Grant(["targeting.read"]))

    def ask(importer: str, **query: str):
        headers = {"Authorization": f"Bearer {secret}"}
        return client.get(f"/api/traders/{importer}", query, headers=headers)

    for query in ({}, {"purpose": "curiosity", "reference": "x"}, {"purpose": "investigation"}):
        for importer in ("IMP1", "NOBODY"):
            refused = ask(importer, **query)
            assert refused.status_code == 400, refused.content
            assert "detail" in refused.json()
    assert not noted("trader.read").exists()
    told = ask("IMP1", purpose="partner", reference="XT-3").json()
    assert (told["importer"], told["declarations"]) == ("IMP1", 10)
    assert ask("NOBODY", purpose="partner", reference="XT-3").status_code == 404
    assert noted("trader.read").count() == 2


def test_the_description_of_the_api_names_it(browse):
    described = browse("machine").get("/api/openapi.json").json()
    asked = described["paths"]["/api/traders/{importer}"]["get"]
    assert "400" in asked["responses"]
    told = {p["name"]: p["description"] for p in asked["parameters"] if p["in"] == "query"}
    assert "investigation" in told["purpose"]
    assert told["reference"]


def test_internal_affairs_list_searches_by_officer_purpose_and_person(anna, browse):
    for text, kind in (("IMP1", "investigation"), ("dormark", "partner")):
        state_purpose(anna, text, kind=kind, reference=f"for {text[:3]}")
        page(anna, WORKLIST, q=text)
    affairs = browse("internal_affairs", national=True)
    address = reverse("purpose:searches")
    for query, there, absent in (
        ({"actor": anna.user.username}, ["for IMP", "for dor"], []),
        ({"actor": "nobody"}, [], ["for IMP", "for dor"]),
        ({"kind": "partner"}, ["for dor"], ["for IMP"]),
        ({"person": "imp1"}, ["for IMP"], ["for dor"]),
        ({"reference": "dor"}, ["for dor"], ["for IMP"]),
    ):
        shown = page(affairs, address, **query)
        assert all(text in shown for text in there), query
        assert not any(text in shown for text in absent), query
    assert noted("person.trace").get().subject == person("imp1")
    lines = affairs.get(reverse("purpose:export"), {"kind": "partner"}).getvalue().decode()
    assert len(lines.splitlines()) == 2
    assert anna.get(address).status_code == 403
    elsewhere = browse("internal_affairs", offices=[SOUTH])
    assert anna.user.username not in page(elsewhere, address)
