from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import models
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.ledger.canonical import canonical

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


class CanonicalJSON(models.TextField):
    """A dict kept as its canonical JSON text.

    Not JSONField: PostgreSQL's jsonb rewrites numbers (1e16 comes back as an integer), and then
    the digest of what is read would no longer be that of what was written.
    """

    def get_prep_value(self, value: dict[str, Any] | None) -> str | None:
        return None if value is None else canonical(value).decode()

    def from_db_value(self, value: str | None, *_: object) -> dict[str, Any] | None:
        return None if value is None else orjson.loads(value)


class EntryRows(models.QuerySet["Entry"]):
    def visible_to(self, user: User) -> EntryRows:
        """Entries of the officer's offices; those of no office only to national officers."""
        return self.filter(user.scope().rows("office"))


class WholeLedger(models.Manager.from_queryset(EntryRows)):  # type: ignore[misc]
    """Whoever reads the ledger reads all of it: what waits to be chained is chained before."""

    def get_queryset(self) -> EntryRows:
        from tidewaiter.platform.ledger.chaining import take_up  # noqa: PLC0415  it writes these models

        take_up()
        return super().get_queryset()


class Said(models.Model):
    """What was done, without its place in the ledger."""

    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.CharField(_("who"), max_length=150)
    action = models.CharField(_("action"), max_length=60)
    subject = models.CharField(_("on what"), max_length=200, blank=True)
    office = models.CharField(_("office"), max_length=32, blank=True)
    address = models.CharField(_("from where"), max_length=64, blank=True)
    reason = models.CharField(_("why"), max_length=1000, blank=True)
    result = models.CharField(_("result"), max_length=16, blank=True)
    detail = CanonicalJSON(default=dict)

    class Meta:
        abstract = True


class Entry(Said):
    """One action. Append-only: the database refuses UPDATE, DELETE and TRUNCATE (guard.py)."""

    sequence = models.BigIntegerField(_("number"), primary_key=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    objects = WholeLedger()

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["action", "-sequence"]),
            models.Index(fields=["actor", "-sequence"]),
            models.Index(fields=["subject", "-sequence"]),
            models.Index(fields=["office", "-sequence"]),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.actor} {self.action} {self.subject}"


CHAINED = Entry._base_manager  # noqa: SLF001  entries as they are, for those who chain


class Unchained(Said):
    """An entry but for its number, on PostgreSQL, until it is chained. It can't be changed, and leaves
    only for the ledger (guard.py)."""

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"


class Tile(models.Model):
    """The root over TILE entries that stand side by side, so that a proof need not hash them all
    again. Append-only, as the entries."""

    number = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number}: {self.root}"


class Head(models.Model):
    """The root over the first `size` entries, and `note`, its signed text for the world outside.
    Append-only, as the entries."""

    size = models.BigIntegerField(_("entries"), primary_key=True)
    at = models.DateTimeField(_("at"))
    root = models.CharField(_("root"), max_length=64)
    note = models.TextField()

    class Meta:
        ordering = ["-size"]

    def __str__(self) -> str:
        return f"{self.size}: {self.root}"


class Handover(models.Model):
    """What an outside witness was given last."""

    witness = models.CharField(max_length=500, primary_key=True)
    size = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.witness}: {self.size}"
