"""Damage to what is stored of the ledger, at random places: all of it is found and located."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from django.db import connection, models, transaction
from django.db.models.functions import Cast

from tidewaiter.platform.ledger import guard
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.heads import hand_over, make_head
from tidewaiter.platform.ledger.models import Entry, Head, Tile
from tidewaiter.platform.ledger.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db
DAMAGES = 1_000
TILE = 8
TEXTS = ("actor", "action", "subject", "address", "reason", "detail", "previous", "digest")
# What was damaged, and the first and last entry between which it is to be found.
Said = tuple[str, int, int]


@pytest.fixture
def witness(monkeypatch, tmp_path):
    """Heads that somebody outside has kept, over 45 entries in small tiles."""
    for module in ("stored", "heads", "verify"):
        monkeypatch.setattr(f"tidewaiter.platform.ledger.{module}.TILE", TILE)
    kept = tmp_path / "heads.txt"
    for _ in range(4):
        for number in range(11):
            record(None, "ledger.export", f"case {number}", reason="why", number=number)
        make_head()
    hand_over([str(kept)])
    guard.take_down(connection)
    return kept.read_text()


def test_every_damage_is_found_and_located(witness):
    """Single bytes, deletions, swaps and truncations."""
    assert verify(witness=witness).sound
    chance = random.Random(7)  # noqa: S311  places to damage
    for number in range(DAMAGES):
        with transaction.atomic():
            said, first, last = chance.choice(KINDS)(chance)
            report = verify(witness=witness)
            assert report.problem, said
            assert first <= report.at <= last, (number, said, asdict(report))
            transaction.set_rollback(True)


def a_byte(chance: random.Random) -> Said:
    number, column = chance.randint(1, Entry.objects.count()), chance.choice(TEXTS)
    if not change_byte(Entry.objects.filter(pk=number), column, chance):
        return a_byte(chance)
    return f"{column} of {number}", number, number


def a_deletion(chance: random.Random) -> Said:
    number = chance.randint(1, Entry.objects.count())
    Entry.objects.filter(sequence=number).delete()
    return f"deleted {number}", number, number + 1


def a_swap(chance: random.Random) -> Said:
    """The contents of two entries, each under the other's number."""
    first, second = sorted(chance.sample(range(1, Entry.objects.count() + 1), 2))
    one, other = (Entry.objects.filter(sequence=n).values().get() for n in (first, second))
    Entry.objects.filter(sequence__in=(first, second)).delete()
    Entry.objects.create(**{**one, "sequence": second})
    Entry.objects.create(**{**other, "sequence": first})
    return f"swapped {first} and {second}", first, first + 1


def a_cut(chance: random.Random) -> Said:
    number = chance.randint(1, Entry.objects.count())
    Entry.objects.filter(sequence__gte=number).delete()
    return f"cut from {number}", number, number


def a_head(chance: random.Random) -> Said:
    size = chance.choice(list(Head.objects.values_list("size", flat=True)))
    change_byte(Head.objects.filter(pk=size), chance.choice(["root", "note"]), chance)
    return f"head {size}", size, size


def a_tile(chance: random.Random) -> Said:
    number = chance.randrange(Tile.objects.count())
    change_byte(Tile.objects.filter(pk=number), "root", chance)
    return f"tile {number}", TILE * number + 1, TILE * (number + 1)


KINDS: list[Callable[[random.Random], Said]] = [
    a_byte, a_byte, a_byte, a_deletion, a_swap, a_cut, a_head, a_tile,
]  # fmt: skip


def change_byte(row: models.QuerySet, column: str, chance: random.Random) -> bool:
    """Another character in one place of the text as it is stored; False where there is none."""
    stored = Cast(column, models.TextField())
    text = row.annotate(stored=stored).values_list("stored", flat=True).get()
    if not text:
        return False
    place = chance.randrange(len(text))
    other = chance.choice([c for c in "0aZ {\n" if c != text[place]])
    changed = text[:place] + other + text[place + 1 :]
    return bool(row.update(**{column: models.Value(changed, models.TextField())}))
