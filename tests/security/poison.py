"""Hostile text in everything that can be filled: by brokers into the lake, by officers into tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, Concat

from tests.fixtures.traffic import append, assessment, item, selection
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.records.schema import Stream

# What no officer and no broker writes freely: words of the house itself, keys, names with a check
# of their own, and texts that are read as data before they are shown.
OURS = {
    "accounts.User": {"username"},
    "accounts.Office": {"code"},
    "jobs.Job": {"kind", "worker", "office"},
    "jobs.Schedule": {"kind", "cron"},
    "intake.MappingVersion": {"toml", "name"},
    "intake.Waiting": {"office"},
    "journal.Message": {"stream", "office"},
    "journal.Quarantined": {"severity", "code", "office"},
    "control.ControlOrder": {"control", "currency", "office", "declaration_id"},
    "control.ControlResult": {"currency"},
    "control.Capacity": {"control", "office"},
    "performance.ComplianceReport": {"language"},
    "targeting.PolicyVersion": {"content"},
    "targeting.RiskModelVersion": {"code"},
    "targeting.RiskProfile": {"code", "pending", "offices", "lane", "risk_area"},
    "targeting.ProfileEvent": {"what"},
    "targeting.RiskList": {"name"},
    "targeting.Study": {"offices"},
    "targeting.Override": {"declaration_id", "office", "lane_before", "lane", "selected_before"},
    "vault.Stored": {"media_type"},
}
# Names under which JSON holds what somebody wrote.
WRITTEN = {
    "title", "reason", "description", "importer", "note", "remark", "legal_basis", "change",
    "declaration_id", "value", "text", "instructions", "hs", "origin",
}  # fmt: skip
HOUSE = ("accounts", "intake", "control", "targeting", "performance", "jobs", "journal", "vault")


def poison_tables(text: str) -> int:
    """Write `text` into every free text of every row; the number of columns written."""
    columns = 0
    for model, field in free_texts():
        room = field.max_length or 10_000
        if field.unique:
            number = Cast("pk", models.CharField())
            given = Concat(Value(text[: room - 20]), number, output_field=models.CharField())
        else:
            given = Value(text[:room])
        columns += bool(model._base_manager.update(**{field.name: given}))
    return columns + sum(_poison_json(text))


def _poison_json(text: str) -> Iterator[int]:
    for model in apps.get_models():
        fields = [f.name for f in model._meta.concrete_fields if isinstance(f, models.JSONField)]
        if model._meta.app_label not in HOUSE or not fields:
            continue
        for row in model._base_manager.all():
            for name in fields:
                before = getattr(row, name)
                setattr(row, name, _written(before, text))
                yield before != getattr(row, name)
            row.save(update_fields=fields)


def _written(value: object, text: str, name: str = "") -> object:
    if isinstance(value, dict):
        return {key: _written(inner, text, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner, text, name) for inner in value]
    return text if isinstance(value, str) and name in WRITTEN else value


def free_texts() -> Iterator[tuple[type[models.Model], models.Field]]:
    for model in apps.get_models():
        if model._meta.app_label in HOUSE:
            for field in model._meta.concrete_fields:
                if _free(model, field):
                    yield model, field


def _free(model: type[models.Model], field: models.Field) -> bool:
    if not isinstance(field, models.CharField | models.TextField) or field.primary_key:
        return False
    secret = field.max_length == 64 or field.name in ("password", "prefix", "secret_hash")
    return not (field.choices or secret or field.name in OURS.get(model._meta.label, ()))


# Columns by which pages find, count and colour a declaration; the rest is the broker's own text.
KEYS = {
    "declaration_id", "item_no", "declaration_date", "office", "importer", "hs", "hs6", "currency",
    "function", "lane", "selected_by", "risk_area", "run_id", "key", "month", "extra", "reasons",
    "reason", "controls", "profiles", "not_evaluable",
}  # fmt: skip


def _filled(stream: Stream, row: dict[str, object], text: str) -> dict[str, object]:
    said = {
        field.name: [text] if field.kind == "texts" else text
        for field in stream.fields
        if field.kind in ("text", "code", "texts") and field.name not in KEYS
    }
    return row | said


def declare_poison(office: str, text: str) -> str:
    """A declaration whose broker wrote `text` wherever he may write; its id is hostile as well."""
    number = f"26XT7777{text}"
    plain = item(7777, office=office, importer=f"IMP{text}")
    because = {"code": "profile:P", "weight": 1, "facts": {"reason": f"{text} {{v}}", "v": text}}
    rows = {
        DECLARATIONS: plain,
        ASSESSMENTS: assessment(plain, reasons=json.dumps([because])),
        SELECTIONS: selection(plain, lane="red", reason=json.dumps(because)),
    }
    for stream, row in rows.items():
        told = _filled(stream, row, text) | {"declaration_id": number}
        append(stream, [told], f"hostile {stream.name}")
    return number
