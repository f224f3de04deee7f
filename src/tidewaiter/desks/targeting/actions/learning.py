"""Models of the administration: trained as challengers, promoted by a second officer
(`platform/foureyes`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from tidewaiter import __version__
from tidewaiter.desks.targeting.models import RiskModelVersion
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.models import RiskModel
from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.foureyes.policies import why_not_second
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from tidewaiter.engine.risk.measurement import Comparison
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.foureyes.models import Proposal
    from tidewaiter.platform.jobs.models import Job
    from tidewaiter.platform.jobs.steps import Steps

State = RiskModelVersion.State
PROMOTION = "model.promotion"
log = structlog.get_logger()


class RollBackRefused(ValueError):
    """No reason, nothing to go back to, or nothing that this release can read."""


def train(
    actor: User, *, until: date | None = None, steps: Steps | None = None
) -> RiskModelVersion:
    """Learn from what was declared, and known of controls, before a day (default: everything).

    The result is a challenger, and its promotion is proposed; the very first one is champion at once,
    as nothing else judges.
    Raises Denied, TooFewOutcomes.
    """
    check(actor, "models.train")
    steps = steps or Unwatched()
    first = (pl.col("version") == 1) & (pl.col("function") != "cancellation")
    until = until or _after_the_last_result()
    model = RiskModel.train(
        lake().scan(DECLARATIONS).filter(first),
        lake().current(OUTCOMES),
        until=until,
        progress=lambda done, total: (steps.check(), steps.update(done, total))[1],
        rival=_in_force(),
    )
    model.save(_path(model.version))
    with transaction.atomic():
        trained, created = RiskModelVersion.objects.get_or_create(
            version=model.version,
            defaults={
                "trained_by": actor,
                "learned_from": model.trained_from,
                "learned_until": until,
                "code": __version__,
                "metrics": plain(model.metrics) | _comparison(model),
            },
        )
        if created:
            record(actor, "model.train", model.version, until=until, metrics=trained.metrics)
        if current_version() is None:
            _champion(trained, actor)
        elif created:
            _propose(actor, trained)
    return trained


@transaction.atomic
def ask_for_training(actor: User) -> Job:
    """A job that trains a challenger in the officer's name. Raises Denied."""
    check(actor, "models.train")
    job = enqueue("targeting.train", actor=actor, officer=actor.pk)
    record(actor, "model.train_asked", str(job.pk))
    return job


@transaction.atomic
def propose_promotion(actor: User, version: str, *, reason: str) -> Proposal:
    """Propose a model once more: nobody decided in time, it was returned, or it was in force before.
    Raises Denied, ValidationError, RiskModelVersion.DoesNotExist."""
    check(actor, "models.train")
    model = RiskModelVersion.objects.select_for_update().get(version=version)
    if model.state == State.CHAMPION:
        raise ValidationError(gettext("This model is in force."))
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why.")})
    return _propose(actor, model, reason)


def _propose(actor: User, model: RiskModelVersion, reason: str = "") -> Proposal:
    return foureyes.propose(
        actor,
        PROMOTION,
        model.version,
        reason=reason,
        details={"version": model.version},
        authors=[model.trained_by],
    )


def proposal_of(model: RiskModelVersion) -> Proposal | None:
    """What waits for a second officer about a model."""
    return foureyes.waiting(PROMOTION, model.version)


def promote(actor: User, version: str, *, alone: bool = False) -> RiskModelVersion:
    """Make a challenger the champion; whoever trained or proposed it may not promote it.

    alone: the operator setting up a house by himself; the ledger says so. Raises Denied,
    ValidationError, RiskModelVersion.DoesNotExist.
    """
    check(actor, "models.promote")
    model = RiskModelVersion.objects.get(version__startswith=version)
    if model.state == State.CHAMPION:
        return model
    if alone:
        _promote_alone(actor, model)
    elif proposal := proposal_of(model):
        foureyes.approve(actor, proposal.pk)
    else:
        raise ValidationError(gettext("Nobody proposes this model: it has to be proposed first."))
    return RiskModelVersion.objects.get(pk=model.pk)


@transaction.atomic
def _promote_alone(actor: User, model: RiskModelVersion) -> None:
    foureyes.lapse(actor, PROMOTION, model.version, gettext("It was put in force by one alone."))
    _champion(RiskModelVersion.objects.select_for_update().get(pk=model.pk), actor)


def model_of(proposal: Proposal) -> RiskModelVersion:
    """What a proposal is about. Raises RiskModelVersion.DoesNotExist."""
    return RiskModelVersion.objects.get(version=proposal.details["version"])


