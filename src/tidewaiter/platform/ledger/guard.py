"""Triggers and grants by which the database itself refuses to change or remove what the ledger holds,
and the seals of the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "the ledger is append-only"
ENTRIES = ("ledger_entry",)
UNCHAINED = ("ledger_unchained",)
TREE = ("ledger_tile", "ledger_head")
SEALS = ("seals_seal",)
ALL = ENTRIES + UNCHAINED + TREE + SEALS

REFUSE = f"""
CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$
"""
# What waits to be chained may leave once it is an entry.
LEAVE = """
CREATE OR REPLACE FUNCTION ledger_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM ledger_entry e
    WHERE (e.at, e.actor, e.action, e.subject, e.office, e.address, e.reason, e.result, e.detail)
      = (OLD.at, OLD.actor, OLD.action, OLD.subject, OLD.office, OLD.address, OLD.reason, OLD.result, OLD.detail)
  ) THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'the ledger is append-only';
END $$
"""


def put_up(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = ALL) -> None:
    """From now on nothing is changed in these tables."""
    for table in tables:
        _run(connection, INSTALLATION[connection.vendor](table))


def take_down(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = ALL) -> None:
    for table in tables:
        _run(connection, REMOVAL[connection.vendor](table))


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {_name(table)}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _postgresql(table: str) -> list[str]:
    on_delete = "leave" if table in UNCHAINED else "refuse"
    return [
        REFUSE,
        LEAVE,
        _trigger(table, "no_change", "UPDATE", "ROW", "refuse"),
        _trigger(table, "no_delete", "DELETE", "ROW", on_delete),
        _trigger(table, "no_truncate", "TRUNCATE", "STATEMENT", "refuse"),
        f"REVOKE {_revoked(table)} ON {table} FROM PUBLIC, CURRENT_USER",
    ]


def _trigger(table: str, name: str, verb: str, each: str, function: str) -> str:
    return (
        f"CREATE TRIGGER {_name(table)}_{name} BEFORE {verb} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION ledger_{function}()"
    )


def _revoked(table: str) -> str:
    return "UPDATE, TRUNCATE" if table in UNCHAINED else "UPDATE, DELETE, TRUNCATE"


def _name(table: str) -> str:
    """Those of the entries were called after the ledger as a whole."""
    return "ledger" if table in ENTRIES else table


INSTALLATION = {"sqlite": _sqlite, "postgresql": _postgresql}
REMOVAL = {
    "sqlite": lambda table: [
        f"DROP TRIGGER {_name(table)}_no_{verb}" for verb in ("update", "delete")
    ],
    "postgresql": lambda table: [
        *(
            f"DROP TRIGGER IF EXISTS {_name(table)}_no_{what} ON {table}"
            for what in ("change", "delete", "truncate")
        ),
        f"GRANT {_revoked(table)} ON {table} TO CURRENT_USER",
    ],
}


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
