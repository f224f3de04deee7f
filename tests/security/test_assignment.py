"""Mass assignment: a form is sent with more fields than it has, named after columns of the house."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from tests.access.factories import FACTORIES, FORMS
from tests.api.test_declarations import declaration
from tests.security.poison import HOUSE
from tests.security.walking import HERE, THERE, Form, all_forms, tried
from tidewaiter.desks.control.forms import PhotographForm, ResultForm
from tidewaiter.desks.intake.actions.flushing import flush_waiting
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.platform.accounts.actions import Rights, rights_of
from tidewaiter.platform.accounts.models import Office, User
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
TEXT, NUMBER, DAY = "canary of a form", 77_123_457, "1901-02-03"
# Names that no column has, but a careless view might read.
MORE = {"actor": TEXT, "by": TEXT, "scope": "national", "is_admin": "1", "permissions": "all"}
# What a form sends besides its fields, and what is no column in the places it is read.
ITS_OWN = {"next", "officer"}
# Columns of a declaration that the house writes itself, and what a message's address may say.
KEPT = {field.name for field in DECLARATIONS.keeping}
SAID = {"name", "sender", "reference"}
# What the phone's forms read if it is there.
OPTIONAL = ResultForm.base_fields.keys() | PhotographForm.base_fields.keys()


def tables() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in HOUSE]


def extras(victim: User) -> dict[str, Any]:
    """A field for every column of the house: an officer, a state, or a value found nowhere."""
    given: dict[str, Any] = dict(MORE)
    for model in tables():
        for field in model._meta.concrete_fields:
            value = _value(field, victim)
            given |= {field.name: value, field.attname: value}
    given |= {"roles": "administrator", "offices": THERE, "groups": "1", "user_permissions": "1"}
    return {name: value for name, value in given.items() if name not in ITS_OWN}


def _value(field: models.Field, victim: User) -> object:
    if isinstance(field, models.ForeignKey):
        return victim.pk if field.related_model is User else NUMBER
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateField):
        return DAY
    if field.choices:
        return field.choices[-1][0]
    texts = models.CharField | models.TextField | models.JSONField | models.BinaryField
    return TEXT if isinstance(field, texts) else NUMBER


def state(victim: User) -> dict[str, Counter]:
    """Who may what, who did what, and how far it is: states, flags, and persons of all tables."""
    kept = {}
    for model in tables():
        for field in model._meta.concrete_fields:
            person = getattr(field, "related_model", None) is User
            if person or field.choices or isinstance(field, models.BooleanField):
                values = model._base_manager.values_list(field.attname, flat=True)
                kept[f"{model._meta.label}.{field.name}"] = Counter(values)
    kept["offices"] = Counter(User.offices.through.objects.values_list("user", "office"))
    return kept


def canaries() -> Iterator[str]:
    for model in (*tables(), Entry):
        for row in model._base_manager.values():
            told = repr(row)
            if any(sign in told for sign in (TEXT, str(NUMBER), DAY, "datetime.date(1901")):
                yield f"{model._meta.label}: {told[:200]}"


def outcome(client, form: Form, more: dict, victim: User) -> tuple[int, dict, list[str]]:
    def act():
        data = {k: v for k, v in more.items() if k not in form.data} | form.data
        answer = client.post(form.url, data)
        return answer.status_code, state(victim), list(canaries())

    return tried(client, act)


@pytest.fixture
def victim(officer) -> User:
    """Somebody of another office, in whose name nothing may happen."""
    return officer("administrator", offices=[THERE], username="victim")


def test_a_form_takes_its_own_fields_only(insider, places, victim):
    """Every form of every page, as a browser sends it, and again with all that it has not."""
    more, wrong, changing = extras(victim), {}, set()
    before = state(victim)
    for form in all_forms(insider, places, "A plain text of some length."):
        status, plain, _none = outcome(insider, form, {}, victim)
        again, loaded, found = outcome(insider, form, more, victim)
        differing = [key for key in plain if loaded[key] != plain[key]]
        if status != again or differing or found:
            wrong[form.view] = (status, again, differing, found)
        if plain != before:
            changing.add(form.view)
    assert wrong == {}
    assert len(changing) > 15, sorted(changing)


def test_the_end_points_of_the_phone_take_their_own_fields_only(insider, victim):
    more = extras(victim)
    fields = {
        "start": {"at": ["2026-11-02T08:00:00Z"]},
        "photograph": FORMS["control:api_photograph"](HERE),
        "result": {"id": [str(uuid.uuid4())], "found": ["no"], "minutes": ["7"]},
    }
    for name, data in fields.items():
        door = f"control:api_{name}"
        url = reverse(door, kwargs=FACTORIES[door].make(HERE, insider.user))
        form = Form(url, data, frozenset())
        status, plain, _none = outcome(insider, form, {}, victim)
        for file in (value for value in data.values() if hasattr(value, "seek")):
            file.seek(0)
        assert status in (200, 201)
        theirs = {k: v for k, v in more.items() if k not in OPTIONAL}
        assert outcome(insider, form, theirs, victim) == (status, plain, []), name


def test_a_document_cannot_say_what_the_house_decides(machine, victim):
    """Lane, score, sender, versions: a declaration that brings them gets the same answer."""
    decided = extras(victim) | {
        "lane": "green", "selected_by": "none", "score": 0.0, "expected_value": 0.0, "controls": [],
        "message": NUMBER, "message_id": NUMBER, "received_at": f"{DAY}T00:00:00Z", "key": NUMBER,
        "version": NUMBER, "month": "1901-02", "content": TEXT, "place": TEXT, "resent": True,
    }  # fmt: skip
    declared = declaration("D1")
    extra = {k: v for k, v in decided.items() if k not in DECLARATIONS.schema or k in KEPT}
    loaded = declaration("D2") | extra
    loaded["items"] = [item | extra for item in declared["items"]]
    answers = [machine("post", "/api/declarations", one).json() for one in (declared, loaded)]
    for answer in answers:
        assert answer.pop("state") == "accepted"
        answer.pop("message"), answer.pop("declaration_id")
    assert answers[0] == answers[1]
    assert {m.submitted_by for m in Message.objects.all()} == {machine.user}
    flush_waiting()
    rows = lake().scan(DECLARATIONS).sort("declaration_id", "item_no").collect()
    assert rows["version"].to_list() == [1, 1, 1, 1]
    assert rows["month"].n_unique() == 1
    own = rows.drop("declaration_id", "key", "received_at", "message_id", "extra", "content")
    assert own[:2].equals(own[2:])
    assert set(rows["message_id"]) == set(Message.objects.values_list("pk", flat=True))


def test_a_message_belongs_to_who_sent_it_whatever_its_address_says(machine, victim):
    asked = urlencode({k: v for k, v in extras(victim).items() if k not in SAID})
    told = machine("post", f"/api/messages?name=a.csv&{asked}", {"a": 1}).json()
    message = Message.objects.get(pk=told["message"])
    assert (message.submitted_by, message.office, message.state) == (machine.user, "A", "received")
    assert (message.attempt, message.resend_of, message.seen_again) == (1, None, 0)
    assert list(canaries()) == []


def test_an_office_administrator_gives_nothing_that_his_form_does_not_offer(officer, fresh):
    """`national` is no field for him, offices of others no choice, and his own rights no page."""
    boss = officer("administrator", offices=[HERE], username="boss")
    clerk = officer("intake_clerk", offices=[HERE])
    elsewhere = Office.objects.get_or_create(code=THERE)[0]
    client = fresh(boss)
    more = {"national": "on", "is_superuser": "on", "is_staff": "on", "username": "boss2"}
    url = reverse("accounts:user", args=[clerk.pk])
    assert client.post(url, more | {"roles": ["analyst"], "offices": [HERE]}).status_code == 302
    clerk = User.objects.get(pk=clerk.pk)
    assert rights_of(clerk) == Rights(frozenset({"analyst"}), frozenset({HERE}), national=False)
    assert [clerk.is_superuser, clerk.is_staff] == [False, False]
    assert clerk.username != "boss2"
    client.post(url, {"roles": ["analyst", "operator"], "offices": [HERE, THERE]})
    client.post(url, {"roles": ["king"], "offices": [HERE]})
    client.post(url, {"roles": ["operator"], "offices": [elsewhere.pk]})
    assert rights_of(User.objects.get(pk=clerk.pk)).roles == {"analyst"}
    own = reverse("accounts:user", args=[boss.pk])
    assert client.post(own, more | {"roles": ["operator"], "offices": [HERE]}).status_code == 403
    assert rights_of(User.objects.get(pk=boss.pk)).roles == {"administrator"}
