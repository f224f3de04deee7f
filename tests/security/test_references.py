"""Insecure direct references beyond those of tests/access: by the content, and by how a refusal
sounds."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from tests.access.factories import FACTORIES
from tests.access.test_matrix import MACHINES, OWNED, holders, sight
from tests.api.test_declarations import declaration
from tests.security.walking import HERE, THERE
from tidewaiter.desks.intake.actions.flushing import flush_waiting
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.journal.models import Message

PURPOSE = "?purpose=declaration&reference=D-117"  # where one is asked for
pytestmark = pytest.mark.django_db
# What differs at each request, and the address that was asked for.
CHANGING = re.compile(r'(csrf[^>]{0,40}?|nonce|value)="[^"]*"|/[\w./%-]*')
NOWHERE = {
    "pk": 987_654_321, "message_id": 987_654_321, "token": 987_654_321, "number": 987_654,
    "declaration_id": "26XT0NOWHERE", "importer": "IMP-NOWHERE", "code": "OF-NOWHERE",
}  # fmt: skip


def nowhere(arguments: dict[str, object]) -> dict[str, object]:
    """The same address of something that nobody ever made."""
    other = {k: v for k, v in arguments.items() if k not in NOWHERE}
    uuid = {"pk": "00000000-0000-4000-8000-000000000000"} if _is_uuid(arguments) else {}
    return other | {k: NOWHERE[k] for k in arguments if k in NOWHERE} | uuid


def _is_uuid(arguments: dict[str, object]) -> bool:
    return hasattr(arguments.get("pk"), "hex") and not isinstance(arguments["pk"], int)


def said(answer) -> tuple[int, str]:
    return answer.status_code, CHANGING.sub("", answer.getvalue().decode())


def test_what_is_hidden_sounds_like_what_never_was(officer, browse):
    """Status and text are the same, so that nobody finds out by asking which numbers are taken."""
    owner = officer(*ROLES, offices=[THERE])
    client = browse(*ROLES, offices=[HERE])
    wrong = []
    for door in OWNED:
        arguments = FACTORIES[door.name].make(THERE, owner)
        for method in (client.get, client.post):
            hidden = said(method(reverse(door.name, kwargs=arguments)))
            never = said(method(reverse(door.name, kwargs=nowhere(arguments))))
            if hidden != never:
                wrong.append((door.name, hidden[0], never[0]))
    assert wrong == []
    assert len(OWNED) > 30
    assert all(holders(door) and sight(door) for door in OWNED)


def test_a_machine_hears_the_same_of_what_is_hidden_and_what_never_was(officer, machine_of):
    machine, owner = machine_of(HERE), officer(*ROLES, offices=[THERE])
    for door in (door for door in MACHINES if door.arguments):
        arguments = FACTORIES[door.name].make(THERE, owner)
        hidden = machine("get", reverse(door.name, kwargs=arguments) + PURPOSE)
        never = machine("get", reverse(door.name, kwargs=nowhere(arguments)) + PURPOSE)
        assert (hidden.status_code, hidden.json()) == (404, never.json()), door


@pytest.mark.parametrize("flushed", [False, True])
def test_the_same_bytes_from_another_office_are_not_answered_with_its_lane(machine_of, flushed):
    """Who has seen a declaration could send it again to hear whether it will be controlled."""
    ours, theirs = machine_of("A"), machine_of("B")
    told = ours("post", "/api/declarations", declaration(office="A")).json()
    assert told["lane"]
    if flushed:
        flush_waiting()
    overheard = theirs("post", "/api/declarations?reference=x", declaration(office="A")).json()
    assert overheard["message"] != told["message"]
    assert not {"lane", "selected_by", "items", "controls"} & overheard.keys()
    assert overheard["resent"] is False
    assert theirs("get", f"/api/messages/{told['message']}").status_code == 404
    again = ours("post", "/api/declarations", declaration(office="A")).json()
    assert (again["message"], again["resent"]) == (told["message"], True)


def test_a_reference_of_another_office_links_to_nothing(machine_of):
    ours, theirs = machine_of("A"), machine_of("B")
    for machine in (ours, theirs):
        machine("post", "/api/messages?sender=broker&reference=7", {"by": machine.user.pk})
    assert set(Message.objects.values_list("resend_of", flat=True)) == {None}
