"""Recomputing the chain: whether any entry was altered, removed or put in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.ledger.canonical import FIELDS, GENESIS, digest
from tidewaiter.platform.ledger.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 5_000
PROBLEMS = {
    "missing": _("an entry is missing before this one"),
    "link": _("it is not chained to the entry before it"),
    "digest": _("its content was altered"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """`entries` were sound, up to the digest `head`; `problem` (a key of PROBLEMS) is the first
    one found, at entry number `at`."""

    entries: int
    head: str
    problem: str = ""
    at: int | None = None

    @property
    def sound(self) -> bool:
        return not self.problem


def verify(told: Callable[[int], None] | None = None) -> Report:
    """Walk the whole chain in order, in batches; `told` hears the number of entries so far.

    That the newest entries were cut off cannot be seen from the chain alone: compare `head` and
    `entries` with a report kept elsewhere.
    """
    number, head = 0, GENESIS
    for batch in _batches():
        for entry in batch:
            problem = _problem(entry, number, head)
            if problem:
                return Report(number, head, problem, entry["sequence"])
            number, head = entry["sequence"], entry["digest"]
        if told:
            told(number)
    return Report(number, head)


def _problem(entry: dict[str, Any], number: int, head: str) -> str:
    if entry["sequence"] != number + 1:
        return "missing"
    if entry["previous"] != head:
        return "link"
    return "" if entry["digest"] == digest(entry) else "digest"


def _batches() -> Iterator[list[dict[str, Any]]]:
    last = -1  # an entry numbered 0 would be a forgery, and is to be met
    rows = Entry.objects.order_by("sequence").values(*FIELDS, "digest")
    while batch := list(rows.filter(sequence__gt=last)[:BATCH]):
        yield batch
        last = batch[-1]["sequence"]
