"""A house at work, as a process: receives messages and writes them into the lake until it is ended.

busy_house.py work                 journal row, commit to the lake, journal row marked; again and again
busy_house.py tell                 what journal, lake and vault hold, with a digest of each table
busy_house.py moments REPOSITORY   work, settle, back up, tell; three times
busy_house.py restored ARGUMENT…   restore with these arguments, settle, tell
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.site.settings"
django.setup()

import polars as pl  # noqa: E402  after Django
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from tidewaiter.cli.main import main  # noqa: E402
from tidewaiter.engine.records import STREAMS  # noqa: E402
from tidewaiter.engine.records.lake import record_key  # noqa: E402
from tidewaiter.engine.records.streams import OUTCOMES  # noqa: E402
from tidewaiter.platform.accounts.models import User  # noqa: E402
from tidewaiter.platform.backup.keys import house_key  # noqa: E402
from tidewaiter.platform.backup.making import make_backup  # noqa: E402
from tidewaiter.platform.backup.repository import Repository  # noqa: E402
from tidewaiter.platform.journal.models import Message  # noqa: E402
from tidewaiter.platform.journal.spool import spool  # noqa: E402
from tidewaiter.platform.ledger.actions import record  # noqa: E402
from tidewaiter.platform.ledger.verify import verify  # noqa: E402
from tidewaiter.platform.store import lake  # noqa: E402
from tidewaiter.platform.vault.actions import open_verified, store  # noqa: E402
from tidewaiter.platform.vault.models import Stored  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable


def receive(officer: User, number: int) -> Message:
    store(f"photograph {number}".encode(), officer)
    body = spool(io.BytesIO(str(number).encode()))
    message = Message.objects.create(
        received_at=timezone.now(), sender="broker", reference=str(number), stream="outcomes",
        size=body.size, sha256=body.sha256, submitted_by=officer,
    )  # fmt: skip
    record(officer, "intake.submit", number)
    return message


def keep(message: Message) -> None:
    row = {"declaration_id": message.reference, "month": date(2026, 11, 1), "version": 1}
    frame = pl.DataFrame([row]).with_columns(key=record_key("declaration_id"))
    lake().append(OUTCOMES, [OUTCOMES.conform(frame)], cause=f"message {message.pk}")
    Message.objects.filter(pk=message.pk).update(state=Message.State.RECORDED)


def work() -> None:
    officer = User.objects.create(username="broker")
    for number in range(100_000):
        keep(receive(officer, number))
        print(number, flush=True)


def settle() -> None:
    for message in Message.objects.filter(state=Message.State.RECEIVED):
        keep(message)


def told() -> dict[str, Any]:
    for stored in Stored.objects.all():
        open_verified(stored.sha256).close()
    in_lake = lake().scan(OUTCOMES).select("declaration_id").collect()["declaration_id"]
    return {
        "recorded": list(
            Message.objects.filter(state="recorded").values_list("reference", flat=True)
        ),
        "received": list(Message.objects.values_list("reference", flat=True)),
        "lake": sorted(in_lake.to_list()),
        "tables": {stream: lake().version(STREAMS[stream]) for stream in STREAMS},
        "files": Stored.objects.count(),
        "ledger_sound": verify().sound,
        "rows": rows(),
    }


def tell() -> None:
    print(json.dumps(told()))


def moments(repository: str) -> None:
    officer = User.objects.create(username="broker")
    found = []
    for number in range(6):
        keep(receive(officer, number))
        if number % 2:
            made = make_backup(Repository(Path(repository), house_key()))
            known = {"at": made.backup.made_at.isoformat(), "stored": made.stored / made.bytes}
            found.append(known | {"told": told()})
    print(json.dumps(found))


def restored(*arguments: str) -> None:
    main(["restore", *arguments], standalone_mode=False)
    settle()
    tell()


def rows() -> dict[str, list[Any]]:
    """A digest of each table; of the ledger without the entry that tells of a restore."""
    found = {}
    for table in sorted(connection.introspection.table_names()):
        with connection.cursor() as cursor:
            but = " WHERE action <> 'backup.restore'" if table == "ledger_entry" else ""
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}{but}")  # noqa: S608  its own tables
            lines = sorted(repr(tuple(map(_plain, row))) for row in cursor.fetchall())
        found[table] = [len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()]
    return found


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


COMMANDS: dict[str, Callable[..., None]] = {
    "work": work, "tell": tell, "moments": moments, "restored": restored,
}  # fmt: skip
COMMANDS[sys.argv[1]](*sys.argv[2:])
