"""A process that stands by with everything imported, and then runs one command of `tidewaiter`."""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django

django.setup()

from tidewaiter.cli.main import COMMANDS, main  # noqa: E402  after Django

for module in set(COMMANDS.values()):
    import_module(f"tidewaiter.cli.{module}")
for module in (
    "desks.targeting.actions.verify",
    "desks.targeting.actions.learning",
    "desks.intake.actions",
):
    import_module(f"tidewaiter.{module}")
print("ready", flush=True)
arguments = json.loads(sys.stdin.readline())
print("begun", flush=True)
main(arguments, prog_name="tidewaiter")
