from __future__ import annotations

from django.db import models

from tidewaiter.platform.ledger.models import CanonicalJSON


class Seal(models.Model):
    """What one step of a table of the lake (a commit, a checkpoint) put there and took away.

    `files`: path under the table's folder → [SHA-256, bytes]; `gone`: paths that were deleted as they
    should. Chained table by table; append-only: the database refuses UPDATE, DELETE and TRUNCATE
    (ledger/guard.py).
    """

    table = models.CharField(max_length=40)
    number = models.BigIntegerField()
    version = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    files = CanonicalJSON(default=dict)
    gone = CanonicalJSON(default=list)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["table", "number"]
        constraints = [
            models.UniqueConstraint(fields=["table", "number"], name="seals_one_number_a_table")
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.number}: {self.kind}"


class Intention(models.Model):
    """What is about to be done to a table of the lake. Written before it, taken away with the seal.

    A commit that no intention announced was not made by the house and is never sealed. `files`: for
    an append, those it will commit, with their sums; for a vacuum, those it may delete.
    """

    table = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    files = CanonicalJSON(default=dict)

    def __str__(self) -> str:
        return f"{self.table}: {self.kind}"
