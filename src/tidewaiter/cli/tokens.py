"""`tidewaiter tokens`: what machine clients log in with."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tidewaiter.platform.accounts.models import Token, User

days_option = click.option("--days", default=90, show_default=True, help="Life of the secret.")


@click.group()
def tokens() -> None:
    """Tokens of machine clients: list, make, rotate, revoke."""


@tokens.command("list")
@click.option("--all", "every", is_flag=True, help="Those that have ended, too.")
@json_option
@housed
def list_tokens(officer: User, *, every: bool, as_json: bool) -> None:
    """The tokens of the accounts in sight, the first to end first."""
    from tidewaiter.platform.accounts.access import check  # noqa: PLC0415  needs Django
    from tidewaiter.platform.accounts.models import Token  # noqa: PLC0415
    from tidewaiter.platform.accounts.policies import MANAGE  # noqa: PLC0415

    check(officer, MANAGE)
    rows = Token.objects.visible_to(officer)
    rows = (rows if every else rows.valid()).select_related("user", "office").order_by("expires_at")
    if as_json:
        print_json([_told(token) for token in rows])
        return
    for token in rows:
        click.echo("  ".join(_words(token)))


@tokens.command("make")
@click.argument("account")
@click.option(
    "--may", "permissions", multiple=True, help="A permission; may be given several times."
)
@click.option("--office", default="", help="Code of the one office that it is for.")
@click.option("--network", "networks", multiple=True, help="Where it may be used from (CIDR).")
@click.option("--name", default="command line", show_default=True)
@days_option
@json_option
@housed
def make(
    officer: User, *, account: str, permissions: tuple[str, ...], office: str,
    networks: tuple[str, ...], name: str, days: int, as_json: bool,
) -> None:  # fmt: skip
    """Issue a token for an account; it is shown once. Without --may it may do nothing."""
    from tidewaiter.platform.accounts.models import User as Accounts  # noqa: PLC0415  needs Django
    from tidewaiter.platform.accounts.tokens import Grant, issue_token  # noqa: PLC0415

    user = Accounts.objects.filter(username=account, is_active=True).first()
    if user is None:
        fail(f"there is no active account {account!r}")
    with _said():
        grant = Grant(permissions, office, networks)
        made, secret = issue_token(officer, user, name, _in(days), grant)
    _show(made, secret, as_json=as_json)


@tokens.command("rotate")
@click.argument("prefix")
@click.option("--overlap", default=24, show_default=True, help="Hours the old secret stays valid.")
@days_option
@json_option
@housed
def rotate(officer: User, *, prefix: str, overlap: int, days: int, as_json: bool) -> None:
    """Give a token a new secret, shown once; PREFIX is what stands after its tw_."""
    from tidewaiter.platform.accounts.tokens import rotate_token  # noqa: PLC0415  needs Django

    token, hours = _one(officer, prefix), timedelta(hours=overlap)
    with _said():
        made, secret = rotate_token(officer, token, _in(days), hours)
    _show(made, secret, as_json=as_json)


@tokens.command("revoke")
@click.argument("prefix")
@json_option
@housed
def revoke(officer: User, *, prefix: str, as_json: bool) -> None:
    """End a token at once, with both its secrets."""
    from tidewaiter.platform.accounts.tokens import revoke_token  # noqa: PLC0415  needs Django

    token = _one(officer, prefix)
    revoke_token(officer, token)
    if as_json:
        print_json({"revoked": token.prefix, "account": token.user.username})
    else:
        click.echo(f"revoked tw_{token.prefix} of {token.user.username}")


def _one(officer: User, prefix: str) -> Token:
    from tidewaiter.platform.accounts.models import Token  # noqa: PLC0415  needs Django

    rows = Token.objects.visible_to(officer).select_related("user", "office")
    found = rows.filter(prefix=prefix.removeprefix("tw_")).first()
    return found or fail(f"there is no token that begins with tw_{prefix.removeprefix('tw_')}")


@contextmanager
def _said() -> Iterator[None]:
    """What an action finds wrong, as the command says it."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415  needs Django

    try:
        yield
    except ValidationError as error:
        fail("; ".join(error.messages))


def _in(days: int) -> datetime:
    from django.utils import timezone  # noqa: PLC0415  needs Django

    return timezone.now() + timedelta(days=days)


def _show(token: Token, secret: str, *, as_json: bool) -> None:
    if as_json:
        print_json({**_told(token), "token": secret})
    else:
        click.echo(secret)


def _told(token: Token) -> dict[str, object]:
    return {
        "prefix": token.prefix, "username": token.user.username, "name": token.name,
        "permissions": token.permissions, "office": token.limit.office,
        "networks": token.networks, "expires_at": token.expires_at,
        "previous_until": token.previous_until, "last_used_at": token.last_used_at,
        "valid": token.is_valid,
    }  # fmt: skip


def _words(token: Token) -> Iterator[str]:
    yield f"tw_{token.prefix}"
    yield token.user.username
    yield f"until {token.expires_at:%Y-%m-%d}" if token.is_valid else "ended"
    yield ",".join(token.permissions) or "nothing"
    if token.office:
        yield f"in {token.office.code}"
    if token.networks:
        yield f"from {','.join(token.networks)}"
    yield f"({token.name})"
