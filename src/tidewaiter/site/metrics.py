"""Numbers for Prometheus: `/metrics`, for a monitor's token or from addresses that settings name.

Requests are counted by the processes that answer them, in files that all of them share
(`PROMETHEUS_MULTIPROC_DIR`, which `tidewaiter serve` sets); the rest is asked of the house when it
is scraped. Numbers and names of pages only: nothing about anybody.
"""

from __future__ import annotations

import os
import time
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import HttpResponse
from django.utils import timezone
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from tidewaiter.platform.accounts.access import by_own_check
from tidewaiter.platform.accounts.lockout import client_address
from tidewaiter.platform.accounts.models import Token
from tidewaiter.platform.accounts.recognising import authenticate_token
from tidewaiter.platform.accounts.tokens import WARNED_BEFORE
from tidewaiter.platform.backup.jobs import age as backup_age
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.seals.models import Seal
from tidewaiter.platform.space import free_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Counter("tidewaiter_requests", "Requests answered", ["view", "status"])
SECONDS = Histogram("tidewaiter_request_seconds", "Time to answer", ["view"], buckets=BUCKETS)


class Measured:
    """Counts and times every request by the name of its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name or "unnamed") if match else "none"
        REQUESTS.labels(view, response.status_code).inc()
        SECONDS.labels(view).observe(time.perf_counter() - started)
        return response


class House:
    """What is asked when it is scraped."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        jobs = GaugeMetricFamily("tidewaiter_jobs", "Jobs by state", labels=["state"])
        counted = dict(
            Job.objects.order_by().values_list("state").annotate(n=Count("pk")).values_list("state", "n")
        )  # fmt: skip
        for state in Job.State.values:
            jobs.add_metric([state], counted.get(state, 0))
        yield jobs
        due = Job.objects.filter(state=Job.State.QUEUED, not_before__lte=timezone.now())
        oldest = due.aggregate(at=Min("not_before"))["at"]
        age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
        yield _gauge("job_wait_seconds", "Age of the oldest job that is due", age)
        entries = Entry.objects.aggregate(n=Max("sequence"))["n"] or 0
        yield _gauge("ledger_entries", "Entries of the ledger", entries)
        valid = Token.objects.valid()
        soon = valid.filter(expires_at__lt=timezone.now() + WARNED_BEFORE).count()
        yield _gauge("tokens", "Tokens of machine clients that are valid", valid.count())
        yield _gauge("tokens_ending", "Those of them that end within two weeks", soon)
        commits = GaugeMetricFamily(
            "tidewaiter_lake_commits", "Commits of the lake that are sealed", labels=["table"]
        )
        last = Seal.objects.order_by().values("table").annotate(n=Max("version"))
        for table, version in last.values_list("table", "n"):
            commits.add_metric([table], version + 1)
        yield commits
        since = backup_age()
        if since is not None:
            yield _gauge("backup_age_seconds", "Time since the last good backup", since)
        yield _gauge("disk_free_bytes", "Room under the home folder", free_bytes())
        yield _gauge("disk_reserve_bytes", "Below it nothing is taken in", settings.RESERVE)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tidewaiter_{name}", text, value=value)


@by_own_check
def show(request: HttpRequest) -> HttpResponse:
    """401 without a monitor's token, from an address that settings do not name."""
    if not _may(request):
        return HttpResponse(
            "a token of a monitor is needed\n", status=401, content_type="text/plain"
        )
    registry = CollectorRegistry()
    registry.register(House())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
        numbers = generate_latest(registry)
    else:
        numbers = generate_latest(REGISTRY) + generate_latest(registry)
    return HttpResponse(numbers, content_type=CONTENT_TYPE_LATEST)


def _may(request: HttpRequest) -> bool:
    address = ip_address(client_address(request))
    if any(address in ip_network(place, strict=False) for place in settings.METRICS_FROM):
        return True
    user = authenticate_token(request)
    return user is not None and user.may("metrics.read")
