"""From an unknown table to a saved mapping, and changing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.desks.intake.conftest import GOOD, UNKNOWN
from tidewaiter.desks.intake.models import MappingVersion
from tidewaiter.engine.messages.tabular.mapping_file import parse
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from django.test import Client

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.journal.models import Message

pytestmark = pytest.mark.django_db

FILLED = {
    "target-0": "declaration_id",
    "target-1": "declaration_date",
    "target-2": "hs",
    "target-3": "net_mass",
    "factor-3": "1000",
    "name": "broker c",
    "constant-currency": "EUR",
    "decimal": ",",
}


@pytest.fixture
def message(handed_in: Callable[..., Message]) -> Message:
    return handed_in(UNKNOWN, sender="Broker C")


@pytest.fixture
def client(browse: Callable[..., Client], clerk: User) -> Client:
    return browse(clerk)


def fill_in(client: Client, message: Message, do: str = "save", **changes: str) -> HttpResponse:
    url = reverse("intake:columns", args=[message.pk])
    return client.post(url, FILLED | {"do": do} | changes)


def test_the_page_proposes_what_names_and_contents_say(client: Client, message: Message) -> None:
    page = client.get(reverse("intake:columns", args=[message.pk])).content.decode()
    assert "85044030" in page
    for target in ("declaration_id", "declaration_date", "hs"):
        assert f'<option value="{target}" selected>' in page
    assert "a guess: please check" in page


def test_a_confirmed_mapping_is_saved_and_the_file_is_read(
    client: Client, message: Message, read_waiting: Callable[[], None]
) -> None:
    response = fill_in(client, message)
    assert response.status_code == 302
    saved = MappingVersion.objects.get()
    assert (saved.name, saved.version) == ("broker c", 1)
    read_waiting()
    message.refresh_from_db()
    assert (message.state, message.accepted) == ("recorded", 2)
    rows = lake().current(DECLARATIONS).sort("declaration_id").collect()
    assert rows.select("declaration_id", "net_mass", "currency").rows() == [
        ("C1", 1500.0, "EUR"),
        ("C2", 2250.0, "EUR"),
    ]


def test_the_next_file_with_these_columns_is_recognised(
    client: Client, message: Message, handed_in: Callable[..., Message]
) -> None:
    fill_in(client, message)
    other = handed_in(UNKNOWN.replace("C1", "D1").replace("C2", "D2"), name="next.csv")
    assert (other.state, other.accepted) == ("recorded", 2)


def test_trying_writes_nothing(client: Client, message: Message) -> None:
    response = fill_in(client, message, do="try", **{"target-2": "description", "target-3": "hs"})
    page = response.content.decode()
    assert "0 of the first 2 records can be read" in page
    assert "is not a commodity code" in page
    good = fill_in(client, message, do="try").content.decode()
    assert "2 of the first 2 records can be read" in good
    assert "1500.0" in good
    assert not MappingVersion.objects.exists()
    message.refresh_from_db()
    assert message.state == "quarantined"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target-2": ""}, "Choose the column that holds: Commodity code"),
        ({"target-3": "hs"}, "Another column fills this field already"),
        ({"factor-3": "many"}, "The factor is a number"),
        ({"values-3": "no sign"}, "written = meant"),
        ({"target-3": "nonsense"}, "There is no such field"),
        ({"name": " "}, "Give the mapping a name"),
        ({"name": "a/b"}, "has no slash"),
    ],
)
def test_a_wrong_mapping_is_refused_with_reasons(
    client: Client, message: Message, changes: dict[str, str], said: str
) -> None:
    response = fill_in(client, message, **changes)
    assert response.status_code == 400
    assert said in response.content.decode()
    assert not MappingVersion.objects.exists()


def test_a_wrong_mapping_is_mended_on_the_same_page(
    client: Client, message: Message, read_waiting: Callable[[], None]
) -> None:
    fill_in(client, message, **{"target-2": "description", "target-3": "hs", "factor-3": ""})
    read_waiting()
    message.refresh_from_db()
    assert message.accepted == 0
    page = client.get(reverse("intake:columns", args=[message.pk])).content.decode()
    assert 'value="broker c"' in page
    fill_in(client, message)
    read_waiting()
    message.refresh_from_db()
    assert message.accepted == 2
    assert MappingVersion.objects.count() == 2
    assert message.findings.filter(resolved_at=None).count() == 0


def test_value_lists_and_ignored_columns_are_kept(client: Client, message: Message) -> None:
    fill_in(client, message, **{"target-3": "-", "values-2": "85044030 = 85044090\n\n a = b "})
    mapping = parse(MappingVersion.objects.get().toml)
    assert mapping.ignored == {"Masse"}
    assert mapping.fields["hs"].values == (("85044030", "85044090"), ("a", "b"))


def test_a_message_without_a_table_has_no_columns(
    client: Client, handed_in: Callable[..., Message]
) -> None:
    xml = handed_in("<Declaration><ID>1</ID><TypeCode>IMA</TypeCode></Declaration>")
    assert client.get(reverse("intake:columns", args=[xml.pk])).status_code == 404


def test_a_mapping_is_listed_shown_changed_and_downloaded(client: Client, message: Message) -> None:
    fill_in(client, message)
    assert "broker c" in client.get(reverse("intake:mappings")).content.decode()
    assert "broker c" not in client.get(reverse("intake:mappings"), {"q": "zzz"}).content.decode()
    toml = MappingVersion.objects.get().toml
    save = reverse("intake:mapping_save", args=["broker c"])
    changed = toml.replace("factor = 1000.0", "factor = 1.0")
    assert changed != toml
    assert client.post(save, {"toml": changed}).status_code == 302
    assert MappingVersion.objects.count() == 2
    page = client.get(reverse("intake:mapping", args=["broker c"])).content.decode()
    assert "Version 1" in page
    old = client.get(reverse("intake:mapping_download", args=["broker c", 1])).content.decode()
    assert old == toml
    sheet = b"".join(client.get(reverse("intake:mappings_sheet"))).decode()
    assert "broker c,2,hs,Warennummer" in sheet


@pytest.mark.parametrize(
    ("toml", "said"),
    [("name = ", "not TOML"), ('name = "other"', "needs a column"), ("", "no name")],
)
def test_a_broken_text_is_refused_and_stays_on_the_page(
    client: Client, message: Message, toml: str, said: str
) -> None:
    fill_in(client, message)
    response = client.post(reverse("intake:mapping_save", args=["broker c"]), {"toml": toml})
    assert response.status_code == 400
    assert said in response.content.decode()
    assert MappingVersion.objects.count() == 1


def test_a_mapping_keeps_its_name(client: Client, message: Message) -> None:
    fill_in(client, message)
    toml = MappingVersion.objects.get().toml.replace("broker c", "stolen")
    response = client.post(reverse("intake:mapping_save", args=["broker c"]), {"toml": toml})
    assert b"must stay broker c" in response.content


def test_a_saved_mapping_is_chosen_at_upload(
    client: Client, message: Message, handed_in: Callable[..., Message]
) -> None:
    fill_in(client, message)
    page = client.get(reverse("intake:upload")).content.decode()
    assert '<option value="broker c">' in page
    assert handed_in(GOOD).accepted == 2
