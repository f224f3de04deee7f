"""Pages of the targeting desk on a large lake, as an officer's browser asks for them.

One million items; ten million with TIDEWAITER_BENCH_FULL=1. The peer is what the house promises:
95 of 100 within 300 ms.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import polars as pl

from bench.house import House, row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMISED = 300.0  # ms
ROUNDS = 66
WARM = 6  # pages of each kind that do not count
WORKLISTS = (
    "sort=-expected", "sort=-score", "lane=red", "sort=importer", "sort=-items&lane=orange", "hs=8517",
)  # fmt: skip
# Prints the session key of the officer named: what logging in would have made.
SESSION = """
import django, sys
django.setup()
from django.test import Client
from tidewaiter.platform.accounts.models import User
client = Client()
client.force_login(User.objects.get(username=sys.argv[1]))
print(client.session.session_key)
"""


def run() -> list[dict[str, Any]]:
    items = 10_000_000 if os.environ.get("TIDEWAITER_BENCH_FULL") == "1" else 1_000_000
    house = House()
    try:
        declarations = house.month(items)
        house.run("intake", declarations)
        house.run("assess")
        house.run("select")
        house.run("accounts", "create", "officer", "--role", "targeting_officer", "--national")
        with house.served() as address:
            return measure(address, _session(house), declarations, f"{items // 1_000_000} M items")
    finally:
        house.close()


def measure(address: str, session: str, declarations: Path, label: str) -> list[dict[str, Any]]:
    rows = []
    for name, paths in _paths(declarations).items():
        times = _times(address, session, paths)[WARM:]
        p50, p95 = np.percentile(times, [50, 95])
        rows.append(
            row(
                f"{name}, p95 (median {p50:.0f}), {label}", "ms", float(p95), PROMISED,
                "promised at most", more_is_better=False,
            )
        )  # fmt: skip
    return rows


def _paths(declarations: Path) -> dict[str, list[str]]:
    """Pages to ask for, each once."""
    scan = pl.scan_parquet if declarations.suffix == ".parquet" else pl.scan_csv
    rows = scan(declarations).select("declaration_id", "importer").collect()
    some = rows.sample(ROUNDS, seed=7)
    listed = [
        f"/targeting/worklist/?{WORKLISTS[n % len(WORKLISTS)]}&page={1 + n // len(WORKLISTS)}"
        for n in range(ROUNDS)
    ]
    return {
        "worklist": listed,
        "declaration page": [
            f"/targeting/declarations/{quote(i)}/" for i in some["declaration_id"]
        ],
        "trader page": [f"/targeting/traders/{quote(i)}/" for i in some["importer"].drop_nulls()],
    }


def _times(address: str, session: str, paths: list[str]) -> list[float]:
    """Milliseconds a page."""
    return list(_asked(address, session, paths))


def _asked(address: str, session: str, paths: list[str]) -> Iterator[float]:
    for path in paths:
        request = urllib.request.Request(  # noqa: S310  this machine
            address + path, headers={"Cookie": f"sessionid={session}"}
        )
        started = time.monotonic()
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  this machine
            page = answer.read().decode()
        yield (time.monotonic() - started) * 1000
        if "</html>" not in page or answer.url != address + path:
            raise RuntimeError(f"{path} is not the page asked for")


def _session(house: House) -> str:
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "tidewaiter.site.settings"}
    said = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", SESSION, "officer"],
        env=environment, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return said.stdout.strip()
