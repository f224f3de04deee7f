"""`tidewaiter accounts`: officers and machine clients from the command line."""

from __future__ import annotations

from datetime import timedelta
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


@accounts.command("token")
@click.argument("account")
@click.option("--name", default="command line", show_default=True)
@click.option("--days", default=90, show_default=True, help="Life of the token.")
@json_option
@housed
def token(officer: User, *, account: str, name: str, days: int, as_json: bool) -> None:
    """Issue an API token for an account; it is shown once."""
    from django.utils import timezone  # noqa: PLC0415  needs Django

    from tidewaiter.platform.accounts.models import User as Accounts  # noqa: PLC0415
    from tidewaiter.platform.accounts.tokens import issue_token  # noqa: PLC0415

    user = Accounts.objects.filter(username=account, is_active=True).first()
    if user is None:
        fail(f"there is no active account {account!r}")
    made, secret = issue_token(officer, user, name, timezone.now() + timedelta(days=days))
    if as_json:
        print_json({"username": account, "token": secret, "expires_at": made.expires_at})
    else:
        click.echo(secret)
