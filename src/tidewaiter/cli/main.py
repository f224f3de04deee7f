"""The command `tidewaiter`. One group of commands a module; Django starts only for what needs it."""

from __future__ import annotations

import importlib
import os

import click

# command -> module under tidewaiter.cli
COMMANDS = {
    "init": "house",
    "verify": "house",
    "serve": "house",
    "worker": "house",
    "demo": "demo",
    "intake": "intake",
    "assess": "risk",
    "select": "risk",
    "explain": "risk",
    "baselines": "risk",
    "model": "risk",
    "policy": "policy",
    "profiles": "profiles",
    "lists": "profiles",
    "export": "export",
    "ledger": "ledger",
    "report": "report",
    "simulate": "simulate",
    "accounts": "accounts",
    "tokens": "tokens",
    "backup": "backup",
    "restore": "backup",
    "vault": "vault",
    "privacy": "privacy",
}


class House(click.Group):
    """Loads the module of a command when it is called, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click passes it
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        module = COMMANDS.get(name)
        if module is None:
            return None
        return getattr(importlib.import_module(f"tidewaiter.cli.{module}"), name)


@click.group(cls=House, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tidewaiter")
def main() -> None:
    """Tidewaiter: integrated customs compliance and enforcement.

    The home folder is $TIDEWAITER_HOME, or ./var. Exit code 0: done; 1: something was
    quarantined or refused (said on standard error); 2: wrong use.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidewaiter.site.settings")
    # Threads of the model that wait for each other must not burn the cores officers need.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
