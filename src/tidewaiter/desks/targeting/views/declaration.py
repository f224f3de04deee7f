"""The page of one declaration, and the history of its importer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from tidewaiter.desks.control.queries import Filter, orders
from tidewaiter.desks.intake.queries import messages_of
from tidewaiter.desks.targeting.actions.overrides import proposal_of
from tidewaiter.desks.targeting.forms.override import DecisionForm, OverrideForm
from tidewaiter.desks.targeting.queries import why_not as queries
from tidewaiter.desks.targeting.queries.declaration import declaration, overrides_of
from tidewaiter.desks.targeting.queries.policy import of_digest
from tidewaiter.desks.targeting.queries.traders import importer_of, trader_history
from tidewaiter.desks.targeting.queries.worklist import default_window
from tidewaiter.desks.targeting.views.sheets import goods_table, header_groups, reasons_of, story
from tidewaiter.desks.targeting.views.why_not import sheets_of
from tidewaiter.desks.targeting.wording import selection_in_words
from tidewaiter.engine.risk.selection import GREEN
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.foureyes.queries import standing
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.charts import Chart, Series
from tidewaiter.platform.pages.tables import Column, Row, Table
from tidewaiter.platform.purpose.statements import Statement, note_search, stated
from tidewaiter.platform.purpose.views import ask

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.targeting.models import Override
    from tidewaiter.desks.targeting.queries.declaration import Declaration
    from tidewaiter.desks.targeting.queries.traders import History
    from tidewaiter.platform.accounts.models import User


@requires("targeting.read")
@require_GET
def show(request: HttpRequest, declaration_id: str) -> HttpResponse:
    return page(request, declaration_id)


def page(
    request: HttpRequest, declaration_id: str, form: OverrideForm | None = None, status: int = 200
) -> HttpResponse:
    """The declaration; `form` is a proposal that was refused, shown again."""
    user: User = request.user
    found = declaration(user, declaration_id)
    if found is None:
        raise Http404
    if request.method == "GET":
        record(
            user, "declaration.read", f"declaration:{declaration_id}",
            office=found.header["office"] or "",
        )  # fmt: skip
    overrides = overrides_of(user, declaration_id)
    context = {
        "found": found,
        "masked_at": found.facts["masked_at"].max(),
        "may_unmask": user.may("privacy.unmask"),
        "header": found.header,
        "item_count": found.items.height,
        "selection": found.selection,
        "selected": selection_in_words(found.selection["selected_by"]) if found.selection else "",
        "groups": header_groups(found.header),
        "table": goods_table(found),
        "reasons": reasons_of(found),
        "story": story(found, overrides),
        "missed": _missed(found),
        "policy": of_digest(found.selection["policy"]) if found.selection else None,
        "orders": _orders(user, declaration_id),
        "troubled": _troubled(user, found),
        **_override(user, found, overrides, form),
    }
    return render(request, "targeting/declaration/declaration.html", context, status=status)


def _missed(found: Declaration) -> bool:
    """Whether it was judged and let go."""
    selection = found.selection
    return selection is not None and selection["lane"] == GREEN and found.assessed.height > 0


def _orders(user: User, declaration_id: str) -> list[Any]:
    if not user.may("control.read"):
        return []
    return list(orders(user, Filter(text=declaration_id)))


def _troubled(user: User, found: Declaration) -> list[dict[str, Any]]:
    """Messages it came with of which some records are still kept out."""
    if not user.may("intake.read"):
        return []
    ids = found.facts["message_id"].drop_nulls().unique().to_list()
    messages = messages_of(user).filter(pk__in=ids)
    return [
        {"message": message, "open": count}
        for message in messages
        if (count := message.findings.filter(resolved_at=None, severity="error").count())
    ]


def _override(
    user: User, found: Declaration, overrides: list[Override], form: OverrideForm | None
) -> dict[str, Any]:
    """What this officer may do about the lane."""
    waiting = next((o for o in overrides if o.state == o.State.PROPOSED), None)
    controlled = found.outcomes.height > 0
    may_propose = (
        user.may("targeting.override_propose") and found.selection and not (waiting or controlled)
    )
    return {
        "waiting": waiting,
        "standing": standing(user, proposal_of(waiting) if waiting else None),
        "override_form": (form or OverrideForm()) if may_propose else None,
        "decision_form": DecisionForm(),
    }


@requires("targeting.read")
@require_GET
def why_not(request: HttpRequest, declaration_id: str) -> HttpResponse:
    """Why it was not selected: a page of its own, or a part of the declaration's (htmx)."""
    user: User = request.user
    found = queries.why_not(user, declaration_id)
    if found is None:
        raise Http404
    part = bool(request.htmx)
    if not part:
        record(user, "declaration.explain", f"declaration:{declaration_id}", office=found.office)
    context = {"found": found, **sheets_of(found)}
    name = "why_not" if part else "why_not_page"
    return render(request, f"targeting/declaration/{name}.html", context)


