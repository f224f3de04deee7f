"""Triggers by which the database itself refuses to change or remove entries of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "the ledger is append-only"

SQLITE = [
    f"CREATE TRIGGER ledger_no_{verb.lower()} BEFORE {verb} ON ledger_entry "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    (
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    ),
    (
        "CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger_entry "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
    ),
    (
        "CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    ),
]
REMOVAL = {
    "sqlite": ["DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete"],
    "postgresql": ["DROP FUNCTION ledger_refuse CASCADE"],
}
INSTALLATION = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def put_up(connection: BaseDatabaseWrapper) -> None:
    _run(connection, INSTALLATION)


def take_down(connection: BaseDatabaseWrapper) -> None:
    _run(connection, REMOVAL)


def _run(connection: BaseDatabaseWrapper, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
