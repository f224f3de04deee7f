"""How often somebody may ask: by account, by token, and by address where nobody is known yet.

Counted in a small database of its own on this machine, which all processes share: never durable,
for nothing is lost with it. Each asker has one number, the moment at which what he asked is paid off
(generic cell rate algorithm): a minute's requests may come at once, more only at the rate.
"""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE = 60.0
FORGET_EVERY = 1_000  # requests of a process
_own = threading.local()
_making = threading.Lock()


class TooMany(Exception):
    """`wait`: whole seconds until the next request is taken."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many requests: ask again in {wait} seconds")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Kind:
    """Of askers, with the setting that says how many requests a minute each may make; 0: any."""

    name: str
    allowed: Callable[[], int]


ACCOUNT = Kind("account", lambda: settings.RATE_ACCOUNT)
TOKEN = Kind("token", lambda: settings.RATE_TOKEN)
ADDRESS = Kind("address", lambda: settings.RATE_ADDRESS)


def count(kind: Kind, who: object) -> None:
    """Count one request. Raises TooMany, which counts nothing."""
    allowed = kind.allowed()
    if not allowed:
        return
    key, now = f"{kind.name}:{who}", time.time()
    store = _store()
    store.execute("BEGIN IMMEDIATE")
    try:
        row = store.execute("SELECT paid FROM asked WHERE who = ?", [key]).fetchone()
        # A clock stepped back must not keep anybody out for longer than a minute.
        paid = min(max(row[0] if row else now, now), now + MINUTE)
        paid += MINUTE / allowed
        wait = paid - now - MINUTE
        if wait <= 0:
            store.execute("INSERT OR REPLACE INTO asked VALUES (?, ?)", [key, paid])
            _forget(store, now)
    finally:
        store.execute("COMMIT")
    if wait > 0:
        raise TooMany(math.ceil(wait))


def _forget(store: sqlite3.Connection, now: float) -> None:
    _own.asked = getattr(_own, "asked", 0) + 1
    if _own.asked % FORGET_EVERY == 0:
        store.execute("DELETE FROM asked WHERE paid < ?", [now])


def _store() -> sqlite3.Connection:
    """This thread's connection."""
    path = Path(settings.HOME) / "scratch" / "limits.sqlite3"
    if getattr(_own, "path", None) != path:
        path.parent.mkdir(exist_ok=True)
        _own.store, _own.path = _opened(path), path
    return _own.store


def _opened(path: Path) -> sqlite3.Connection:
    store = sqlite3.connect(path, timeout=5, isolation_level=None)
    with _making:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=OFF")
        store.execute(
            "CREATE TABLE IF NOT EXISTS asked (who TEXT PRIMARY KEY, paid REAL) WITHOUT ROWID"
        )
    return store