def approve_promotion(actor: User, proposal: Proposal) -> None:
    model = RiskModelVersion.objects.select_for_update().get(pk=model_of(proposal).pk)
    if model.state != State.CHAMPION:
        _champion(model, actor)


@transaction.atomic
def roll_back(actor: User, reason: str, *, alone: bool = False) -> RiskModelVersion:
    """Put the champion before the present one in force again, and take the present one out.

    As with a promotion, whoever trained the model that comes back may not do it. Raises Denied,
    RollBackRefused.
    """
    check(actor, "models.promote")
    if not reason.strip():
        raise RollBackRefused(gettext("A roll-back needs a reason."))
    champion = _of_state(State.CHAMPION).select_for_update().first()
    before = champion_before()
    if champion is None or before is None:
        raise RollBackRefused(gettext("There is no earlier model to go back to."))
    if not alone and (why := why_not_second(actor, before.trained_by)):
        raise Denied("models.promote", why)
    try:
        load_model(before.version)
    except (FileNotFoundError, ValueError) as error:
        message = gettext("This release cannot read the earlier model. Train a new one.")
        raise RollBackRefused(message) from error
    champion.state, champion.withdrawn_because = State.WITHDRAWN, reason.strip()
    champion.save(update_fields=["state", "withdrawn_because"])
    _in_office(before, actor)
    record(
        actor, "model.roll_back", before.version,
        alone=before.trained_by_id == actor.pk, instead_of=champion.version, reason=reason.strip(),
    )  # fmt: skip
    return before


def champion_before() -> RiskModelVersion | None:
    """The last one that a promotion retired: what a roll-back puts in force."""
    return (
        _of_state(State.RETIRED).filter(promoted_at__isnull=False).order_by("-promoted_at").first()
    )


def _of_state(state: State) -> QuerySet[RiskModelVersion]:
    return RiskModelVersion.objects.filter(state=state)


def _champion(model: RiskModelVersion, actor: User) -> None:
    _of_state(State.CHAMPION).update(state=State.RETIRED)
    _in_office(model, actor)
    record(
        actor,
        "model.promote",
        model.version,
        alone=model.trained_by_id == actor.pk,
        comparison=model.metrics.get("comparison"),
        shadow=model.shadow,
    )


def _in_office(model: RiskModelVersion, actor: User) -> None:
    model.state, model.promoted_at, model.promoted_by = State.CHAMPION, timezone.now(), actor
    model.withdrawn_because = ""
    model.save(update_fields=["state", "promoted_at", "promoted_by", "withdrawn_because"])


def current_version() -> str | None:
    champion = _of_state(State.CHAMPION).first()
    return champion.version if champion else None


def current_model() -> RiskModel | None:
    """The champion; None while nothing has been learnt."""
    version = current_version()
    return load_model(version) if version else None


@lru_cache(maxsize=4)
def load_model(version: str) -> RiskModel:
    """Raises FileNotFoundError."""
    return RiskModel.load(_path(version))


def _path(version: str) -> Path:
    return Path(settings.HOME) / "risk" / "models" / f"{version}.json"


def _after_the_last_result() -> date:
    last = lake().scan(OUTCOMES).select(pl.col("known_on").max().dt.offset_by("1d"))
    return last.collect().item() or timezone.localdate()


def _in_force() -> RiskModel | None:
    """The champion to compare with; None when there is none that this release can use."""
    try:
        return current_model()
    except (FileNotFoundError, ValueError) as error:
        log.warning("champion_unusable", error=str(error))
        return None


def _comparison(model: RiskModel) -> dict[str, Any]:
    """The challenger beside the champion on the same controls, as JSON."""
    compared = model.compared
    if compared is None:
        return {}
    return {
        "comparison": {
            "since": compared.since.isoformat(),
            "until": compared.until.isoformat(),
            "champion_version": compared.rival,
            "champion_had_seen": compared.seen,
            **side_by_side(compared.result),
        }
    }


def side_by_side(result: Comparison) -> dict[str, Any]:
    """As JSON: the figures of both models, and the leads (value, low, high) that are known."""
    leads = {n: [lead.value, lead.low, lead.high] for n, lead in result.leads.items() if lead.known}
    return {
        "champion": plain(result.champion),
        "challenger": plain(result.challenger),
        "leads": leads,
    }


def plain(metrics: dict[str, float]) -> dict[str, float]:
    """Figures that JSON can hold: a figure that could not be computed is left out."""
    return {name: value for name, value in metrics.items() if value == value}  # noqa: PLR0124  NaN
