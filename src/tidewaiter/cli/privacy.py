"""`tidewaiter privacy`: masking and deleting personal data, the report, the schedule, holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json, progress_bar

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

_REASON = click.option("--reason", required=True, help="Why; it is kept in the ledger.")


@click.group()
def privacy() -> None:
    """Personal data: what is masked and deleted when its time has come."""


@privacy.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be masked.")
@json_option
@housed
def apply(officer: User, *, dry_run: bool, as_json: bool) -> None:
    """Mask and delete what is due. May be interrupted at any time; the next run goes on."""
    from tidewaiter.platform.accounts.access import check_national  # noqa: PLC0415  after setup
    from tidewaiter.platform.lock import Taken  # noqa: PLC0415
    from tidewaiter.platform.privacy.actions import Unsettled, would_mask  # noqa: PLC0415
    from tidewaiter.platform.privacy.actions import apply as mask  # noqa: PLC0415
    from tidewaiter.platform.privacy.schedule import ScheduleError  # noqa: PLC0415

    check_national(officer, "privacy.run")
    try:
        if dry_run:
            _say_due(would_mask(), as_json=as_json)
            return
        with progress_bar("masking") as bar:
            run = mask(bar)
    except ScheduleError as error:
        fail(str(error), 1)
    except Taken:
        fail("a backup is being made, which must not lose what it copies: try again later", 1)
    except Unsettled:
        fail("a message is half recorded: run `tidewaiter worker --once`, then this again", 1)
    _say_steps(list(run.steps.order_by("pk")), as_json=as_json)


def _say_due(found: list, *, as_json: bool) -> None:  # type: ignore[type-arg]
    if as_json:
        print_json([{name: getattr(one, name) for name in one.__slots__} for one in found])
        return
    for one in found:
        click.echo(
            f"{one.store} {one.month}".strip() + f": {one.rows:,} rows, {', '.join(one.fields)}"
        )
    if not found:
        click.echo("nothing is due")


def _say_steps(steps: list, *, as_json: bool) -> None:  # type: ignore[type-arg]
    if as_json:
        names = ("store", "month", "masked", "deleted", "held", "fields", "done_at")
        print_json([{name: getattr(step, name) for name in names} for step in steps])
        return
    for step in steps:
        click.echo(f"{step}: {step.masked:,} masked, {step.deleted:,} deleted, {step.held:,} held")
    if not steps:
        click.echo("nothing was due")


@privacy.command()
@click.option("--store", default="", help="Only this store.")
@click.option("--month", default="", help="Only this month, YYYY-MM.")
@json_option
@housed
def report(officer: User, *, store: str, month: str, as_json: bool) -> None:
    """What was masked, deleted and held, the newest first."""
    from tidewaiter.platform.privacy.queries import Wanted  # noqa: PLC0415
    from tidewaiter.platform.privacy.queries import report as steps_of  # noqa: PLC0415

    _say_steps(list(steps_of(officer, Wanted(store=store, month=month))), as_json=as_json)


@privacy.command()
@json_option
@housed
def schedule(officer: User, *, as_json: bool) -> None:
    """The retention schedule in force; exit code 1 if it cannot be used, and why."""
    from tidewaiter.platform.privacy.queries import schedule_lines  # noqa: PLC0415
    from tidewaiter.platform.privacy.schedule import ScheduleError  # noqa: PLC0415

    try:
        lines = schedule_lines(officer)
    except ScheduleError as error:
        fail(str(error), 1)
    told = [
        {"store": line.store, "field": line.field, "kind": line.kind, "mask": line.rule.mask,
         "delete": line.rule.delete, "link": line.rule.link}
        for line in lines
    ]  # fmt: skip
    if as_json:
        print_json(told)
    else:
        for one in told:
            click.echo("{store}.{field}\t{kind}\tmask {mask}\tdelete {delete}".format_map(one))


@privacy.command()
@click.argument("declaration")
@_REASON
@housed
def hold(officer: User, declaration: str, *, reason: str) -> None:
    """Keep DECLARATION readable until the hold is lifted."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415

    from tidewaiter.platform.privacy.holds import hold as put_on_hold  # noqa: PLC0415

    try:
        made = put_on_hold(officer, declaration, reason)
    except ValidationError as error:
        fail(error.messages[0], 1)
    click.echo(f"hold {made.pk}; end it with: tidewaiter privacy lift {made.pk} --reason …")


@privacy.command()
@click.argument("number", type=int)
@_REASON
@housed
def lift(officer: User, number: int, *, reason: str) -> None:
    """Propose to end the hold NUMBER; it ends when a second officer approves (page “Four eyes”)."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415

    from tidewaiter.platform.privacy.holds import propose_lift  # noqa: PLC0415

    try:
        made = propose_lift(officer, number, reason)
    except ValidationError as error:
        fail(error.messages[0], 1)
    click.echo(f"proposal {made.pk}: hold {number} ends when a second officer approves")


@privacy.command("destroy-key")
@click.argument("which", type=click.Choice(["originals", "tokens"]))
@_REASON
@click.confirmation_option(prompt="Nobody can undo this. Destroy the key?")
@housed
def destroy_key(officer: User, which: str, *, reason: str) -> None:
    """Make all originals unreadable, or all tokens links to nobody, at once. Backups keep their keys."""
    from tidewaiter.platform.privacy.actions import destroy_key as destroy  # noqa: PLC0415

    click.echo("destroyed" if destroy(officer, which, reason) else "there is no such key")
