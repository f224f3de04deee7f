"""/metrics: who may read it, and that its numbers are those of the house."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.machines import token_of
from tests.platform.seals.builders import add
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db


def scraped(client, **more) -> dict[tuple[str, ...], float]:
    answer = client.get(reverse("metrics"), **more)
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def headers(user) -> dict[str, str]:
    _token, secret = token_of(user)
    return {"Authorization": f"Bearer {secret}"}


def test_only_a_monitor_and_addresses_that_are_named_may_read_it(client, officer, settings) -> None:
    page = reverse("metrics")
    assert client.get(page).status_code == 401
    assert client.get(page, headers=headers(officer("machine"))).status_code == 401
    assert client.get(page, headers=headers(officer("monitor"))).status_code == 200
    settings.METRICS_FROM = ["192.0.2.0/24"]
    assert client.get(page, REMOTE_ADDR="192.0.2.9").status_code == 200
    assert client.get(page, REMOTE_ADDR="198.51.100.9").status_code == 401


def test_it_counts_requests_jobs_entries_and_commits(client, settings) -> None:
    settings.METRICS_FROM = ["127.0.0.1"]
    login = ("tidewaiter_requests_total", "200", "account_login")
    before = scraped(client).get(login, 0)
    client.get(reverse("account_login"))
    hour_ago = timezone.now() - timedelta(hours=1)
    Job.objects.create(kind="x", title="x", created_at=hour_ago, not_before=hour_ago)
    add(1)
    found = scraped(client)
    assert found[login] == before + 1
    assert found["tidewaiter_request_seconds_count", "account_login"] >= 1
    assert found["tidewaiter_jobs", "queued"] == 1
    assert 3_590 < found["tidewaiter_job_wait_seconds",] < 3_700
    assert found["tidewaiter_ledger_entries",] == Entry.objects.count()
    assert found["tidewaiter_lake_commits", "declarations"] == 2
    assert found["tidewaiter_disk_free_bytes",] > 0


def test_it_tells_nothing_about_anybody(client, officer, settings) -> None:
    settings.METRICS_FROM = ["127.0.0.1"]
    client.get("/accounts/users/somebody-secret/")
    text = client.get(reverse("metrics")).content.decode()
    assert "secret" not in text
    assert officer("monitor").username not in text
