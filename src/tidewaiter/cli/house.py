"""`tidewaiter init`, `verify`, `serve` and `worker`: the house itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import housed, json_option, print_json, start_django

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@click.command()
@json_option
def init(*, as_json: bool) -> None:
    """Set up the home folder and the database; print the one-time link of the administrator."""
    start_django()
    from django.conf import settings  # noqa: PLC0415  after setup
    from django.core.management import call_command  # noqa: PLC0415

    from tidewaiter.cli.first import first_accounts  # noqa: PLC0415
    from tidewaiter.platform.jobs.actions import install_schedules  # noqa: PLC0415
    from tidewaiter.platform.store import lay_out  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    lay_out()
    install_schedules()
    link = first_accounts()
    policy = _policy()
    if as_json:
        print_json({"home": str(settings.HOME), "administrator_link": link, "policy": policy})
        return
    click.echo(f"home: {settings.HOME}")
    click.echo(f"selection policy: {policy}")
    if link:
        click.echo(f"first administrator: open {link} (once, within 72 hours)")


def _policy() -> str:
    """Which selection policy is in force; a file of an older release is taken over as version 1."""
    from tidewaiter.desks.targeting.actions.policy import in_force, unread_file  # noqa: PLC0415
    from tidewaiter.engine.risk.selection import PolicyError  # noqa: PLC0415

    try:
        version = in_force()
    except PolicyError as error:
        return f"policy.toml in the home folder cannot be used, mend it: {error}"
    said = f"version {version.number} ({version.reason})"
    ignored = unread_file()
    if ignored is None:
        return said
    return f"{said}; {ignored} is not read any more: see `tidewaiter policy import`"


@click.command()
@json_option
@housed
def verify(officer: User, *, as_json: bool) -> None:
    """Check the ledger, every file of journal, vault and lake, the lake against the journal, random
    picks."""
    from tidewaiter.desks.targeting.actions.verify import verify_house  # noqa: PLC0415

    report = verify_house(officer)
    if as_json:
        print_json({"ok": all(line.ok for line in report), "checks": report})
    else:
        for line in report:
            click.echo(f"{'ok  ' if line.ok else 'FAIL'} {line.check}: {line.said}")
    if not all(line.ok for line in report):
        sys.exit(1)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True, help="Server processes.")
@click.option("--with-worker/--no-worker", default=True, help="Run background jobs here, too.")
def serve(*, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve the pages and the API; Ctrl-C ends it."""
    from tidewaiter.cli.serving import serve_pages  # noqa: PLC0415

    serve_pages(host=host, port=port, workers=workers, with_worker=with_worker)


@click.command()
@click.option("--once", is_flag=True, help="Do what waits, then end.")
def worker(*, once: bool) -> None:
    """Run background jobs, and write waiting declarations into the lake, until stopped."""
    start_django()
    from tidewaiter.desks.intake.actions.flushing import flush_waiting  # noqa: PLC0415
    from tidewaiter.desks.intake.flusher import Flusher  # noqa: PLC0415
    from tidewaiter.platform.checkpoints import Checkpoints  # noqa: PLC0415
    from tidewaiter.platform.jobs.worker import work  # noqa: PLC0415
    from tidewaiter.platform.ledger.chaining import Chainer, take_up  # noqa: PLC0415
    from tidewaiter.platform.seals.actions import seal_all  # noqa: PLC0415

    seal_all()
    if once:
        flush_waiting()
        work(once=True)
        take_up()
        return
    beside = (Flusher(), Checkpoints(), Chainer())
    for thread in beside:
        thread.start()
    work()
    for thread in beside:
        thread.stop()
