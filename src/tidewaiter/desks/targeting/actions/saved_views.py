"""An officer's own worklists, kept under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from tidewaiter.desks.targeting.models import SavedView
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

MOST = 50


class ViewRefused(ValueError):
    """The view cannot be kept: `code` says why (name, query, many)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def save_view(actor: User, *, name: str, query: str) -> SavedView:
    """Keep the query of a worklist; a name used before gets the new query. Raises Denied,
    ViewRefused."""
    check(actor, "targeting.read")
    name, query = " ".join(name.split()), query.lstrip("?")
    if not 0 < len(name) <= 80:
        raise ViewRefused("name")
    if len(query) > 2000:
        raise ViewRefused("query")
    own = SavedView.objects.filter(owner=actor)
    if own.exclude(name=name).count() >= MOST:
        raise ViewRefused("many")
    view, _ = SavedView.objects.update_or_create(owner=actor, name=name, defaults={"query": query})
    record(actor, "worklist.view_save", name, query=query)
    return view


@transaction.atomic
def remove_view(actor: User, view_id: int) -> None:
    """Raises Denied, SavedView.DoesNotExist."""
    check(actor, "targeting.read")
    view = SavedView.objects.get(pk=view_id, owner=actor)
    record(actor, "worklist.view_remove", view.name)
    view.delete()
