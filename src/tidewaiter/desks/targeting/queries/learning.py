"""Models of the administration: which there are, how good, what they look at, what they chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidewaiter.desks.targeting.actions.learning import load_model
from tidewaiter.desks.targeting.models import Pins, RiskModelVersion
from tidewaiter.engine.risk.reasons import catalogue
from tidewaiter.platform.accounts.access import check

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User

ORDERS = ("trained_at", "learned_until", "state")


@dataclass(frozen=True, slots=True)
class Weight:
    """A reason that a model gives, in English, and its share of all that its trees gained."""

    code: str
    label: str
    share: float


def models_of(
    user: User, *, order: str = "trained_at", descending: bool = True
) -> QuerySet[RiskModelVersion]:
    """Every model, the newest first unless asked otherwise. Raises Denied."""
    check(user, "models.read")
    rows = RiskModelVersion.objects.select_related("trained_by", "promoted_by")
    return rows.order_by(f"-{order}" if descending else order, "-pk")


def model_of(user: User, version: str) -> RiskModelVersion | None:
    """The model of a version, or None. Raises Denied."""
    return models_of(user).filter(version=version).first()


def weights_of(model: RiskModelVersion) -> list[Weight]:
    """What the model looks at, the weightiest first; empty when this release cannot read it."""
    try:
        importance = load_model(model.version).importance()
    except (FileNotFoundError, ValueError):
        return []
    reasons = catalogue()
    return [Weight(code, reasons[code].label, share) for code, share in importance.items()]


def versions_of_pins(digests: Iterable[str]) -> dict[str, str]:
    """Pins of assessments → version of the model that made them, empty for none."""
    found = Pins.objects.filter(digest__in=set(digests)).values_list("digest", "model")
    return dict(found)
