"""Masking rows of the database, some hundred at a time: the value sealed and replaced in one
transaction, so that a run may end anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast

from tidewaiter.engine.records.masking import facts_masked
from tidewaiter.platform.privacy.models import Kept
from tidewaiter.platform.privacy.originals import seal_value
from tidewaiter.platform.privacy.tokens import MASKED, replacing

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

    from tidewaiter.engine.records.masking import Token
    from tidewaiter.platform.jobs.steps import Steps
    from tidewaiter.platform.privacy.schedule import Line
    from tidewaiter.platform.privacy.stores import Store

AT_ONCE = 500
ROW = "privacy_row"


def due_rows(store: Store, line: Line, today: date) -> QuerySet[Any]:
    """Rows whose field is due and says something still."""
    until = line.rule.masked_until(today)
    if until is None:
        return store.model._base_manager.none()  # noqa: SLF001  documented
    done = Kept.objects.filter(store=store.name, field=line.field, row=OuterRef(ROW))
    return numbered(store).filter(_of_day(store, until), ~_empty(store, line.field), ~Exists(done))


def numbered(store: Store) -> QuerySet[Any]:
    """All rows, with their key as text (ROW)."""
    rows = store.model._base_manager  # noqa: SLF001  documented
    return rows.annotate(**{ROW: Cast("pk", models.CharField(max_length=64))})


def _of_day(store: Store, until: date) -> Q:
    field: Any = store.model._meta  # noqa: SLF001
    for part in store.day.split("__"):
        found = field.get_field(part)
        field = found.related_model._meta if found.related_model else found  # noqa: SLF001
    look_up = (
        f"{store.day}__date__lte"
        if isinstance(field, models.DateTimeField)
        else f"{store.day}__lte"
    )
    return Q(**{look_up: until})


def _empty(store: Store, field: str) -> Q:
    of = store.model._meta.get_field(field)  # noqa: SLF001
    nothing = Q(**{f"{field}__isnull": True})
    if isinstance(of, models.JSONField):
        return nothing | Q(**{field: []}) | Q(**{field: {}})
    if isinstance(of, models.BinaryField):
        return nothing | Q(**{field: b""})
    return nothing | Q(**{field: ""})


def held_rows(store: Store, held: frozenset[str]) -> Q:
    if not store.declaration or not held:
        return Q(pk__in=[])
    return Q(**{f"{store.declaration}__in": sorted(held)})


def mask_field(
    store: Store, line: Line, held: frozenset[str], today: date, at: datetime, watch: Steps
) -> int:
    """Mask what is due of a field; how many rows."""
    token, masked = replacing(link=line.rule.link), 0
    while True:
        watch.check()
        rows = list(
            due_rows(store, line, today).exclude(held_rows(store, held)).order_by("pk")[:AT_ONCE]
        )
        if not rows:
            return masked
        with transaction.atomic():
            for row in rows:
                _mask(store, line, row, token, at)
        masked += len(rows)
        watch.update(masked, None, f"{store.name} {line.field}")


def _mask(store: Store, line: Line, row: Any, token: Token, at: datetime) -> None:
    value = getattr(row, line.field)
    name = getattr(row, ROW)
    Kept.objects.create(
        store=store.name, row=name, field=line.field, day=_day(store, row), masked_at=at,
        sealed=seal_value(f"{store.name}:{name}:{line.field}", as_text(value)),
    )  # fmt: skip
    # Not through save(): nothing but this field changes, whatever else a desk does when it saves.
    own = store.ways.get(line.field)
    put = {line.field: own(value) if own else replaced(line.kind, value, token)}
    store.model._base_manager.filter(pk=row.pk).update(**put)  # noqa: SLF001


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes | memoryview) else orjson.dumps(value).decode()


def replaced(kind: str, value: Any, token: Token) -> Any:
    """The value without what it says of persons, of the same type."""
    if isinstance(value, str):
        return token(kind, value)
    if isinstance(value, bytes | memoryview):
        return b""
    if kind == "facts":
        return orjson.loads(facts_masked(orjson.dumps(value).decode(), token))
    return _silent(value)


def _silent(value: Any) -> Any:
    """JSON of the same shape, with all texts masked."""
    if isinstance(value, dict):
        return {name: _silent(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_silent(one) for one in value]
    return MASKED if isinstance(value, str) else value


def _day(store: Store, row: Any) -> date:
    for part in store.day.split("__"):
        row = getattr(row, part)
    return row.date() if hasattr(row, "date") else row
