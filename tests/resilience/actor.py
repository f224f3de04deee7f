"""A process that does what it is told, one JSON command a line, until it is killed.

It says `ready` once everything is imported, `begun` when it begins, and `done` or `failed`.
"""

from __future__ import annotations

import base64
import json
import sys
import traceback
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import django

django.setup()

import polars as pl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from tidewaiter.desks.control import actions as control
from tidewaiter.desks.control.content import Content, Line
from tidewaiter.desks.control.models import Assignment, ControlOrder, ControlResult, Photograph
from tidewaiter.desks.intake.actions import record_message, settle_journal, submit
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.actions.verify import verify_house
from tidewaiter.engine.records import STREAMS
from tidewaiter.platform.accounts.actions import Person, Rights, create_user, save_office
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.store import lake

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def operator() -> User:
    return User.objects.get(username="operator")


def init() -> None:
    call_command("migrate", verbosity=0)
    create_user(
        None, "operator", Person(), Rights(frozenset({"operator"}), frozenset(), national=True)
    )


def intake(path: str) -> None:
    settle_journal()
    with Path(path).open("rb") as file:
        message = submit(operator(), file, name=Path(path).name)
    record_message(message)


def assess() -> None:
    assess_window(operator(), None, None)


def select() -> None:
    select_days(operator())


def staff() -> None:
    """Inspectors and a supervisor at each office that has orders, and the orders drawn."""
    for office in set(ControlOrder.objects.values_list("office", flat=True)):
        save_office(None, code=office, name="")
        rights = Rights(frozenset({"inspector"}), frozenset({office}))
        create_user(None, f"inspector-{office}", Person(), rights)
    rights = Rights(frozenset({"supervisor"}), frozenset(), national=True)
    control.assign_waiting(create_user(None, "supervisor", Person(), rights))


def result(number: str, identity: str) -> None:
    """Send one result with a photograph, as a phone would that sends until it is answered."""
    assignment = Assignment.objects.select_related("order", "inspector").order_by("pk")[int(number)]
    shot = UUID(int=UUID(identity).int ^ 1)
    control.keep_photograph(
        assignment.inspector, assignment.order_id,
        control.Shot(id=shot, file=SimpleUploadedFile("photo.png", PICTURE, "image/png")),
    )  # fmt: skip
    line = Line("revenue", 1, "undervalued", Decimal("120.50"), (1,))
    content = Content(id=UUID(identity), minutes=12, lines=(line,), photographs=(shot,))
    control.record_result(assignment.inspector, assignment.order_id, content)
    control.publish_outcomes()


def report(path: str) -> None:
    checks = {line.check: line.ok for line in verify_house(operator())}
    counts = {
        stream.name: lake().scan(stream).select(pl.len()).collect().item()
        for stream in STREAMS.values()
    }
    counts |= {"messages": Message.objects.count(), "orders": ControlOrder.objects.count()}
    counts |= {"results": ControlResult.objects.count(), "photographs": Photograph.objects.count()}
    counts["ordered"] = ControlOrder.objects.values("declaration_id").distinct().count()
    Path(path).write_text(json.dumps({"checks": checks, "counts": counts}))


ACTIONS = {
    function.__name__: function
    for function in (init, intake, assess, select, staff, result, report)
}


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        print("begun", flush=True)
        try:
            ACTIONS[command["do"]](*command["with"])
        except Exception:  # noqa: BLE001  told to the test, which fails
            traceback.print_exc()
            print("failed", flush=True)
        else:
            print("done", flush=True)


main()
