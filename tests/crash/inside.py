"""What is done and asked inside a house: setting it up, whether it has settled, what it holds.

inside.py init              as the command does
inside.py furnish           people, a token, sessions, a profile; says how to come in
inside.py settled SECONDS   waits until nothing acknowledged waits any more
inside.py tell FILE         what it holds of what was acknowledged, and what verification says
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

django.setup()

import polars as pl  # noqa: E402  after Django
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from tidewaiter.cli.main import main  # noqa: E402
from tidewaiter.desks.control.models import ControlOrder, ControlResult, Photograph  # noqa: E402
from tidewaiter.desks.intake.models import Flush, Waiting  # noqa: E402
from tidewaiter.desks.targeting.actions.lists import create_list  # noqa: E402
from tidewaiter.desks.targeting.actions.profiles import import_profiles  # noqa: E402
from tidewaiter.desks.targeting.actions.verify import verify_house  # noqa: E402
from tidewaiter.desks.targeting.models import ListValue, ProfileVersion  # noqa: E402
from tidewaiter.engine.records import DECLARATIONS  # noqa: E402
from tidewaiter.engine.risk.profiles import Profile, write_profiles  # noqa: E402
from tidewaiter.platform.accounts.actions import (  # noqa: E402
    Person,
    Rights,
    create_user,
    save_office,
)
from tidewaiter.platform.accounts.models import User  # noqa: E402
from tidewaiter.platform.accounts.tokens import Grant, issue_token  # noqa: E402
from tidewaiter.platform.jobs.models import Job, Schedule  # noqa: E402
from tidewaiter.platform.journal.models import Message  # noqa: E402
from tidewaiter.platform.ledger.models import Entry  # noqa: E402
from tidewaiter.platform.lock import Taken, only_one  # noqa: E402
from tidewaiter.platform.seals.actions import seal_all  # noqa: E402
from tidewaiter.platform.seals.models import Intention  # noqa: E402
from tidewaiter.platform.store import lake  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

OFFICE = "XT001"
PEOPLE = {
    "inspector1": ("inspector", False), "inspector2": ("inspector", False),
    "supervisor": ("supervisor", True), "targeting": ("targeting_officer", True),
    "approver": ("profile_approver", True), "keeper": ("administrator", True),
}  # fmt: skip
SOON = "* * * * *"  # what else would be settled after ten minutes


def init() -> str:
    main(["init", "--json"], standalone_mode=False)
    return ""


def furnish() -> dict[str, Any]:
    operator = User.objects.get(username="operator")
    save_office(None, code=OFFICE, name="Harbour")
    create_list(operator, name="watched")
    every = Profile(
        "CRASH", "All", "description = 'goods for sale'", reason="all", lane="red", mandatory=True
    )
    path = Path(settings.HOME) / "scratch.toml"
    path.write_text(write_profiles([every]), "utf-8")
    assert not import_profiles(operator, [path], approve=True).problems
    path.unlink()
    broker = create_user(
        None, "broker", Person(), Rights(frozenset({"machine"}), frozenset(), national=True)
    )
    later = timezone.now() + timedelta(days=1)
    _, token = issue_token(None, broker, "crash", later, Grant(("intake.submit",)))
    Schedule.objects.filter(name="intake.settle").update(cron=SOON, next_at=timezone.now())
    return {"token": token, "sessions": {name: _session(name) for name in PEOPLE}}


def _session(name: str) -> str:
    role, national = PEOPLE[name]
    offices = frozenset() if national else frozenset({OFFICE})
    user = create_user(None, name, Person(), Rights(frozenset({role}), offices, national=national))
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def settled(seconds: str) -> dict[str, int]:
    """What still waits after so many seconds, by kind; empty as soon as nothing does."""
    until = time.monotonic() + float(seconds)
    while (waits := _waits()) and time.monotonic() < until:
        time.sleep(1)
    return waits


def _waits() -> dict[str, int]:
    told = {
        "received": Message.objects.filter(state=Message.State.RECEIVED).count(),
        "waiting": Waiting.objects.filter(flush=None).count(),
        "flushes": Flush.objects.filter(done_at=None).count(),
        "jobs": Job.objects.unfinished().exclude(kind="intake.settle").count(),
    }
    return {name: count for name, count in told.items() if count}


def tell(path: str) -> dict[str, Any]:
    """`path`: a file of what was acknowledged: kind → identities."""
    seal_all()
    wanted: dict[str, list[Any]] = json.loads(Path(path).read_text())
    held = {kind: Counter(HELD[kind]()) for kind in wanted}
    missing = {kind: [one for one in wanted[kind] if not held[kind][one]] for kind in wanted}
    doubled = {kind: [one for one, n in held[kind].items() if n > 1] for kind in held}
    checks = {
        line.check: (line.ok, line.said)
        for line in verify_house(User.objects.get(username="operator"))
    }
    return {
        "missing": {kind: ones for kind, ones in missing.items() if ones},
        "doubled": {kind: ones for kind, ones in doubled.items() if ones},
        "checks": {name: said for name, (ok, said) in checks.items() if not ok},
        "intentions": Intention.objects.count(),
        "locks": _locks(),
        "failed jobs": list(
            Job.objects.filter(state=Job.State.FAILED).values_list("kind", "error")
        ),
    }


def _declared() -> list[str]:
    rows = lake().scan(DECLARATIONS).filter(pl.col("item_no") == 1).select("declaration_id")
    return rows.collect()["declaration_id"].to_list()


def _entries(action: str, field: str) -> Iterable[str]:
    found = Entry.objects.filter(action=action).values_list("detail", flat=True)
    return (str(detail.get(field)) for detail in found)


HELD = {
    "declared": _declared,
    "journal": lambda: Message.objects.values_list("sha256", flat=True),
    "message": lambda: Message.objects.exclude(settled_at=None).values_list("pk", flat=True),
    "order": lambda: ControlOrder.objects.values_list("declaration_id", flat=True),
    "photograph": lambda: (str(pk) for pk in Photograph.objects.values_list("pk", flat=True)),
    "result": lambda: (str(pk) for pk in ControlResult.objects.values_list("pk", flat=True)),
    "result in the ledger": lambda: _entries("control.result", "finding"),
    "value": lambda: ListValue.objects.in_force().values_list("value", flat=True),
    "profile": lambda: ProfileVersion.objects.filter(state="proposed").values_list(
        "profile__code", flat=True
    ),
}  # fmt: skip


def _locks() -> list[str]:
    """Locks that somebody holds, though nobody is there."""
    found = []
    for path in (Path(settings.HOME) / "locks").iterdir():
        try:
            with only_one(path.name, wait=False):
                pass
        except Taken:
            found.append(path.name)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT locktype || ' ' || mode FROM pg_locks WHERE pid <> pg_backend_pid()"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            found += [row[0] for row in cursor.fetchall()]
    return found


if __name__ == "__main__":
    print(
        json.dumps(
            {"init": init, "furnish": furnish, "settled": settled, "tell": tell}[sys.argv[1]](
                *sys.argv[2:]
            )
        )
    )
