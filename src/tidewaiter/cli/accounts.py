"""`tidewaiter accounts`: officers from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@click.group()
def accounts() -> None:
    """Officers, machine clients, their roles and offices."""


@accounts.command("create")
@click.argument("account")
@click.option("--role", "roles", multiple=True, required=True, help="May be given several times.")
@click.option("--office", "offices", multiple=True, help="Office code; may be given several times.")
@click.option("--national", is_flag=True, help="Sees all offices.")
@json_option
@housed
def create(
    officer: User, *, account: str, roles: tuple[str, ...], offices: tuple[str, ...],
    national: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make an account and print the one-time link by which its owner sets a password."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415  needs Django
    from django.urls import reverse  # noqa: PLC0415

    from tidewaiter.platform.accounts.actions import (  # noqa: PLC0415
        Person,
        Rights,
        create_user,
        invite,
    )

    rights = Rights(frozenset(roles), frozenset(offices), national)
    try:
        user = create_user(officer, account, Person(), rights)
    except ValidationError as error:
        fail("; ".join(error.messages))
    link = reverse("accounts:welcome", args=[invite(officer, user)])
    if as_json:
        print_json({"username": user.username, "link": link})
    else:
        click.echo(f"{user.username}: open {link} on the server (once)")
