"""What officers see of what is masked, and what they find it by."""

from __future__ import annotations

import polars as pl
import pytest
from django.urls import reverse

from tests.platform.privacy.world import LONG_AGO, NOTED, PLANTED, PROFILE, RECENT, live
from tidewaiter.desks.intake.actions import Removed, replay
from tidewaiter.desks.targeting.actions.explaining import explain_declaration
from tidewaiter.desks.targeting.actions.export import write_export
from tidewaiter.desks.targeting.actions.verify import verify_house
from tidewaiter.desks.targeting.queries.worklist import Wanted, matching
from tidewaiter.engine.records import DECLARATIONS, SELECTIONS
from tidewaiter.platform.foureyes.actions import approve
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.privacy import keys, unmasking
from tidewaiter.platform.privacy.actions import apply
from tidewaiter.platform.privacy.models import Disclosure
from tidewaiter.platform.privacy.tokens import token
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
NAME = PLANTED["importer_name"]


@pytest.fixture
def house(operator, put_in_force):
    put_in_force(operator, PROFILE)
    live(operator)
    apply()
    return operator


def rows(stream, number: str) -> pl.DataFrame:
    return lake().scan(stream).filter(pl.col("declaration_id") == number).collect()


def test_equal_values_have_equal_tokens_and_other_keys_give_others(house) -> None:
    one, other = (rows(DECLARATIONS, number).row(0, named=True) for number in ("OLD1", "OLD2"))
    assert one["importer_name"] == other["importer_name"] == token("name", NAME)
    assert one["importer"] == token("identifier", PLANTED["importer"])
    assert token("name", f"  {NAME.upper()} ") == one["importer_name"]
    assert one["extra"] == "masked"
    assert "importer_name" in one["masked"]
    assert one["masked_at"] is not None
    assert one["content"] is None
    keys.destroy("tokens")
    assert token("name", NAME) != one["importer_name"]
    new = rows(DECLARATIONS, "NEW1").row(0, named=True)
    assert (new["importer_name"], new["masked"]) == (RECENT, None)


def test_the_house_verifies_and_says_what_it_cannot_compute_again(house) -> None:
    lines = verify_house(house)
    assert [line for line in lines if not line.ok] == []
    assert any("2 messages removed" in line.said for line in lines)
    old, new = (explain_declaration(house, number) for number in ("OLD1", "NEW1"))
    assert old.masked_at is not None
    assert old.items[0].agrees is None
    assert old.items[0].masked_at == old.masked_at
    assert NAME not in str(old)
    assert (new.masked_at, new.items[0].agrees) == (None, True)


def test_a_name_finds_what_is_masked_only_for_who_may_look_for_it(house, officer) -> None:
    def found(user, text: str) -> set[str]:
        return set(matching(user, Wanted(text=text, persons=True)).collect()["declaration_id"])

    targeting, analyst = (officer(r, national=True) for r in ("targeting_officer", "analyst"))
    assert (
        found(targeting, NAME.lower()) == found(targeting, PLANTED["importer"]) == {"OLD1", "OLD2"}
    )
    assert found(analyst, NAME) == set()
    assert found(targeting, NAME[:6]) == set()
    assert found(analyst, RECENT[:6]) == {"NEW1"}


def test_exports_and_pages_show_tokens(house, browse, tmp_path) -> None:
    path = tmp_path / "out.csv"
    for what in ("declarations", "assessments"):
        write_export(house, what, path)
        text = path.read_text("utf-8")
        assert NAME not in text
        assert RECENT in text or what == "assessments"
        assert token("name", NAME) in text
    client = browse(house)
    page = client.get(reverse("targeting:declaration", args=["OLD1"])).content.decode()
    assert "Masked since" in page
    assert token("name", NAME) in page
    assert not [word for word in PLANTED.values() if word in page]
    page = client.get(reverse("targeting:declaration", args=["NEW1"])).content.decode()
    assert "Masked since" not in page


def test_a_removed_message_says_so_and_is_not_read_again(house, browse) -> None:
    message = Message.objects.order_by("pk").first()
    client = browse(house)
    address = reverse("intake:message", args=[message.pk])
    assert "Removed on" in client.get(address).content.decode()
    assert client.get(reverse("intake:raw", args=[message.pk])).status_code == 404
    client.post(reverse("intake:again", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == Message.State.RECORDED
    with pytest.raises(Removed, match="retention schedule"):
        replay(house, message)


def test_the_report_tells_what_was_done(house, browse) -> None:
    client = browse("internal_affairs", national=True)
    page = client.get(reverse("privacy:report")).content.decode()
    for word in ("declarations", f"{LONG_AGO:%Y-%m}", "control_orders", "quarantine", "messages"):
        assert word in page
    only = client.get(reverse("privacy:report"), {"store": SELECTIONS.name}).content.decode()
    assert "control_orders" not in only.split("<table")[1]
    lines = b"".join(client.get(reverse("privacy:export"))).decode().splitlines()
    assert lines[0].startswith("\ufeffdone_at")
    assert any("importer_name=2" in line for line in lines)


def test_what_officers_wrote_is_unmasked_in_the_same_way(house, officer) -> None:
    asker = officer("targeting_officer", national=True)
    fields = unmasking.masked_fields(asker, "OLD1")
    assert {"importer_name", "control_results.notes", "overrides.reason"} <= set(fields)
    outsider = officer("internal_affairs", national=True)
    assert not [name for name in unmasking.masked_fields(outsider, "OLD1") if "." in name]
    proposal = unmasking.ask(asker, "OLD1", ["control_results.notes"], "Appeal 2026/4, article 7")
    approve(outsider, proposal.pk)
    (shown,) = unmasking.show(asker, Disclosure.objects.get())
    assert (shown.field, shown.value) == ("control_results.notes", f"{NOTED} said so")
    assert unmasking.label(shown.field).endswith("notes")
