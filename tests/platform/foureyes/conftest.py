"""A kind of proposal that only tests know: it writes down what is done with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.core.exceptions import ValidationError

from tidewaiter.platform.foureyes.registry import KINDS, Change, Kind

DECIDE = "profiles.approve"


@dataclass
class Desk:
    """`done`: (step, who, subject) of all that was called back; `now`: what is proposed, at present."""

    now: dict[str, object] = field(default_factory=lambda: {"figure": 1})
    done: list[tuple[str, str, str]] = field(default_factory=list)
    broken: bool = False

    def approve(self, actor, proposal) -> None:
        if self.broken:
            raise ValidationError("It cannot be done.")
        self.done.append(("approve", actor.username, proposal.subject))

    def give_back(self, actor, proposal) -> None:
        self.done.append((proposal.state, actor.username, proposal.subject))

    def after(self, proposal) -> None:
        self.done.append(("after", "", proposal.subject))


@pytest.fixture
def desk(monkeypatch) -> Desk:
    made = Desk()
    kind = Kind(
        code="test.figure",
        label="a figure",
        permission=DECIDE,
        approve=made.approve,
        give_back=made.give_back,
        difference=lambda proposal: [Change("Figure", "0", str(made.now["figure"]))],
        content=lambda proposal: made.now,
        address=lambda proposal: "/targeting/profiles/",
        after=made.after,
    )
    monkeypatch.setitem(KINDS, kind.code, kind)
    return made


@pytest.fixture
def anna(officer):
    """Proposes."""
    return officer("targeting_officer", national=True, username="anna")


@pytest.fixture
def berta(officer):
    """Decides."""
    return officer("profile_approver", national=True, username="berta")
