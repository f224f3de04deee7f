"""What chance picked on a day, in words an auditor can check: with any calculator of HMAC-SHA256."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.desks.control.queries import draws
from tidewaiter.desks.targeting.queries import chance
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import frame_answer
from tidewaiter.platform.pages.tables import Column, Pages, Row, Table, asked_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.targeting.queries.chance import ChanceDay

PAGE = 31
ROWS = 50
DAYS = [
    Column(gettext_lazy("Day")),
    Column(gettext_lazy("Published before the day"), "code"),
    Column(gettext_lazy("Digest of the key"), "code"),
    Column(gettext_lazy("Key")),
    Column(gettext_lazy("Could be picked"), "number"),
    Column(gettext_lazy("Due by chance"), "number"),
    Column(gettext_lazy("Picked by chance"), "number"),
    Column(gettext_lazy("Drawn again")),
]
PICKS = [
    Column(gettext_lazy("Declaration"), "code"),
    Column(gettext_lazy("Number"), "number"),
    Column(gettext_lazy("Picked below"), "number"),
    Column(gettext_lazy("Chosen by"), "code"),
    Column(gettext_lazy("Drawn again")),
]
DIGITS = 10


@requires(chance.AUDIT)
@require_GET
def days(request: HttpRequest) -> HttpResponse:
    """All days with a key, the newest first."""
    page = Paginator(chance.day_keys(request.user), PAGE).get_page(asked_page(request))
    shown = chance.with_entries(page)
    counted = _counted(chance.drawn_again([one.key.date for one in shown]))
    context = {
        "table": Table(DAYS, [_day_row(one, counted.get(one.key.date)) for one in shown]),
        "pages": Pages.of(request, size=PAGE, shown=len(shown), total=page.paginator.count),
    }
    return render(request, "targeting/chance/days.html", context)


@requires(chance.AUDIT)
@require_GET
def one_day(request: HttpRequest, day: str) -> HttpResponse:
    told = _asked(request, day)
    rows = chance.drawn_again([told.key.date]) if told.revealed else None
    context = {"told": told, "rate": None}
    if rows is not None:
        picked = rows.filter(pl.col("due") | pl.col("drawn"))
        page = Paginator(picked.rows(named=True), ROWS).get_page(asked_page(request))
        lots = [same for _draw, same in draws(told.key.date)]
        context |= {
            "open": rows.height,
            "due": rows["due"].sum(),
            "drawn": rows["drawn"].sum(),
            "wrong": rows.filter(pl.col("due") != pl.col("drawn")).height,
            "rates": [f"{rate:g}" for rate in rows["rate"].unique().sort()],
            "lots": len(lots),
            "lots_wrong": lots.count(False),
            "table": Table(PICKS, [_pick_row(row) for row in page]),
            "pages": Pages.of(request, size=ROWS, shown=len(page), total=picked.height),
            "example": picked["declaration_id"].first(),
        }
    return render(request, "targeting/chance/day.html", context)


@requires(chance.AUDIT)
@require_GET
def export(request: HttpRequest, day: str) -> HttpResponse:
    """Every declaration of the day that chance could pick, with its number."""
    told = _asked(request, day)
    if not told.revealed:
        raise Http404
    rows = chance.drawn_again([told.key.date])
    record(request.user, "export.write", f"chance {day}", rows=rows.height)
    return frame_answer(f"chance-{day}.csv", rows)


def _asked(request: HttpRequest, day: str) -> ChanceDay:
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    key = get_object_or_404(chance.day_keys(request.user), date=wanted)
    return chance.with_entries([key])[0]


def _counted(rows: pl.DataFrame) -> dict[date, dict[str, int]]:
    counted = rows.group_by("declaration_date").agg(
        pl.len().alias("open"),
        pl.col("due", "drawn").sum(),
        (pl.col("due") != pl.col("drawn")).sum().alias("wrong"),
    )
    return {row.pop("declaration_date"): row for row in counted.iter_rows(named=True)}


def _day_row(told: ChanceDay, counted: dict[str, int] | None) -> Row:
    """Of a day whose key is secret nothing is told that depends on it."""
    published = formats.moment(told.committed.at) if told.committed else ""
    if told.committed and not told.before:
        published = cells.badge(_("not before the day"), "warn")
    day, secret = told.key.date, not told.revealed
    figures = ["", "", "", ""]
    if counted and not secret:
        wrong = counted["wrong"]
        again = cells.badge(
            _("as drawn") if not wrong else _("%(n)s differ") % {"n": formats.number(wrong)},
            "good" if not wrong else "bad",
        )
        figures = [*(formats.number(counted[name]) for name in ("open", "due", "drawn")), again]
    return Row(
        [
            formats.day(day), published or cells.badge(_("never"), "bad"),
            f"{told.key.commitment[:16]}…", _key_badge(told), *figures,
        ],
        url=reverse("targeting:chance_day", args=[day.isoformat()]),
    )  # fmt: skip


def _key_badge(told: ChanceDay) -> str:
    if not told.revealed:
        return cells.badge(_("still secret"), "neutral")
    return (
        cells.badge(_("published, fits"), "good")
        if told.genuine
        else cells.badge(_("does not fit"), "bad")
    )


def _pick_row(row: dict[str, object]) -> Row:
    same = row["due"] == row["drawn"]
    return Row(
        [
            row["declaration_id"], f"{row['number']:.{DIGITS}f}", f"{row['rate']:g}",
            row["selected_by"],
            cells.badge(_("as drawn"), "good") if same else cells.badge(_("differs"), "bad"),
        ]
    )  # fmt: skip
