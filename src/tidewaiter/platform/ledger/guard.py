"""Triggers by which the database itself refuses to change or remove what the ledger holds, and the
seals of the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "the ledger is append-only"
ENTRIES = ("ledger_entry",)
TREE = ("ledger_tile", "ledger_head")
SEALS = ("seals_seal",)
ALL = ENTRIES + TREE + SEALS

FUNCTION = (
    "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
)


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
    return [
        FUNCTION,
        (
            f"CREATE TRIGGER {_name(table)}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        ),
        (
            f"CREATE TRIGGER {_name(table)}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        ),
    ]


def _name(table: str) -> str:
    """Those of the entries were called after the ledger as a whole."""
    return "ledger" if table in ENTRIES else table


INSTALLATION = {"sqlite": _sqlite, "postgresql": _postgresql}
REMOVAL = {
    "sqlite": lambda table: [
        f"DROP TRIGGER {_name(table)}_no_{verb}" for verb in ("update", "delete")
    ],
    "postgresql": lambda table: [
        f"DROP TRIGGER {_name(table)}_no_{what} ON {table}" for what in ("change", "truncate")
    ],
}


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
