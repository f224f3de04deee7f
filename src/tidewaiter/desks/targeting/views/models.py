"""The models: what they learnt, how good they are, which one is in force."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.performance.queries import drift
from tidewaiter.desks.targeting.actions.learning import (
    RollBackRefused,
    ask_for_training,
    champion_before,
    proposal_of,
    propose_promotion,
)
from tidewaiter.desks.targeting.actions.learning import promote as promote_model
from tidewaiter.desks.targeting.actions.learning import roll_back as roll_model_back
from tidewaiter.desks.targeting.forms.models import PromotionForm, RollBackForm
from tidewaiter.desks.targeting.forms.profiles import AREAS
from tidewaiter.desks.targeting.models import RiskModelVersion
from tidewaiter.desks.targeting.queries import learning as queries
from tidewaiter.platform.accounts.access import Denied, requires
from tidewaiter.platform.foureyes.policies import why_not_second
from tidewaiter.platform.foureyes.queries import standing
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.charts import Chart, Series
from tidewaiter.platform.pages.tables import Column, Order, Row, Table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.platform.accounts.models import User

State = RiskModelVersion.State
TONES = {
    State.CHALLENGER: "info",
    State.CHAMPION: "good",
    State.RETIRED: "neutral",
    State.WITHDRAWN: "bad",
}
SHARES = ("1", "2", "5", "10")
MOST_WEIGHTS = 20
COLUMNS = [
    Column(gettext_lazy("Version"), "code"),
    Column(gettext_lazy("State"), "shrink", sort="state"),
    Column(gettext_lazy("Learnt until"), sort="learned_until"),
    Column(gettext_lazy("AUC"), "number"),
    Column(gettext_lazy("Precision at 1 %"), "number"),
    Column(gettext_lazy("Precision at 5 %"), "number"),
    Column(gettext_lazy("Recall at 5 %"), "number"),
    Column(gettext_lazy("Trained"), "shrink", sort="trained_at"),
    Column(gettext_lazy("By"), "code"),
]
MEASURES = [
    Column(gettext_lazy("Share inspected"), "code"),
    Column(gettext_lazy("Precision"), "number"),
    Column(gettext_lazy("Recall"), "number"),
    Column(gettext_lazy("Lift over chance"), "number"),
    Column(gettext_lazy("Share of revenue found"), "number"),
]
BY_AREA = [
    Column(gettext_lazy("Risk area")),
    Column(gettext_lazy("Finds"), "number"),
    Column(gettext_lazy("Area under the curve on later controls"), "number"),
]
COMPARED = [
    Column(gettext_lazy("Measure")),
    Column(gettext_lazy("In force"), "number"),
    Column(gettext_lazy("This model"), "number"),
    Column(gettext_lazy("Lead (95 % interval)"), "number"),
]


@requires("models.read")
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    order = Order.of(request, queries.ORDERS, "-trained_at")
    found = queries.models_of(request.user, order=order.key, descending=order.descending)
    context = {
        "table": Table(COLUMNS, [_row(model) for model in found], order),
        "may_train": request.user.may("models.train"),
        "drift_alarms": drift.alarms(request.user),
    }
    return render(request, "targeting/models/models.html", context)


def _row(model: RiskModelVersion) -> Row:
    shares = [
        formats.percent(model.metrics.get(n)) for n in ("precision_1", "precision_5", "recall_5")
    ]
    return Row(
        [
            model.version[:12],
            cells.badge(model.get_state_display(), TONES[model.state]),
            formats.day(model.learned_until),
            formats.number(model.metrics.get("auc"), 3),
            *shares,
            cells.when(model.trained_at),
            str(model.trained_by),
        ],
        url=reverse("targeting:model", args=[model.version]),
    )


@requires("models.read")
@require_GET
def model(request: HttpRequest, version: str) -> HttpResponse:
    shown = _or_404(request, version)
    return render(request, "targeting/models/model.html", _context(request, shown))


def _context(request: HttpRequest, shown: RiskModelVersion) -> dict[str, Any]:
    may_promote = request.user.may("models.promote")
    in_force = shown.state == State.CHAMPION
    weights = queries.weights_of(shown)
    comparison = shown.metrics.get("comparison")
    before = champion_before() if in_force and may_promote else None
    proposal = proposal_of(shown)
    return {
        "model": shown,
        "tone": TONES[shown.state],
        "measures": Table(MEASURES, _measures(shown.metrics)),
        "measured": "auc" in shown.metrics,
        "controls": shown.metrics.get("rows"),
        "learnt_rows": shown.metrics.get("learnt_rows"),
        "learnt_finds": shown.metrics.get("learnt_finds"),
        "auc": formats.number(shown.metrics.get("auc"), 3),
        "areas": Table(BY_AREA, _areas(shown.metrics)),
        "weights": _chart(weights[:MOST_WEIGHTS]) if weights else None,
        "comparison": comparison,
        "compared": Table(COMPARED, _compared(comparison, _shown_measures(["precision", "recall"])))
        if comparison
        else None,
        "since": date.fromisoformat(comparison["since"]) if comparison else None,
        "until": date.fromisoformat(comparison["until"]) if comparison else None,
        "shadow": _shadow(shown.shadow) if shown.shadow else None,
        "proposal": proposal,
        "standing": standing(request.user, proposal),
        "promotion_form": PromotionForm()
        if request.user.may("models.train") and not (in_force or proposal)
        else None,
        "before": before,
        "bound": _bound(request.user, before) if before else "",
        "roll_back_form": RollBackForm() if before else None,
    }


def _shadow(figures: dict[str, Any]) -> dict[str, Any]:
    """Both models on the days that neither had learnt from, as the page shows them."""
    lines = _shown_measures(["precision", "recall", "revenue_recall"])
    tables = {
        name: Table(COMPARED, _compared(figures[name], lines))
        for name in ("all", "chance")
        if figures[name]
    }
    return figures | {
        "since": date.fromisoformat(figures["since"]),
        "until": date.fromisoformat(figures["until"]),
        "compared_at": datetime.fromisoformat(figures["compared_at"]),
        "same_choice": formats.percent(figures["same_choice"], 0),
        "champions": ", ".join(version[:12] for version in figures["champions"]),
        "tables": tables,
    }


def _measures(metrics: dict[str, Any]) -> list[Row]:
    return [
        Row(
            [
                formats.percent(int(share) / 100, 0),
                formats.percent(metrics.get(f"precision_{share}")),
                formats.percent(metrics.get(f"recall_{share}")),
                formats.number(metrics.get(f"lift_{share}"), 1),
                formats.percent(metrics.get(f"revenue_recall_{share}")),
            ]
        )
        for share in SHARES
    ]


def _areas(metrics: dict[str, Any]) -> list[Row]:
    """Risk areas that the model tells apart, those with most finds first."""
    found = {name[len("finds_") :]: n for name, n in metrics.items() if name.startswith("finds_")}
    return [
        Row(
            [
                str(AREAS.get(area, area)),
                formats.number(finds),
                formats.number(metrics.get(f"auc_{area}"), 3),
            ]
        )
        for area, finds in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _chart(weights: list[queries.Weight]) -> Chart:
    return Chart(
        kind="bar",
        categories=[capfirst(gettext(weight.label)) for weight in weights],
        series=[Series(gettext("Share of what the model learnt"), [w.share for w in weights])],
        unit="percent",
        horizontal=True,
        axis=gettext("Reason"),
    )


def _shown_measures(kinds: list[str]) -> list[tuple[str, str]]:
    """Label and name of the AUC and of the measures of these kinds, by share inspected."""
    labels = {
        "precision": gettext("Precision at %(share)s %%"),
        "recall": gettext("Recall at %(share)s %%"),
        "revenue_recall": gettext("Share of revenue found at %(share)s %%"),
    }
    by_share = [
        (labels[kind] % {"share": share}, f"{kind}_{share}") for kind in kinds for share in SHARES
    ]
    return [(gettext("AUC"), "auc"), *by_share]


def _compared(comparison: dict[str, Any], lines: list[tuple[str, str]]) -> list[Row]:
    old, new, leads = comparison["champion"], comparison["challenger"], comparison["leads"]

    def write(figure: float | None, name: str) -> str:
        return formats.number(figure, 3) if name == "auc" else formats.percent(figure)

    return [
        Row(
            [
                label,
                write(old.get(name), name),
                write(new.get(name), name),
                _lead(leads.get(name), points=name != "auc"),
            ]
        )
        for label, name in lines
        if name in new
    ]


def _lead(lead: list[float] | None, *, points: bool) -> str:
    if lead is None:
        return formats.NOTHING
    if points:
        return formats.interval(*lead)
    value, low, high = (formats.number(figure, 3) for figure in lead)
    return gettext("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


@requires("models.promote")
@require_POST
def promote(request: HttpRequest, version: str) -> HttpResponse:
    shown = _or_404(request, version)
    try:
        promote_model(request.user, shown.version)
    except Denied as denied:
        messages.error(request, denied.why)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, gettext("This model is in force from now on."))
    return redirect("targeting:model", shown.version)


@requires("models.train")
@require_POST
def propose(request: HttpRequest, version: str) -> HttpResponse:
    """Once more, as nothing waits for it."""
    shown = _or_404(request, version)
    form = PromotionForm(request.POST)
    if form.is_valid():
        try:
            propose_promotion(request.user, shown.version, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("Proposed. A second officer decides."))
            return redirect("targeting:model", shown.version)
    context = _context(request, shown) | {"promotion_form": form}
    return render(request, "targeting/models/model.html", context, status=422)


@requires("models.promote")
@require_POST
def roll_back(request: HttpRequest, version: str) -> HttpResponse:
    shown = _or_404(request, version)
    before, form = champion_before(), RollBackForm(request.POST)
    if shown.state != State.CHAMPION:
        messages.error(
            request, gettext("This model is not in force; there is nothing to roll back.")
        )
    elif before is not None and (why := _bound(request.user, before)):
        messages.error(request, why)
    elif not form.is_valid():
        context = _context(request, shown) | {"roll_back_form": form}
        return render(request, "targeting/models/model.html", context)
    else:
        try:
            back = roll_model_back(request.user, form.cleaned_data["reason"])
        except RollBackRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, gettext("This model is in force again."))
            return redirect("targeting:model", back.version)
    return redirect("targeting:model", shown.version)


def _bound(user: User, before: RiskModelVersion) -> str:
    """Why somebody may not bring the earlier model back; empty if he may."""
    if before.trained_by_id == user.pk:
        return gettext("You trained the model that would come back; somebody else must do it.")
    return why_not_second(user, before.trained_by)


@requires("models.train")
@require_POST
def train(request: HttpRequest) -> HttpResponse:
    ask_for_training(request.user)
    messages.success(
        request, gettext("Training has been asked for; the model appears here when done.")
    )
    return redirect("targeting:models")


def _or_404(request: HttpRequest, version: str) -> RiskModelVersion:
    found = queries.model_of(request.user, version)
    if found is None:
        raise Http404
    return found
