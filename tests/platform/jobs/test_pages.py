"""Pages of jobs and schedules."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tidewaiter.platform.jobs.models import Job, Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def make():
    def job(**fields) -> Job:
        now = timezone.now()
        return Job.objects.create(
            **{"kind": "lake.compact", "title": "Compact", "created_at": now, "not_before": now}
            | fields
        )

    return job


def test_the_list_shows_what_the_officer_may_see_and_is_filtered(browse, make):
    client = browse("analyst", offices=["A"])
    make(title="Of my office", office="A", state="failed", error="out of disk")
    make(title="Of another office", office="B")
    make(title="Mine", actor=client.user)
    page = client.get(reverse("jobs:list")).content.decode()
    assert "Of my office" in page
    assert "out of disk" in page
    assert "Mine" in page
    assert "Of another office" not in page
    failed = client.get(reverse("jobs:list"), {"state": "failed"}).content.decode()
    assert "Mine" not in failed


def test_a_long_list_is_paged(browse, make):
    client = browse("analyst", national=True)
    for number in range(51):
        make(title=f"job-{number:03}")
    first = client.get(reverse("jobs:list")).content.decode()
    second = client.get(reverse("jobs:list"), {"page": 2}).content.decode()
    assert "job-050" in first
    assert "job-000" not in first
    assert "job-000" in second


def test_the_list_is_sorted_by_a_click_on_its_heads(browse, make, officer):
    client = browse("analyst", national=True)
    now = timezone.now()
    for seconds, title in ((5, "B"), (50, "A"), (1, "C")):
        took = {"started_at": now, "finished_at": now + timezone.timedelta(seconds=seconds)}
        make(title=title, actor=officer("analyst", username=f"by-{title}"), **took)
    make(title="D")

    def titles(sort: str) -> str:
        rows = client.get(reverse("jobs:list"), {"sort": sort}).context["table"].rows
        return "".join(row.cells[1].partition("<")[0] for row in rows)

    assert titles("work") == "ABCD"
    assert titles("-number") == titles("nonsense") == "DCAB"
    assert titles("took") == "CBAD"
    assert titles("-took") == "ABCD"  # one that has not begun comes last either way
    assert titles("-actor") == "CBAD"


def test_a_running_job_shows_its_progress_and_the_page_stops_asking_when_it_ends(browse, make):
    client = browse("intake_clerk")
    now = timezone.now()
    job = make(
        actor=client.user, state="running", started_at=now - timezone.timedelta(seconds=10),
        heartbeat_at=now, done=2500, total=10000, text="reading rows",
    )  # fmt: skip
    url = reverse("jobs:progress", args=[job.pk])
    going = client.get(url)
    assert going.status_code == 200
    for part in ("reading rows", "2,500", "10,000", "250", "30 s", "every 1s"):
        assert part in going.content.decode()
    Job.objects.update(state="done", finished_at=now, result={"rows": 10000})
    assert client.get(url).status_code == 286
    assert "every 1s" not in client.get(url).content.decode()


def test_another_officers_job_is_not_there(browse, make, officer):
    job = make(actor=officer("intake_clerk"), office="B")
    client = browse("intake_clerk", offices=["A"])
    for name in ("job", "progress"):
        assert client.get(reverse(f"jobs:{name}", args=[job.pk])).status_code == 404
    for name in ("cancel", "retry"):
        assert client.post(reverse(f"jobs:{name}", args=[job.pk])).status_code == 404


def test_the_traceback_is_shown_to_who_manages_jobs_only(browse, make):
    job = make(state="failed", error="no file", traceback="Traceback: secret path", office="A")
    url = reverse("jobs:job", args=[job.pk])
    assert "secret path" in browse("administrator", offices=["A"]).get(url).content.decode()
    shown = browse("analyst", offices=["A"]).get(url).content.decode()
    assert "no file" in shown
    assert "secret path" not in shown


def test_a_job_is_cancelled_and_tried_again_on_its_page(browse, make):
    client = browse("intake_clerk")
    job = make(actor=client.user, kind="ledger.verify")
    client.post(reverse("jobs:cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"
    client.post(reverse("jobs:retry", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_schedule_is_seen_changed_and_run(browse):
    schedule = Schedule.objects.create(
        name="ledger.verify", kind="ledger.verify", cron="0 3 * * *", next_at=timezone.now()
    )
    boss = browse("administrator", national=True)
    reader = browse("analyst")
    change = reverse("jobs:change_schedule", args=[schedule.pk])
    assert "0 3 * * *" in reader.get(reverse("jobs:schedules")).content.decode()
    assert reader.post(change, {"cron": "* * * * *"}).status_code == 403
    bad = boss.post(change, {"cron": "often", "enabled": "on"}, follow=True)
    assert "no cron expression" in bad.content.decode()
    boss.post(change, {"cron": "5 4 * * *"})
    schedule.refresh_from_db()
    assert (schedule.cron, schedule.enabled) == ("5 4 * * *", False)
    boss.post(reverse("jobs:run_schedule", args=[schedule.pk]))
    assert Job.objects.get().actor == boss.user
