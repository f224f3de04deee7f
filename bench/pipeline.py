"""A simulated month, all the way: intake, assess and select with the example profiles.

One million items; ten million, too, with TIDEWAITER_BENCH_FULL=1 (about twenty minutes).
The peer is the rate that the house promises: 20,000 items a second on two cores.
"""

from __future__ import annotations

import os
from typing import Any

from bench.house import House, Measured, row

PROMISED_RATE = 20_000.0
PROMISED_GROWTH = 1.3
PROMISED_MEMORY = 4.0
STEPS = ("intake", "assess", "select")


def run() -> list[dict[str, Any]]:
    million = _month(1_000_000)
    rows = _rows("1 M items", 1_000_000, million)
    if os.environ.get("TIDEWAITER_BENCH_FULL") == "1":
        ten = _month(10_000_000)
        rows += _rows("10 M items", 10_000_000, ten)
        growth = _wall(ten) / 10 / _wall(million)
        rows.append(
            row(
                "time per item at 10 M over that at 1 M", "ratio", growth, PROMISED_GROWTH,
                "promised at most", more_is_better=False,
            )
        )  # fmt: skip
    return rows


def _month(items: int) -> dict[str, Measured]:
    house = House()
    try:
        declarations = house.month(items)
        return {
            "intake": house.run("intake", declarations),
            "assess": house.run("assess"),
            "select": house.run("select"),
        }
    finally:
        house.close()


def _wall(month: dict[str, Measured]) -> float:
    return sum(measured.wall for measured in month.values())


def _rows(label: str, items: int, month: dict[str, Measured]) -> list[dict[str, Any]]:
    rows = [
        row(
            f"intake + assess + select, {label}", "items/s", items / _wall(month), PROMISED_RATE,
            "promised at least",
        ),
        row(
            f"peak memory, {label}", "GiB", max(m.peak for m in month.values()), PROMISED_MEMORY,
            "promised at most", more_is_better=False,
        ),
    ]  # fmt: skip
    for step in STEPS:
        rate = items / month[step].wall
        rows.append(
            row(f"{step}, {label}", "items/s", rate, PROMISED_RATE, "promised for all three")
        )
    return rows
