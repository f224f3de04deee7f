"""The declaration page: everything about one declaration, for who may see its office; overrides."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from tests.fixtures.purposes import state_purpose
from tests.fixtures.traffic import AT, NORTH, SOUTH, append, assessment, item, selection
from tidewaiter.desks.control.queries import Filter, orders
from tidewaiter.desks.targeting.actions.overrides import (
    OverrideRefused,
    apply_override,
    approve_override,
    propose_override,
    refuse_override,
    settle_overrides,
)
from tidewaiter.desks.targeting.models import Override
from tidewaiter.desks.targeting.queries.declaration import declaration
from tidewaiter.desks.targeting.queries.traders import trader_history
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.journal.models import Message, Quarantined
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
WHY = "The seller was named in a letter of last week."


def url(number):
    return f"/targeting/declarations/26XT{number:04d}/"


@pytest.fixture
def anna(officer, traffic):
    return officer("targeting_officer", national=True, username="anna")


@pytest.fixture
def berta(officer, traffic):
    return officer("profile_approver", national=True, username="berta")


def in_force(number):
    named = pl.col("declaration_id") == f"26XT{number:04d}"
    return lake().current(SELECTIONS, named).collect().row(0, named=True)


def test_page_shows_goods_parties_reasons_and_result(browse, traffic):
    text = browse("targeting_officer", national=True).get(url(6)).content.decode()
    for expected in (
        "85171300", "Telephones", "64041100", "Velora Textiles Ltd", "Phones at 2.10 a piece",
        "Found: revenue", "321.00", "Red", "expected value", NORTH, "Item 1: probability 3.0",
    ):  # fmt: skip
        assert expected in text


def test_unjudged_profiles_and_the_silence_of_reasons_are_told(browse, traffic):
    client = browse("targeting_officer", national=True)
    assert "SHOES" in client.get(url(4)).content.decode()
    append(DECLARATIONS, [item(77)], "fresh")
    assert "not been assessed" in client.get(url(77)).content.decode()


def test_reading_is_entered_in_the_ledger_once_a_view(browse, traffic):
    client = browse("targeting_officer", national=True)
    for _ in range(2):
        client.get(url(6))
    entries = Entry.objects.filter(action="declaration.read", subject="declaration:26XT0006")
    assert entries.count() == 2
    assert entries.first().office == NORTH


def test_another_offices_declaration_is_not_there(browse, traffic):
    south = browse("targeting_officer", offices=[SOUTH])
    assert south.get(url(7)).status_code == 200
    assert south.get(url(6)).status_code == south.get(url(999)).status_code == 404
    assert south.post("/targeting/overrides/propose/26XT0006/", {"lane": "red"}).status_code == 404
    assert not Entry.objects.filter(subject="declaration:26XT0006").exists()


def test_who_has_the_declaration_now_sees_it(officer, browse, traffic):
    moved = [item(6, n, version=2, function="amendment", office=SOUTH) for n in (1, 2)]
    append(DECLARATIONS, moved, "moved")
    assert browse("targeting_officer", offices=[SOUTH]).get(url(6)).status_code == 200
    assert browse("targeting_officer", offices=[NORTH]).get(url(6)).status_code == 404


def test_the_right_to_read_is_needed(browse, traffic):
    assert browse("inspector", national=True).get(url(6)).status_code == 403


def test_versions_tell_what_changed(anna):
    later = datetime(2026, 3, 11, tzinfo=UTC)
    amended = item(
        6, 2, version=2, function="amendment", importer="IMP9", message_id=2, received_at=later
    )
    append(DECLARATIONS, [amended], "amended")
    found = declaration(anna, "26XT0006")
    assert [v.function for v in found.versions] == ["original", "amendment"]
    assert found.versions[1].items == [2]
    assert found.versions[1].changed == [("importer", "IMP0", "IMP9")]
    assert found.items["item_no"].to_list() == [1, 2]
    assert found.header["importer"] == "IMP9"
    assert not found.cancelled


def test_a_cancelled_declaration_says_so(browse, traffic):
    gone = [item(6, n, version=2, function="cancellation", message_id=3) for n in (1, 2)]
    append(DECLARATIONS, gone, "cancelled")
    assert "cancelled" in browse("targeting_officer", national=True).get(url(6)).content.decode()


def test_ids_that_need_quoting_are_found(browse, traffic):
    odd = item(1, declaration_id='26/XT "1"&<b>')
    append(DECLARATIONS, [odd], "odd")
    append(ASSESSMENTS, [assessment(item(1), declaration_id=odd["declaration_id"])], "odd")
    append(SELECTIONS, [selection(item(1), declaration_id=odd["declaration_id"])], "odd")
    client = browse("targeting_officer", national=True)
    page = client.get("/targeting/worklist/", {"q": odd["declaration_id"]}).content.decode()
    link = page.split('data-href="')[1].split('"')[0].replace("&amp;", "&")
    shown = client.get(link)
    assert shown.status_code == 200
    assert "<b>" not in shown.content.decode().replace("<b></b>", "")


def test_records_of_its_message_that_were_kept_out_are_told(browse, traffic):
    client = browse("targeting_officer", national=True)
    message = Message.objects.create(
        pk=1, received_at=AT, sender="broker", reference="R", name="broker.csv",
        stream="declarations", size=1, sha256="0" * 64, submitted_by=client.user,
    )  # fmt: skip
    Quarantined.objects.create(message=message, place="line 3", code="x")
    assert "broker.csv" in client.get(url(6)).content.decode()
    head = browse("head_of_enforcement", national=True)
    assert "broker.csv" not in head.get(url(6)).content.decode()


def test_trader_history_sums_two_years_of_visible_offices(anna, officer):
    history = trader_history(anna, "IMP0", date(2026, 3, 31))
    numbers = range(0, 30, 3)
    assert (history.declarations, history.items, history.name) == (10, 20, "Velora Textiles Ltd")
    assert history.value == sum(2 * (1000 + n) for n in numbers)
    assert history.lanes == {"red": 10}
    assert (history.controlled, history.found, history.revenue) == (1, 1, 321.0)
    south = trader_history(officer("analyst", offices=[SOUTH]), "IMP0", date(2026, 3, 31))
    assert (south.declarations, south.found) == (5, 0)
    assert trader_history(officer("analyst", offices=["X"]), "IMP0", date(2026, 3, 31)) is None
    assert trader_history(anna, "IMP0", date(2026, 2, 1)) is None
    assert trader_history(anna, "IMP0", date(2028, 4, 1)) is None


def test_trader_page_and_part(browse, traffic):
    client = browse("targeting_officer", national=True)
    for person in ("IMP0", "NOBODY"):
        asked = client.get(f"/targeting/traders/{person}/")
        assert asked.status_code == 200
        assert "Whom do you look for" in asked.content.decode()
        assert "Velora" not in asked.content.decode()
        state_purpose(client, person)
    page = client.get("/targeting/traders/IMP0/")
    assert "<h1>Velora Textiles Ltd</h1>" in page.content.decode()
    part = client.get("/targeting/traders/IMP0/", headers={"HX-Request": "true"})
    assert "<h1>" not in part.content.decode()
    assert "851713" in part.content.decode()
    assert client.get("/targeting/traders/NOBODY/").status_code == 404
    assert Entry.objects.filter(action="trader.read").count() == 1


def test_an_approved_override_holds_and_raises_an_order(anna, berta, officer):
    override = propose_override(anna, "26XT0002", lane="red", reason=WHY)
    assert in_force(2)["lane"] == "green"
    approve_override(berta, override.pk)
    now = in_force(2)
    assert (now["lane"], now["controls"], now["selected_by"]) == ("red", ["physical"], "override")
    assert (now["version"], now["selection_probability"]) == (2, 1.0)
    supervisor = officer("supervisor", offices=[NORTH])
    order = orders(supervisor, Filter(text="26XT0002")).get()
    assert (order.lane, order.selected_by) == ("red", "override")
    verbs = Entry.objects.filter(subject="declaration:26XT0002").order_by("sequence")
    assert [e.action for e in verbs] == ["override.propose", "override.approve"]


def test_carrying_out_again_changes_nothing(anna, berta):
    override = propose_override(anna, "26XT0002", lane="yellow", reason=WHY)
    approve_override(berta, override.pk)
    version = lake().version(SELECTIONS)
    apply_override(Override.objects.get(pk=override.pk))
    assert lake().version(SELECTIONS) == version
    assert in_force(2)["version"] == 2
    assert settle_overrides() == 0


def test_an_approval_whose_process_died_is_settled(anna, berta, monkeypatch):
    override = propose_override(anna, "26XT0002", lane="red", reason=WHY)
    target = "tidewaiter.desks.targeting.actions.overrides.apply_override"
    with monkeypatch.context() as patch:
        patch.setattr(target, lambda _: None)
        approve_override(berta, override.pk)
    assert in_force(2)["lane"] == "green"
    assert settle_overrides() == 1
    assert in_force(2)["lane"] == "red"


def test_green_by_override_withdraws_the_control(anna, berta):
    approve_override(berta, propose_override(anna, "26XT0004", lane="green", reason=WHY).pk)
    now = in_force(4)
    assert (now["lane"], now["controls"], now["selection_probability"]) == ("green", [], 0.0)


def test_the_proposer_never_decides(officer, traffic):
    both = officer("targeting_officer", "profile_approver", national=True)
    override = propose_override(both, "26XT0002", lane="red", reason=WHY)
    for decide in (approve_override, refuse_override):
        with pytest.raises(OverrideRefused, match="second officer"):
            decide(both, override.pk, remark="no")
    assert in_force(2)["lane"] == "green"


@pytest.mark.parametrize(
    ("number", "lane", "reason", "message"),
    [
        (2, "green", WHY, "other than the present"),
        (2, "pink", WHY, "other than the present"),
        (2, "red", "because", "Say why"),
        (3, "green", WHY, "picked by chance"),
        (3, "yellow", WHY, "picked by chance"),
        (6, "yellow", WHY, "controlled already"),
        (99, "red", WHY, "no selected declaration"),
    ],
)
def test_what_cannot_be_overridden_says_why(anna, number, lane, reason, message):
    with pytest.raises(OverrideRefused, match=message):
        propose_override(anna, f"26XT{number:04d}", lane=lane, reason=reason)
    assert not Override.objects.exists()


def test_one_proposal_at_a_time(anna, berta):
    first = propose_override(anna, "26XT0002", lane="red", reason=WHY)
    with pytest.raises(OverrideRefused, match="waits already"):
        propose_override(anna, "26XT0002", lane="blue", reason=WHY)
    refuse_override(berta, first.pk, remark="The letter was withdrawn.")
    propose_override(anna, "26XT0002", lane="blue", reason=WHY)
    with pytest.raises(OverrideRefused, match="decided already"):
        approve_override(berta, first.pk)


def test_a_selection_made_anew_voids_the_proposal(anna, berta):
    override = propose_override(anna, "26XT0002", lane="red", reason=WHY)
    append(SELECTIONS, [selection(item(2), version=2, lane="blue", selected_by="value")], "anew")
    with pytest.raises(OverrideRefused, match="selected anew"):
        approve_override(berta, override.pk)


def test_rights_and_offices_bound_overrides(anna, officer):
    override = propose_override(anna, "26XT0002", lane="red", reason=WHY)
    with pytest.raises(Denied):
        approve_override(officer("targeting_officer", national=True), override.pk)
    with pytest.raises(Denied):
        propose_override(officer("supervisor", national=True), "26XT0004", lane="red", reason=WHY)
    south = officer("profile_approver", offices=[SOUTH])
    with pytest.raises(Override.DoesNotExist):
        approve_override(south, override.pk)


def test_proposing_and_deciding_on_the_page(browse, traffic):
    anna = browse("targeting_officer", national=True)
    berta = browse("profile_approver", offices=[NORTH])
    south = browse("profile_approver", offices=[SOUTH])
    propose = "/targeting/overrides/propose/26XT0002/"
    refused = anna.post(propose, {"lane": "green", "reason": WHY})
    assert refused.status_code == 422
    assert "other than the present" in refused.content.decode()
    assert anna.post(propose, {"lane": "red", "reason": WHY}).status_code == 302
    pk = Override.objects.get().pk
    assert WHY in berta.get("/targeting/overrides/").content.decode()
    assert WHY not in south.get("/targeting/overrides/").content.decode()
    assert "Withdraw" in anna.get(url(2)).content.decode()
    assert "Approve" not in anna.get(url(2)).content.decode()
    assert "Approve" in berta.get(url(2)).content.decode()
    assert south.post(f"/targeting/overrides/{pk}/approve").status_code == 404
    assert anna.post(f"/targeting/overrides/{pk}/approve").status_code == 403
    silent = berta.post(f"/targeting/overrides/{pk}/refuse", {"remark": " "}, follow=True)
    assert "Say why it is refused" in silent.content.decode()
    done = berta.post(f"/targeting/overrides/{pk}/approve", {"remark": ""}, follow=True)
    assert "the new lane holds" in done.content.decode()
    assert in_force(2)["lane"] == "red"


def test_the_proposer_withdraws(browse, traffic):
    anna = browse("targeting_officer", national=True)
    other = browse("targeting_officer", national=True)
    override = propose_override(anna.user, "26XT0002", lane="red", reason=WHY)
    address = f"/targeting/overrides/{override.pk}/withdraw"
    assert other.post(address).status_code == 404
    anna.post(address)
    override.refresh_from_db()
    assert override.state == Override.State.WITHDRAWN
    assert lake().scan(OUTCOMES).collect().height == 1
