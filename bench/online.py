"""One declaration of five items in process: facts, profiles, model, baselines, reasons, lane.

What the HTTP benchmark sends, without the journal and the network.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from bench.house import House, row
from bench.http import declaration, set_up

PROMISED = 10.0  # ms
# Prints the median milliseconds of assessing and selecting the declaration on standard input.
MEDIAN = """
import django, orjson, statistics, sys, time
django.setup()
from django.utils import timezone
from tidewaiter.desks.targeting.actions.online import assess_and_select
from tidewaiter.engine.messages.json_declarations import read_json
body = orjson.loads(sys.stdin.read())
items = read_json(body, timezone.now().date()).declarations.drop("place")
times = []
for _ in range(320):
    started = time.perf_counter()
    assess_and_select(items)
    times.append(time.perf_counter() - started)
print(statistics.median(times[20:]) * 1000)
"""


def run() -> list[dict[str, Any]]:
    house = House()
    try:
        set_up(house)
        said = subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-c", MEDIAN],
            env={**house.environment, "DJANGO_SETTINGS_MODULE": "tidewaiter.site.settings"},
            input=json.dumps(declaration("online")), capture_output=True, check=True, text=True,
        )  # fmt: skip
    finally:
        house.close()
    return [
        row(
            "declaration_5_items_in_process", "ms", float(said.stdout), PROMISED,
            "promised at most", more_is_better=False,
        )
    ]  # fmt: skip
