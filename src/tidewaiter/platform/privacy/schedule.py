"""The retention schedule: per store and field, after how many days it is masked and its original
destroyed. Shipped in schedule.toml; the administration's own file (TIDEWAITER_RETENTION) says what
differs from it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from tidewaiter.engine.records import STREAMS
from tidewaiter.platform.privacy import messages
from tidewaiter.platform.privacy.stores import STORES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SHIPPED = Path(__file__).with_name("schedule.toml")
KINDS = ("name", "identifier", "text", "facts", "message")
NEVER = "never"
LEAST = 30  # days: nobody can work with less
# Baselines look back two years, and need codes and descriptions as they were declared.
LEAST_IN_LAKE = {"identifier": 760, "text": 760}


class ScheduleError(ValueError):
    """The schedule cannot be used: where, what is wrong, how to mend it."""

    def __init__(self, place: str, what: str, remedy: str) -> None:
        super().__init__(f"{place}: {what}; {remedy}")
        self.place = place


@dataclass(frozen=True, slots=True)
class Rule:
    """`mask`, `delete`: days, None for never. `link`: whether equal values get equal tokens."""

    mask: int | None
    delete: int | None
    link: bool

    def masked_until(self, today: date) -> date | None:
        """What is of this day or earlier is masked."""
        return None if self.mask is None else today - timedelta(days=self.mask)

    def deleted_until(self, today: date) -> date | None:
        return None if self.delete is None else today - timedelta(days=self.delete)


@dataclass(frozen=True, slots=True)
class Line:
    """A field of a store, what of a person it may tell, and its rule."""

    store: str
    field: str
    kind: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Schedule:
    lines: tuple[Line, ...]

    def of(self, store: str) -> dict[str, Line]:
        return {line.field: line for line in self.lines if line.store == store}


def catalogue() -> dict[tuple[str, str], str]:
    """Every field that may tell of a person: (store, field) → kind."""
    found = {
        (stream.name, name): str(field.personal)
        for stream in STREAMS.values()
        for name, field in stream.personal.items()
    }
    found[messages.STORE, messages.FIELD] = "message"
    for store in STORES.values():
        found |= {(store.name, name): kind for name, kind in store.fields.items()}
    return found


def in_force() -> Schedule:
    """Raises ScheduleError."""
    own = settings.RETENTION
    changed = Path(own).stat().st_mtime_ns if own and Path(own).exists() else 0
    return _read(str(own or ""), changed)


@lru_cache(maxsize=4)
def _read(own: str, _changed: int) -> Schedule:
    shipped = tomllib.loads(SHIPPED.read_text("utf-8"))
    if not own:
        return parse(shipped, {})
    place = f"TIDEWAITER_RETENTION ({own})"
    try:
        told = tomllib.loads(Path(own).read_text("utf-8"))
    except OSError as error:
        raise ScheduleError(
            place,
            _("it cannot be read (%(why)s)") % {"why": error.strerror},
            _("name a file that is there"),
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScheduleError(place, str(error), _("mend the file; it is TOML, in UTF-8")) from None
    return parse(shipped, told)


def parse(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> Schedule:
    """The shipped schedule with what differs. Raises ScheduleError."""
    known = catalogue()
    _check_names(own, known)
    lines = []
    for (store, field), kind in known.items():
        told: dict[str, Any] = {}
        for source in (shipped, own):
            told |= source.get("kind", {}).get(kind, {})
        for source in (shipped, own):
            told |= source.get("store", {}).get(store, {}).get(field, {})
        lines.append(Line(store, field, kind, _rule(f"store.{store}.{field}", store, kind, told)))
    return Schedule(tuple(lines))


def _check_names(own: Mapping[str, Any], known: Mapping[tuple[str, str], str]) -> None:
    _check_parts(own)
    stores = sorted({store for store, _field in known})
    for place, table in _tables(own):
        if not isinstance(table, dict):
            raise ScheduleError(
                place, _("it is no table"), _("write [%(place)s]") % {"place": place}
            )
        for name in table.keys() - {"mask", "delete", "link"}:
            raise ScheduleError(
                f"{place}.{name}", _("it is not known"), _("use mask, delete and link")
            )
    for kind in own.get("kind", {}).keys() - set(KINDS):
        raise ScheduleError(f"kind.{kind}", _("there is no such kind"), _one_of(KINDS))
    for store, fields in own.get("store", {}).items():
        if store not in stores:
            raise ScheduleError(
                f"store.{store}",
                _("there is no such store"),
                _one_of(stores),
            )
        names = sorted(field for one, field in known if one == store)
        for field in fields.keys() - set(names):
            raise ScheduleError(
                f"store.{store}.{field}", _("it has no such personal field"),
                _one_of(names),
            )  # fmt: skip


def _one_of(names: Iterable[str]) -> str:
    return _("use one of %(names)s") % {"names": ", ".join(names)}


def _check_parts(own: Mapping[str, Any]) -> None:
    for part, told in own.items():
        if part not in ("kind", "store"):
            raise ScheduleError(part, _("there is no such part"), _("use [kind.…] and [store.….…]"))
        if not isinstance(told, dict):
            raise ScheduleError(part, _("it is no table"), _("write [%(part)s.…]") % {"part": part})


def _tables(own: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for kind, table in own.get("kind", {}).items():
        yield f"kind.{kind}", table
    for store, fields in own.get("store", {}).items():
        if not isinstance(fields, dict):
            yield f"store.{store}", fields
            continue
        for field, table in fields.items():
            yield f"store.{store}.{field}", table


def _rule(place: str, store: str, kind: str, told: Mapping[str, Any]) -> Rule:
    least = LEAST_IN_LAKE.get(kind, LEAST) if store in STREAMS else LEAST
    mask = _days(f"{place}.mask", told["mask"], least)
    delete = _days(f"{place}.delete", told["delete"], LEAST)
    if delete is not None and (mask is None or delete < mask):
        raise ScheduleError(
            f"{place}.delete", _("a value is masked before its original is destroyed"),
            _("let delete be as many days as mask, or more, or say mask"),
        )  # fmt: skip
    if told["link"] not in ("token", "none"):
        raise ScheduleError(
            f"{place}.link",
            _("“%(value)s” is not known") % {"value": told["link"]},
            _("use “token” or “none”"),
        )
    return Rule(mask, delete, told["link"] == "token")


def _days(place: str, told: object, least: int) -> int | None:
    if told == NEVER:
        return None
    if isinstance(told, bool) or not isinstance(told, int) or told < least:
        raise ScheduleError(
            place, _("“%(value)s” is no number of days") % {"value": told},
            _("use a whole number of %(least)d or more, or “never”") % {"least": least},
        )  # fmt: skip
    return told
