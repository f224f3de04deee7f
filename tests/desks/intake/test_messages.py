"""The pages of messages, of handing in, and of the quarantine."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.desks.intake.conftest import GOOD, HALF, UNKNOWN
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.ledger.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tidewaiter.platform.accounts.models import User

pytestmark = pytest.mark.django_db


def text_of(client: Client, name: str, *args: object, **query: object) -> str:
    response = client.get(reverse(f"intake:{name}", args=args), query)
    assert response.status_code == 200
    body = b"".join(response) if response.streaming else response.content
    return body.decode()


def test_a_message_shows_what_became_of_it(
    browse: Callable[..., Client], clerk: User, handed_in: Callable[..., Message]
) -> None:
    message = handed_in(HALF, name="half.csv", sender="Broker Ltd")
    page = text_of(browse(clerk), "message", message.pk)
    for part in ("half.csv", "Broker Ltd", "line 3", "is not a number", "Write a plain number"):
        assert part in page
    assert message.sha256 in page


def test_the_list_is_filtered_sorted_and_exported(
    browse: Callable[..., Client], clerk: User, handed_in: Callable[..., Message]
) -> None:
    good = handed_in(GOOD, name="good.csv", sender="Alpha")
    bad = handed_in("nonsense\n1\n", name="bad.csv", sender="=Beta")
    client = browse(clerk)
    page = text_of(client, "messages")
    assert "good.csv" in page
    assert "bad.csv" in page
    assert "bad.csv" not in text_of(client, "messages", state="recorded")
    assert "good.csv" not in text_of(client, "messages", q="beta")
    assert "good.csv" in text_of(client, "messages", q=good.sha256[:12].upper())
    assert "good.csv" not in text_of(client, "messages", since="2199-01-01")
    by_name = text_of(client, "messages", sort="name")
    assert by_name.index("bad.csv") < by_name.index("good.csv")
    rows = list(
        csv.DictReader(io.StringIO(text_of(client, "messages_sheet", sort="name").lstrip("\ufeff")))
    )
    assert [row["pk"] for row in rows] == [str(bad.pk), str(good.pk)]
    assert rows[0]["sender"] == "'=Beta"


def test_the_bytes_come_back_as_they_came_and_the_ledger_knows(
    browse: Callable[..., Client], clerk: User, handed_in: Callable[..., Message]
) -> None:
    message = handed_in(HALF, name="half.csv")
    response = browse(clerk).get(reverse("intake:raw", args=[message.pk]))
    assert b"".join(response) == HALF.encode()
    assert response["Content-Type"] == "application/octet-stream"
    assert 'attachment; filename="half.csv"' in response["Content-Disposition"]
    assert Entry.objects.filter(action="journal.download").exists()


def test_another_office_sees_neither_message_nor_finding(
    browse: Callable[..., Client], officer: Callable[..., User], handed_in: Callable[..., Message]
) -> None:
    owner = officer("intake_clerk", offices=["P1"])
    message = handed_in(HALF, name="half.csv", by=owner)
    assert message.office == "P1"
    for who, sees in ((owner, True), (officer("intake_clerk", offices=["P2"]), False)):
        client = browse(who)
        assert ("half.csv" in text_of(client, "messages")) == sees
        assert ("half.csv" in text_of(client, "quarantine")) == sees
        assert ("half.csv" in text_of(client, "messages_sheet")) == sees
        assert ("heavy" in text_of(client, "quarantine_sheet")) == sees
        for name in ("message", "moving", "raw", "columns"):
            status = client.get(reverse(f"intake:{name}", args=[message.pk])).status_code
            assert (status == 200) == sees, name
        assert (client.post(reverse("intake:again", args=[message.pk])).status_code == 302) == sees


def test_national_messages_are_hidden_from_an_office(
    browse: Callable[..., Client], officer: Callable[..., User], handed_in: Callable[..., Message]
) -> None:
    handed_in(GOOD, name="national.csv")
    assert "national.csv" not in text_of(browse("intake_clerk", offices=["P1"]), "messages")
    assert "national.csv" in text_of(browse("analyst", national=True), "messages")


def upload(client: Client, *files: tuple[str, str], **more: str) -> object:
    sent = [SimpleUploadedFile(name, text.encode()) for name, text in files]
    return client.post(
        reverse("intake:upload"), {"messages": sent, "stream": "declarations", **more}, follow=True
    )


def test_several_files_are_handed_in_at_once(
    browse: Callable[..., Client], clerk: User, read_waiting: Callable[[], None]
) -> None:
    client = browse(clerk)
    response = upload(client, ("a.csv", GOOD), ("b.csv", HALF), sender="Broker")
    assert b"2 files are safe" in response.content
    assert Job.objects.filter(kind="intake.record").count() == 2
    read_waiting()
    assert list(Message.objects.order_by("name").values_list("name", "sender", "accepted")) == [
        ("a.csv", "Broker", 2),
        ("b.csv", "Broker", 1),
    ]


def test_the_same_file_again_is_said_and_not_read_again(
    browse: Callable[..., Client], clerk: User, read_waiting: Callable[[], None]
) -> None:
    client = browse(clerk)
    upload(client, ("a.csv", GOOD))
    read_waiting()
    response = upload(client, ("other-name.csv", GOOD))
    assert b"was received before" in response.content
    assert Message.objects.count() == 1
    assert Job.objects.filter(kind="intake.record").count() == 1


def test_nothing_chosen_is_an_error_and_an_empty_file_is_explained(
    browse: Callable[..., Client], clerk: User, read_waiting: Callable[[], None]
) -> None:
    client = browse(clerk)
    response = client.post(reverse("intake:upload"), {"stream": "declarations"})
    assert response.status_code == 400
    assert b"There is a problem" in response.content
    upload(client, ("empty.csv", ""))
    read_waiting()
    message = Message.objects.get()
    assert "The file is empty" in text_of(client, "message", message.pk)


def test_names_of_uploaded_files_are_no_paths(browse: Callable[..., Client], clerk: User) -> None:
    upload(browse(clerk), ("..\\..\\x<b>.csv", GOOD))
    assert Message.objects.get().name == "x<b>.csv"


def test_who_may_only_read_may_not_hand_in_or_read_again(
    browse: Callable[..., Client], handed_in: Callable[..., Message]
) -> None:
    message = handed_in(HALF)
    client = browse("analyst", national=True)
    assert client.get(reverse("intake:message", args=[message.pk])).status_code == 200
    assert client.get(reverse("intake:upload")).status_code == 403
    assert client.post(reverse("intake:again", args=[message.pk])).status_code == 403
    assert client.post(reverse("intake:quarantine_again"), {"all": "1"}).status_code == 403
    assert client.get(reverse("intake:columns", args=[message.pk])).status_code == 403


def test_reading_again_resolves_what_can_be_read_now(
    browse: Callable[..., Client],
    clerk: User,
    handed_in: Callable[..., Message],
    read_waiting: Callable[[], None],
) -> None:
    message = handed_in(HALF)
    client = browse(clerk)
    client.post(reverse("intake:again", args=[message.pk]), {"mapping": "="})
    message.refresh_from_db()
    assert (message.state, message.attempt) == ("received", 2)
    assert "hx-get" in text_of(client, "message", message.pk)
    assert list(text_of(client, "running"))
    read_waiting()
    message.refresh_from_db()
    assert (message.accepted, message.duplicates, message.quarantined) == (0, 1, 1)
    assert message.findings.filter(resolved_at=None).count() == 1


def test_the_quarantine_is_filtered_exported_and_read_again(
    browse: Callable[..., Client], clerk: User, handed_in: Callable[..., Message]
) -> None:
    half = handed_in(HALF, name="half.csv", sender="Alpha")
    handed_in("<Declaration><ID><INSERTEORIHERE></ID></Declaration>", name="x.xml", sender="Beta")
    client = browse(clerk)
    page = text_of(client, "quarantine")
    assert "INSERTEORIHERE" in page
    assert "half.csv" in page
    assert "half.csv" not in text_of(client, "quarantine", code="xml_placeholder")
    assert "x.xml" not in text_of(client, "quarantine", sender="Alpha")
    assert "x.xml" not in text_of(client, "quarantine", q="heavy")
    rows = list(csv.DictReader(io.StringIO(text_of(client, "quarantine_sheet").lstrip("\ufeff"))))
    assert {row["code"] for row in rows} == {"number_unreadable", "xml_placeholder"}
    client.post(reverse("intake:quarantine_again"), {"message": [str(half.pk), "x", "999"]})
    states = dict(Message.objects.values_list("name", "state"))
    assert states == {"half.csv": "received", "x.xml": "quarantined"}
    client.post(reverse("intake:quarantine_again"), {"all": "1"})
    assert set(Message.objects.values_list("state", flat=True)) == {"received"}
    assert Job.objects.filter(kind="intake.record").count() == 2


def test_an_unknown_header_leads_to_the_columns_page(
    browse: Callable[..., Client], clerk: User, handed_in: Callable[..., Message]
) -> None:
    message = handed_in(UNKNOWN)
    page = text_of(browse(clerk), "message", message.pk)
    assert reverse("intake:columns", args=[message.pk]) in page


def test_pages_stand_up_to_nonsense(
    browse: Callable[..., Client], clerk: User, handed_in: Callable[..., Message]
) -> None:
    handed_in(HALF)
    client = browse(clerk)
    for name in ("messages", "quarantine", "mappings"):
        text_of(client, name, sort="x; drop", page="-1", since="never", state="x", code="'")
    assert client.get(reverse("intake:message", args=[10**9])).status_code == 404
