"""From the journal into the lake: once each, superseding, never lost."""

from __future__ import annotations

import io

import polars as pl
import pytest

from tidewaiter.desks.intake.actions import (
    record_message,
    recording,
    replay,
    settle_journal,
    submit,
)
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.journal.spool import intact
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db

HEADER = "declaration_id,item_no,declaration_date,office,hs,origin,net_mass,customs_value,currency"


def text(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


FIRST = "D1,1,2026-03-02,A,610910,CN,100,900,EUR"
SECOND = "D1,2,2026-03-02,A,610990,CN,50,700,EUR"


@pytest.fixture
def clerk(officer):
    return officer("intake_clerk", national=True)


def take(clerk, body: bytes, **more) -> Message:
    return record_message(submit(clerk, io.BytesIO(body), name="file.csv", **more))


def current() -> pl.DataFrame:
    return lake().current(DECLARATIONS).sort("declaration_id", "item_no").collect()


def test_a_message_is_safe_before_it_is_read(clerk) -> None:
    message = submit(clerk, io.BytesIO(text(FIRST)), name="file.csv")
    assert message.state == "received"
    assert intact(message.sha256)
    assert settle_journal() == 1
    message.refresh_from_db()
    assert (message.state, message.accepted) == ("recorded", 1)


def test_the_same_bytes_again_change_nothing(clerk) -> None:
    first = take(clerk, text(FIRST, SECOND))
    again = take(clerk, text(FIRST, SECOND))
    assert again.pk == first.pk
    assert again.seen_again == 1
    assert current().height == 2


def test_the_same_declarations_in_other_bytes_are_duplicates(clerk) -> None:
    take(clerk, text(FIRST, SECOND))
    again = take(clerk, text(SECOND, FIRST) + b"\n", reference="second sending")
    assert (again.received, again.accepted, again.duplicates) == (2, 0, 2)


def test_a_corrected_declaration_supersedes_and_the_first_stays_readable(clerk) -> None:
    take(clerk, text(FIRST))
    then = lake().version(DECLARATIONS)
    changed = take(clerk, text(FIRST.replace("900", "1900")))
    assert (changed.accepted, changed.superseded) == (1, 1)
    assert current()["customs_value"].to_list() == [1900.0]
    assert lake().current(DECLARATIONS, version=then).collect()["customs_value"].item() == 900.0


def test_amendment_and_cancellation(clerk) -> None:
    take(clerk, text(FIRST, SECOND))
    header = "declaration_id,item_no,declaration_date,hs,origin,function"
    take(clerk, text("D1,1,2026-03-02,610910,VN,amendment", header=header))
    rows = current()
    assert rows["origin"].to_list() == ["VN", "CN"]
    take(clerk, text("D1,,2026-03-02,,,cancellation", header=header))
    assert set(current().filter(pl.col("item_no") > 0)["function"]) == {"cancellation"}


def test_two_lines_that_contradict_each_other_are_kept_out_with_their_place(clerk) -> None:
    message = take(clerk, text(FIRST, FIRST.replace("900", "1900"), SECOND))
    assert (message.accepted, message.quarantined) == (2, 1)
    finding = message.findings.get(code="conflicting_duplicate")
    assert finding.place == "line 3"
    assert current()["customs_value"].to_list() == [900.0, 700.0]


def test_what_cannot_be_read_is_kept_and_can_be_replayed(clerk) -> None:
    message = take(clerk, text("x;y;z", header="a;b;c"))
    assert message.state == "quarantined"
    assert message.findings.get().code == "mapping_needed"
    mapping = {
        "name": "odd",
        "fields": {"declaration_id": "Nr", "declaration_date": "Day", "hs": "Code"},
    }
    odd = take(clerk, text("Z9;02.03.2026;610910", header="Nr;Day;Code"), reference="odd")
    assert odd.state == "quarantined"
    odd = record_message(replay(clerk, odd, mapping))
    assert (odd.state, odd.accepted, odd.attempt) == ("recorded", 1, 2)
    assert odd.findings.filter(resolved_at=None).count() == 0
    again = record_message(replay(clerk, odd))
    assert (again.accepted, again.duplicates) == (0, 1)


def test_results_of_their_own_file_reach_the_outcomes(clerk) -> None:
    take(clerk, text(FIRST))
    results = b"declaration_id,item_no,known_on,found,revenue\nD1,1,2026-03-09,true,120.5\n"
    message = take(clerk, results, stream="outcomes")
    assert (message.accepted, message.state) == (1, "recorded")
    row = lake().current(OUTCOMES).collect().row(0, named=True)
    assert (row["found"], row["revenue"], str(row["known_on"])) == (True, 120.5, "2026-03-09")
    assert take(clerk, results + b"\n", stream="outcomes", reference="2").duplicates == 1


def test_who_is_bound_to_an_office_hands_in_for_that_office_only(officer) -> None:
    bound = officer("intake_clerk", offices=["A"])
    message = take(bound, text(FIRST, "D2,1,2026-03-02,B,610910,CN,1,9,EUR"))
    assert (message.accepted, message.quarantined, message.office) == (1, 1, "A")
    assert message.findings.get().code == "office_out_of_scope"


def test_without_the_right_nothing_is_taken(officer) -> None:
    with pytest.raises(Denied):
        submit(officer("inspector", offices=["A"]), io.BytesIO(text(FIRST)), name="x")
    assert not Message.objects.exists()


def test_a_process_killed_after_the_commit_counts_the_same_again(clerk, monkeypatch) -> None:
    message = submit(clerk, io.BytesIO(text(FIRST, SECOND, SECOND)), name="file.csv")
    whole = recording._settled
    monkeypatch.setattr(recording, "_settled", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        record_message(message)
    monkeypatch.setattr(recording, "_settled", whole)
    assert current().height == 2
    settle_journal()
    message.refresh_from_db()
    assert (message.received, message.accepted, message.duplicates) == (3, 2, 1)
    assert current().height == 2
