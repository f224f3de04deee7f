"""What is wrong with the house itself, said as such instead of a broken page: too many requests, no
room on the disk, a database that does not answer, a lake whose file is missing, a clock set wrong."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from deltalake.exceptions import DeltaError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.defaults import server_error
from polars.exceptions import PanicException, PolarsError

from tidewaiter.platform.accounts.lockout import client_address
from tidewaiter.platform.chance.actions import ClockBehind
from tidewaiter.platform.limits import ACCOUNT, ADDRESS, TooMany, count
from tidewaiter.platform.space import NoSpace

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

HEALTH = "/health"  # asked by machines that watch; it must answer whatever else is asked
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """`wait`: seconds after which asking again may help."""

    status: int
    wait: int
    title: str | Promise
    remedy: str | Promise


DATABASE = Fault(
    503, 10, _("The database does not answer"),
    _("Nothing was lost, and what you did was not carried out. Wait a minute and try again."),
)  # fmt: skip
SPACE = Fault(
    507, 300, _("There is no room on the disk"),
    _(
        "What you sent was not taken in: send it again when the administrator has made room. What was "
        "acknowledged before is safe."
    ),
)  # fmt: skip
LAKE = Fault(
    503, 300, _("Records are missing or damaged"),
    _(
        "A file of the lake cannot be read. Tell the administrator, who finds out which with "
        "“tidewaiter verify” and puts it back from a backup. Nothing else was touched."
    ),
)  # fmt: skip
CLOCK = Fault(
    503, 300, _("The clock of the machine is wrong"),
    _(
        "It was stepped back to a day whose random picks are public already, so nothing is picked "
        "until it is set. What you sent is kept. Tell the administrator."
    ),
)  # fmt: skip


class Faults:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except PanicException as panic:  # no Exception: Polars found a file cut short
            return answer(request, LAKE, panic)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        fault = fault_of(error)
        return None if fault is None else answer(request, fault, error)


class RateLimited:
    """Counts the requests of officers, and of those who are nobody yet; those of tokens are counted
    where tokens are recognised."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_more: Any
    ) -> HttpResponse | None:
        if getattr(view, "permission", None) == "token" or request.path == HEALTH:
            return None
        try:
            if request.user.is_authenticated:
                count(ACCOUNT, request.user.pk)
            else:
                count(ADDRESS, client_address(request))
        except TooMany as many:
            return answer(request, too_many(many), many)
        return None


def broken(request: HttpRequest) -> HttpResponse:
    """Whatever broke outside a view, in a middleware: the fault that it is, or the page of errors."""
    error = sys.exc_info()[1]
    fault = fault_of(error) if error else None
    return server_error(request) if fault is None else answer(request, fault, error)


def too_many(many: TooMany) -> Fault:
    said = _("More came from you than are taken in a minute. Wait, then try again.")
    return Fault(429, many.wait, _("Too many requests"), said)


def fault_of(error: BaseException) -> Fault | None:
    match error:
        case TooMany():
            return too_many(error)
        case NoSpace():
            return SPACE
        case ClockBehind():
            return CLOCK
        case OperationalError() | InterfaceError():
            return DATABASE
        case DeltaError() | PolarsError() | FileNotFoundError() if _of_the_lake(error):
            return LAKE
    return None


def _of_the_lake(error: BaseException) -> bool:
    """Whether it is about a file of the lake: others raise the same errors, and Polars shortens the
    paths that it tells."""
    return isinstance(error, DeltaError) or ".parquet" in str(error) or "parquet:" in str(error)


def answer(request: HttpRequest, fault: Fault, error: BaseException) -> HttpResponse:
    """JSON for machines, a page that needs neither database nor lake for officers."""
    if not isinstance(error, TooMany):
        log.error("fault", kind=type(error).__name__, error=str(error)[:500])
    if request.path.startswith("/api/"):
        said = {"detail": str(fault.title), "remedy": str(fault.remedy)}
        response: HttpResponse = JsonResponse(said, status=fault.status)
    else:
        page = render_to_string("fault.html", {"fault": fault})
        response = HttpResponse(page, status=fault.status)
    response["Retry-After"] = str(fault.wait)
    return response
