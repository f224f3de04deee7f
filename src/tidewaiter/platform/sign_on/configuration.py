"""The file of `TIDEWAITER_SIGN_ON`: who says who logs in, and what of it counts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tidewaiter.platform.accounts.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.platform.accounts.models import User

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SCOPES, USUAL = ("openid", "profile"), ("RS256", "PS256", "ES256")
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Mapped:
    """A claim and what its values stand for here; without a map, values are codes as they are."""

    claim: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignOn:
    """`local`: names that may log in with a password; None: everybody. `amr`, `acr`: values that
    count as a second factor; none: ours is asked. `create`: unknown subjects get an account.
    `national`: the value of the claim of offices that stands for all of them."""

    label: str
    issuer: str
    client_id: str
    secret: str
    scopes: tuple[str, ...] = SCOPES
    subject: str = "sub"
    algorithms: tuple[str, ...] = USUAL
    create: bool = False
    username: str = "preferred_username"
    local: frozenset[str] | None = None
    amr: frozenset[str] = frozenset()
    acr: frozenset[str] = frozenset()
    roles: Mapped | None = None
    administrators: bool = False
    offices: Mapped | None = None
    national: str = ""


def sign_on() -> SignOn | None:
    """What is configured; None: single sign-on is off. Raises ImproperlyConfigured."""
    if not settings.SIGN_ON:
        return None
    path = Path(settings.SIGN_ON)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ImproperlyConfigured(f"TIDEWAITER_SIGN_ON: {error}") from error


def may_log_in_here(user: User) -> bool:
    """Whether a password is taken from this account."""
    found = sign_on()
    return found is None or found.local is None or user.username in found.local


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> SignOn:
    try:
        return _understood(tomllib.loads(path.read_text("utf-8")))
    except (KeyError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{path}: {error}") from error


def _understood(given: dict[str, Any]) -> SignOn:
    issuer = given["issuer"].rstrip("/")
    place = urlsplit(issuer)
    if place.scheme != "https" and place.hostname not in LOCAL:
        raise ValueError("issuer: https is needed")
    algorithms = tuple(given.get("algorithms", USUAL))
    if wrong := set(algorithms) - set(ALGORITHMS):
        raise ValueError(f"algorithms: {', '.join(sorted(wrong))}: take of {', '.join(ALGORITHMS)}")
    factor, local = given.get("factor", {}), given.get("local")
    roles = _mapped(given.get("roles"))
    if roles and (unknown := set(roles.values.values()) - ROLES.keys()):
        raise ValueError(f"roles.map: there is no role {', '.join(sorted(unknown))}")
    return SignOn(
        label=given["label"],
        issuer=issuer,
        client_id=given["client_id"],
        secret=Path(given["client_secret_file"]).read_text("utf-8").strip(),
        scopes=tuple(given.get("scopes", SCOPES)),
        subject=given.get("subject", "sub"),
        algorithms=algorithms,
        create=given.get("create", False) is True,
        username=given.get("username", "preferred_username"),
        local=None if local is None else frozenset(local),
        amr=frozenset(factor.get("amr", ())),
        acr=frozenset(factor.get("acr", ())),
        roles=roles,
        administrators=given.get("roles", {}).get("administrators", False) is True,
        offices=_mapped(given.get("offices")),
        national=given.get("offices", {}).get("national", ""),
    )


def _mapped(given: dict[str, Any] | None) -> Mapped | None:
    return None if given is None else Mapped(given["claim"], dict(given.get("map", {})))
