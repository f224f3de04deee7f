"""Which actions need a second officer: `register(Kind(...))` in the module `proposals.py` of an app.

    register(
        Kind(
            code="privacy.unmask",
            label=_("unmasking of personal data"),
            permission="privacy.unmask_approve",
            approve=unmask,
        )
    )

The app's own action checks who may propose, and calls `foureyes.actions.propose`. Whatever is decided
is decided by `foureyes.actions`, which calls back what is registered here, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.utils.functional import Promise

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.foureyes.models import Proposal


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the difference that a second officer is shown."""

    what: str
    before: str
    after: str


def _nothing(_actor: User, _proposal: Proposal) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of proposal. The functions raise ValidationError when something cannot be done; then
    nothing is."""

    code: str
    label: str | Promise
    permission: str
    """What it takes to decide."""
    approve: Callable[[User, Proposal], None]
    """Do what was proposed, in the name of who approves. `proposal.remark` has what he said."""
    give_back: Callable[[User, Proposal], None] = _nothing
    """Undo what proposing did; `proposal.state` tells whether it was returned, withdrawn or expired."""
    difference: Callable[[Proposal], Sequence[Change]] = lambda _proposal: ()
    """What it changes, for the page."""
    content: Callable[[Proposal], object] = lambda proposal: proposal.details
    """What is proposed, as it stands now, as what JSON can hold. Its digest is kept with the proposal:
    nobody approves what has changed meanwhile."""
    address: Callable[[Proposal], str] = lambda _proposal: ""
    """The desk's own page about it."""
    after: Callable[[Proposal], None] | None = None
    """What follows an approval outside of its transaction. It must be safe to repeat, and the app
    must see to what a dying process left undone."""
    days: int | None = None
    """How long it waits; None: as long as the setting says."""
    shared: bool = False
    """It is of all offices, and whoever has the permission decides, whatever offices he sees."""
    own_entries: bool = False
    """The functions write the ledger's entry, in words of their own; otherwise it is written for them."""


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    known = KINDS.get(kind.code)
    if known and known.approve.__module__ != kind.approve.__module__:
        raise ValueError(f"two kinds of proposal are called {kind.code}")
    KINDS[kind.code] = kind
