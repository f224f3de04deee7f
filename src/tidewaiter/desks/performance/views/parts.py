"""What the pages of the desk share: filters, tabs, intervals in words, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidewaiter.desks.performance.forms import FilterForm
from tidewaiter.desks.performance.queries.counts import offices
from tidewaiter.platform.pages.tables import chips

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.utils.functional import Promise


def filtered(request: HttpRequest) -> tuple[FilterForm, dict[str, Any]]:
    """The filters of the address, and what every page of the desk shows of them."""
    form = FilterForm(request.GET, offices=offices(request.user))
    return form, {
        "form": form,
        "chips": chips(request.GET, {name: str(f.label) for name, f in form.fields.items()}),
        "query": request.GET.urlencode(),
    }


def tabs(
    request: HttpRequest, labels: Mapping[str, str | Promise], by: str, place: str
) -> list[tuple[str, str, bool]]:
    """Label, address, whether it is the one shown; place: where on the page the tabs stand."""
    made = []
    for code, label in labels.items():
        query = request.GET.copy()
        query.pop("sort", None)
        query["by"] = code
        made.append((str(label), f"?{query.urlencode()}#{place}", code == by))
    return made
