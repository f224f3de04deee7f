"""A house in which persons left their traces everywhere, and a search for these in all its stores."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import polars as pl
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tidewaiter.desks.control.models import ControlOrder, ControlResult, ResultLine
from tidewaiter.desks.intake.actions import record_message, submit
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.past import keep_past
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.models import ListValue, Override, RiskList
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.journal.models import Message, Quarantined

# Everything of it is due, and no original is to be destroyed yet.
LONG_AGO = datetime(timezone.now().year - 6, 3, 5, tzinfo=UTC)
PLANTED = {
    "importer": "QXIMP00771", "importer_name": "Zebulon Quimby-Ofori",
    "exporter_name": "Yolanda Xiquan Trading", "declarant": "QXDEC00813",
    "declarant_name": "Wendeline Vrabcova", "seller": "QXSEL00415",
}  # fmt: skip
RECENT = "Tiberius Ungemach"
NOTED = "Hortensia Zwingli"  # in remarks of officers and in the quarantine
ELSEWHERE = "Persephone Ybarra"  # among what else was declared
PROFILE = Profile(
    code="NAMED", title="Named", condition="hs LIKE '6109%'", mandatory=True, lane="red",
    reason="Shirts of {importer_name}.",
)  # fmt: skip


def told(number: str, day: datetime, **header: object) -> bytes:
    item = {"item_no": 1, "hs": "610910", "origin": "CN", "net_mass": 10.0, "customs_value": 90.0}
    known = {
        "declaration_id": number, "declaration_date": day.date().isoformat(), "office": "A",
        "currency": "EUR", "function": "original", "items": [item],
    }  # fmt: skip
    return orjson.dumps(known | header)


def hand_in(operator, body: bytes, received_at: datetime) -> Message:
    message = record_message(submit(operator, io.BytesIO(body), name="declaration.json"))
    Message.objects.filter(pk=message.pk).update(received_at=received_at)
    message.refresh_from_db()
    return message


def live(operator) -> None:
    """Two declarations of long ago by the same importer, one of last week by another."""
    for number in ("OLD1", "OLD2"):
        hand_in(operator, told(number, LONG_AGO, **PLANTED, tailor=ELSEWHERE), LONG_AGO)
    now = timezone.now() - timedelta(days=7)
    hand_in(operator, told("NEW1", now, importer="IMP2", importer_name=RECENT), now)
    assess_window(operator, None, None)
    select_days(operator)
    ControlOrder.objects.update(state="cancelled")  # an open one would hold its declaration
    plant_remarks(operator)
    keep_past(LONG_AGO.date(), LONG_AGO.date())


def plant_remarks(operator) -> None:
    """What officers wrote about the controls of OLD1 and OLD2, and what was kept out."""
    for order in ControlOrder.objects.filter(declaration_id__startswith="OLD"):
        order.remark = f"{NOTED} was there"
        order.save(update_fields=["remark"])
        told = ControlResult.objects.create(
            id=uuid.uuid4(), order=order, revision=1, found=True, revenue=0, currency="EUR",
            minutes=5, notes=f"{NOTED} said so", device_time=LONG_AGO, recorded_by=operator,
            recorded_at=LONG_AGO, position={"latitude": 1.23456789, "longitude": 2, "accuracy": 5},
        )  # fmt: skip
        ResultLine.objects.create(
            result=told, risk_area="drugs", found=True, severity=1, description=f"of {NOTED}"
        )
    ControlOrder.objects.update(raised_at=LONG_AGO)
    message = Message.objects.order_by("pk").first()
    Quarantined.objects.create(
        message=message, place="row 2", code="number_unreadable", record=f"importer_name={NOTED}",
        parameters={"value": NOTED, "column": "hs"},
    )  # fmt: skip
    Override.objects.create(
        declaration_id="OLD1", declaration_date=LONG_AGO, lane_before="red", selected_before="value",
        lane="green", reason=f"{NOTED} is known", state="refused", proposed_by=operator,
    )  # fmt: skip
    Override.objects.update(proposed_at=LONG_AGO)
    Proposal.objects.create(
        kind="override", subject="OLD1", reason=f"{NOTED} is known", state="withdrawn",
        proposed_by=operator, proposed_at=LONG_AGO, expires_at=LONG_AGO,
    )  # fmt: skip
    watched = RiskList.objects.create(name="watched")
    for removed_at in (LONG_AGO, None):
        ListValue.objects.create(
            risk_list=watched, value=PLANTED["importer"] if removed_at else "STILL-THERE",
            note=NOTED if removed_at else "", added_by=operator, removed_at=removed_at,
        )  # fmt: skip


def traces(*words: str) -> list[str]:
    """Where any of the words stands: every file of the home folder, its own or that of the tests'
    database, and every row of every table as text."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = []
    for path in _files():
        content = path.read_bytes()
        found += [f"{path}: {word}" for word in words if word.encode() in content]
        text = _unpacked(path)
        found += [f"{path}: {word}" for word in words if word in text]
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  our own tables
            text = repr([[_plain(value) for value in row] for row in cursor.fetchall()])
        found += [f"{table}: {word}" for word in words if word in text]
    return found


def _files() -> list[Path]:
    database = Path(str(connection.settings_dict["NAME"]))
    files = [path for path in Path(settings.HOME).rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        files += [path for path in database.parent.glob(f"{database.name}*") if path.is_file()]
    return files


def _unpacked(path: Path) -> str:
    """What compressed files say, and what the statistics of Parquet quote."""
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        return f"{file.read().to_pydict()} {file.metadata.to_dict()}"
    if path.suffix == ".arrow":
        return str(pl.read_ipc(path.read_bytes()).to_dict(as_series=False))
    return ""


def _plain(value: object) -> object:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else value
