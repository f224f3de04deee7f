"""`tidewaiter policy`: the selection policy as text, for version control."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json
from tidewaiter.platform.durable import whole

if TYPE_CHECKING:
    from tidewaiter.desks.targeting.queries.policy import PolicyVersion
    from tidewaiter.platform.accounts.models import User


@click.group()
def policy() -> None:
    """The selection policy: its versions, as TOML files."""


@policy.command("show")
@click.argument("number", type=int, required=False)
@json_option
@housed
def show(officer: User, *, number: int | None, as_json: bool) -> None:
    """The version in force, or another one: who, why, and what it changes."""
    from tidewaiter.desks.targeting.queries.policy import changed  # noqa: PLC0415

    version = _version(officer, number)
    if as_json:
        print_json(_told(version) | {"policy": version.content})
        return
    for name, value in _told(version).items():
        if value not in (None, ""):
            click.echo(f"{name.replace('_', ' ')}: {value}")
    for change in changed(version):
        click.echo(f"  {'.'.join(change.path)}: {change.old} → {change.new}")


def _told(version: PolicyVersion) -> dict[str, object]:
    after = version.superseded_by
    return {
        "version": version.number,
        "state": version.state,
        "in_force_since": version.in_force_since,
        "proposed_by": version.proposed_by.username if version.proposed_by else None,
        "reason": version.reason,
        "legal_basis": version.legal_basis,
        "trial": version.trial,
        "decided_by": version.decided_by.username if version.decided_by else None,
        "remark": version.remark,
        "superseded_by": after.number if after else None,
        "digest": version.digest,
    }


@policy.command("export")
@click.option("--version", "number", type=int, help="Another version than the one in force.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@json_option
@housed
def export(officer: User, *, number: int | None, out: Path, as_json: bool) -> None:
    """Write a version to a TOML file."""
    from tidewaiter.desks.targeting.actions.policy import write_policy  # noqa: PLC0415

    version = _version(officer, number)
    with whole(out) as part:
        part.write_text(write_policy(officer, version), "utf-8")
    if as_json:
        print_json({"out": str(out), "version": version.number, "digest": version.digest})
    else:
        click.echo(f"version {version.number} written to {out}")


@policy.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="What changes and why; the second officer reads it.")
@click.option("--legal-basis", default="", help="Law or decision it rests on.")
@json_option
@housed
def import_(officer: User, *, file: Path, reason: str, legal_basis: str, as_json: bool) -> None:
    """Propose what a file says; it counts when a second officer approves it on its page."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415  after setup

    from tidewaiter.desks.targeting.actions.policy import import_policy  # noqa: PLC0415

    try:
        text = file.read_text("utf-8")
        version = import_policy(officer, text, reason=reason, legal_basis=legal_basis)
    except UnicodeDecodeError:
        fail(f"{file}: no text in UTF-8", code=1)
    except ValidationError as error:
        fail(f"{file}: {' '.join(error.messages)}", code=1)
    if as_json:
        print_json(_told(version))
    else:
        click.echo(f"version {version.number} is proposed; a second officer decides")


def _version(officer: User, number: int | None) -> PolicyVersion:
    from tidewaiter.desks.targeting.actions.policy import in_force  # noqa: PLC0415
    from tidewaiter.desks.targeting.queries.policy import version  # noqa: PLC0415

    found = version(officer, in_force().number if number is None else number)
    if found is None:
        fail(f"there is no version {number}", code=1)
    return found
