"""What claims say about somebody's rights, if the file of single sign-on maps them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tidewaiter.platform.accounts.models import Office
from tidewaiter.platform.accounts.roles import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.platform.accounts.actions import Rights
    from tidewaiter.platform.sign_on.configuration import Mapped, SignOn


def rights_by(found: SignOn, claims: Mapping[str, Any], before: Rights) -> Rights:
    """Rights as claims have them; what is not mapped stays as before. Codes that are unknown here
    give nothing."""
    rights = before
    if found.roles is not None:
        rights = replace(rights, roles=_roles(found, found.roles, claims, before))
    if found.offices is not None:
        said = _values(claims, found.offices.claim)
        codes = {found.offices.values.get(value, value) for value in said}
        known = Office.objects.filter(code__in=codes).values_list("code", flat=True)
        national = bool(found.national) and found.national in said
        rights = replace(rights, offices=frozenset(known), national=national)
    return rights


def has_factor(found: SignOn, claims: Mapping[str, Any]) -> bool:
    """Whether the provider says that it asked for a second factor that counts here."""
    return bool(found.amr & _values(claims, "amr")) or bool(found.acr & _values(claims, "acr"))


def _roles(
    found: SignOn, roles: Mapped, claims: Mapping[str, Any], before: Rights
) -> frozenset[str]:
    """Only what the map names; administrators only if that was stated, else as the house has it."""
    given = {roles.values[v] for v in _values(claims, roles.claim) if v in roles.values}
    given -= {OPERATOR}
    if not found.administrators:
        given = (given - {"administrator"}) | (before.roles & {"administrator"})
    return frozenset(given)


def _values(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """A claim's values: a list, or words in one text."""
    said = claims.get(name)
    if isinstance(said, str):
        return frozenset(said.split()) | {said}
    return frozenset(map(str, said)) if isinstance(said, list) else frozenset()
