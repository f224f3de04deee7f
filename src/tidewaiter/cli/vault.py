"""`tidewaiter vault`: holds, keys and the verification of the evidence store."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json, progress_bar

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

_REASON = click.option("--reason", required=True, help="Why; it is kept in the ledger.")


@click.group()
def vault() -> None:
    """The evidence store: photographs and documents, encrypted under their SHA-256."""


@vault.command()
@click.argument("sha256")
@_REASON
@json_option
@housed
def hold(officer: User, sha256: str, *, reason: str, as_json: bool) -> None:
    """Keep the file SHA256 until the hold is lifted, whatever was decided about deleting it."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415  after setup

    from tidewaiter.platform.vault.holding import hold as put_on_hold  # noqa: PLC0415

    try:
        made = put_on_hold(officer, sha256, reason)
    except ValidationError as error:
        fail(error.messages[0], 1)
    if as_json:
        print_json({"hold": made.pk, "sha256": made.file_id})
    else:
        click.echo(f"hold {made.pk}; end it with: tidewaiter vault lift {made.pk} --reason …")


@vault.command()
@click.argument("number", type=int)
@_REASON
@housed
def lift(officer: User, number: int, *, reason: str) -> None:
    """Propose to end the hold NUMBER; it ends when a second officer approves (page “Four eyes”)."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415

    from tidewaiter.platform.vault.holding import propose_lift  # noqa: PLC0415

    try:
        made = propose_lift(officer, number, reason)
    except ValidationError as error:
        fail(error.messages[0], 1)
    click.echo(f"proposal {made.pk}: hold {number} ends when a second officer approves")


@vault.command()
@json_option
@housed
def holds(officer: User, *, as_json: bool) -> None:
    """List the holds in force."""
    from tidewaiter.platform.vault.holding import holds_in_force  # noqa: PLC0415

    found = [
        {"hold": one.pk, "sha256": one.file_id, "since": one.since, "by": one.by.username,
         "reason": one.reason}
        for one in holds_in_force(officer)
    ]  # fmt: skip
    if as_json:
        print_json(found)
    else:
        for one in found:
            click.echo("{hold}\t{sha256}\t{since:%Y-%m-%d}\t{by}\t{reason}".format_map(one))


@vault.command()
@json_option
@housed
def verify(officer: User, *, as_json: bool) -> None:
    """Read every file; name each that is missing or no longer what was stored."""
    from tidewaiter.platform.accounts.access import check  # noqa: PLC0415
    from tidewaiter.platform.vault.models import Stored  # noqa: PLC0415
    from tidewaiter.platform.vault.verification import faults  # noqa: PLC0415

    check(officer, "ledger.read")
    with progress_bar("verifying") as bar:
        found = dict(faults(bar))
    total = Stored.objects.count()
    if as_json:
        print_json({"files": total, "faults": found})
    else:
        for sha256, wrong in found.items():
            click.echo(f"{sha256}: {wrong}", err=True)
        click.echo(f"{len(found)} of {total} files are not sound" if found else f"sound: {total}")
    if found:
        sys.exit(1)


@vault.command("renew-key")
@housed
def renew_key(officer: User) -> None:
    """Encrypt with a new master key from now on, and have all files given to it by a job."""
    from tidewaiter.platform.vault.rotation import renew_key as renew  # noqa: PLC0415

    made = renew(officer)
    click.echo(f"key {made}; once the job vault.rewrap is done: tidewaiter vault destroy-old-keys")


@vault.command("destroy-old-keys")
@housed
def destroy_old_keys(officer: User) -> None:
    """Destroy all keys but the newest, if no file needs them. Backups keep those they were made with."""
    from tidewaiter.platform.lock import Taken  # noqa: PLC0415
    from tidewaiter.platform.vault.files import Unreadable  # noqa: PLC0415
    from tidewaiter.platform.vault.rotation import StillNeeded  # noqa: PLC0415
    from tidewaiter.platform.vault.rotation import destroy_old_keys as destroy  # noqa: PLC0415

    try:
        gone = destroy(officer)
    except (StillNeeded, Unreadable) as error:
        fail(str(error), 1)
    except Taken:
        fail("a backup is being made, which needs the keys: try again when it is done", 1)
    click.echo(f"destroyed: {', '.join(gone)}" if gone else "there is no old key")