@requires("targeting.read")
@require_GET
def trader(request: HttpRequest, importer: str) -> HttpResponse:
    """The importer's last two years: a page of its own, or a part of a declaration's (htmx).

    Opened from the page of a declaration (`?of=`), what for is evident; else it is asked, before
    anything tells whether there is such an importer.
    """
    statement = _of_declaration(request, importer) or stated(request, importer)
    if statement is None:
        return ask(request, importer)
    window = default_window(request.user)
    until = window[1] if window else timezone.localdate()
    history = trader_history(request.user, importer, until)
    if history is None:
        raise Http404
    part = bool(request.htmx)
    if not part:
        note_search(request.user, importer, statement, place="trader", verb="trader.read")
    context = {"history": history, "charts": _charts(history), **_tables(history)}
    name = "history" if part else "trader"
    return render(request, f"targeting/declaration/{name}.html", context)


def _of_declaration(request: HttpRequest, importer: str) -> Statement | None:
    """The control of a declaration that the officer sees and that is this importer's."""
    number = request.GET.get("of", "")
    if not number or importer_of(request.user, number) != importer:
        return None
    return Statement("declaration", number)


def _charts(history: History) -> dict[str, Chart]:
    months = history.months["month"].to_list()
    value = Series(gettext("Customs value"), history.months["value"].to_list())
    count = Series(gettext("Declarations"), history.months["declarations"].to_list())
    axis = gettext("Month")
    return {
        "value": Chart("bar", months, [value], "money", currency=history.currency, axis=axis),
        "count": Chart("bar", months, [count], axis=axis),
    }


def _tables(history: History) -> dict[str, Table]:
    goods = [
        Row(
            [
                row["hs6"] or formats.NOTHING, row["origin"] or formats.NOTHING,
                formats.number(row["items"]), formats.money(row["value"], history.currency, 0),
            ]
        )
        for row in history.goods.iter_rows(named=True)
    ]  # fmt: skip
    finds = [
        Row(
            [
                row["declaration_id"], formats.day(row["known_on"]),
                row["risk_area"] or formats.NOTHING,
                formats.money(row["revenue"], row["currency"] or "", 0),
            ],
            url=reverse("targeting:declaration", args=[row["declaration_id"]]),
        )
        for row in history.finds.iter_rows(named=True)
    ]  # fmt: skip
    return {
        "goods": Table(
            [
                Column(gettext("HS code"), "code"), Column(gettext("Origin"), "code"),
                Column(gettext("Items"), "number"), Column(gettext("Customs value"), "number"),
            ],
            goods,
        ),
        "finds": Table(
            [
                Column(gettext("Declaration"), "code"), Column(gettext("Known on"), "code"),
                Column(gettext("Risk area")), Column(gettext("Revenue assessed"), "number"),
            ],
            finds,
        ),
    }  # fmt: skip
