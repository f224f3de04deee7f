"""Asking for work, running it, and what happens when it goes wrong."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.jobs import actions, registry, worker
from tidewaiter.platform.jobs.jobs import clear
from tidewaiter.platform.jobs.models import Job, Schedule
from tidewaiter.platform.jobs.registry import UnknownKind, job
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    """A registry of this test alone."""
    empty: dict = {}
    for module in (registry, actions, worker):
        monkeypatch.setattr(module, "KINDS", empty)
    return empty


def run_until_settled(row: Job) -> Job:
    """Run the queue, letting the pauses between attempts pass at once."""
    for _ in range(10):
        Job.objects.filter(state="queued").update(not_before=timezone.now())
        if not worker.drain():
            break
    row.refresh_from_db()
    return row


def test_a_job_runs_with_its_parameters_and_keeps_result_progress_and_log():
    @job("test.sum")
    def total(progress, numbers):
        for done, _number in enumerate(numbers, 1):
            progress.update(done, len(numbers), "adding")
        progress.log("added")
        return {"sum": sum(numbers)}

    row = actions.enqueue("test.sum", actor=None, title="Add", numbers=[1, 2, 3])
    assert row.state == "queued"
    assert worker.drain() == 1
    row.refresh_from_db()
    assert (row.state, row.result, row.done, row.total) == ("done", {"sum": 6}, 3, 3)
    assert row.percent == 100
    assert row.finished_at >= row.started_at
    assert "added" in row.log


def test_work_asked_for_in_a_transaction_that_rolls_back_was_never_asked_for():
    job("test.nothing")(lambda progress: None)
    with transaction.atomic():
        actions.enqueue("test.nothing", actor=None)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_work_that_merges_is_in_the_queue_once():
    job("test.sweep", merges=True)(lambda progress, room="": None)
    first = actions.enqueue("test.sweep", actor=None, office="A")
    assert actions.enqueue("test.sweep", actor=None, office="A") == first
    assert actions.enqueue("test.sweep", actor=None, office="B") != first
    assert actions.enqueue("test.sweep", actor=None, office="A", room="hall") != first
    worker.claim("here|1|1|a")
    assert actions.enqueue("test.sweep", actor=None, office="A") != first


def test_an_unknown_kind_is_refused_when_asked_for():
    with pytest.raises(UnknownKind, match=r"test\.absent"):
        actions.enqueue("test.absent", actor=None)


def test_a_failing_job_is_tried_again_with_growing_pauses_and_then_fails_with_its_traceback():
    seen = []

    @job("test.fail", attempts=3)
    def fail(progress):
        seen.append(progress.attempt)
        raise ValueError("no such\x00file")

    row = actions.enqueue("test.fail", actor=None)
    pauses = []
    for _ in range(2):
        worker.drain()
        row.refresh_from_db()
        assert row.state == "queued"
        pauses.append(row.not_before - timezone.now())
        Job.objects.update(not_before=timezone.now())
    assert pauses[1] > pauses[0] * 1.5
    run_until_settled(row)
    assert seen == [1, 2, 3]
    assert row.state == "failed"
    assert row.error == "no such\N{REPLACEMENT CHARACTER}file"
    assert "ValueError" in row.traceback
    assert "attempt 1 failed" in row.log


def test_a_permanent_failure_is_not_tried_again():
    @job("test.bad")
    def bad(progress):
        raise worker.Permanent("column HS is missing")

    row = run_until_settled(actions.enqueue("test.bad", actor=None))
    assert (row.state, row.attempt, row.error) == ("failed", 1, "column HS is missing")


def test_a_result_that_is_no_json_fails_the_job_and_not_the_worker():
    job("test.odd", attempts=1)(lambda progress: {"at": object()})
    row = run_until_settled(actions.enqueue("test.odd", actor=None))
    assert row.state == "failed"
    assert "JSON" in row.error


def test_a_job_waits_for_its_time():
    job("test.later")(lambda progress: None)
    row = actions.enqueue(
        "test.later", actor=None, not_before=timezone.now() + timedelta(minutes=5)
    )
    assert worker.drain() == 0
    row.refresh_from_db()
    assert row.state == "queued"


def test_cancelling_a_waiting_job_ends_it_and_is_written_down(officer):
    job("test.wait")(lambda progress: None)
    clerk = officer("intake_clerk")
    row = actions.cancel(clerk, actions.enqueue("test.wait", actor=clerk))
    assert row.state == "cancelled"
    assert worker.drain() == 0
    assert Entry.objects.get().action == "job.cancel"


def test_cancelling_a_running_job_ends_it_at_its_next_check(officer):
    clerk = officer("intake_clerk")

    @job("test.long")
    def long(progress):
        actions.cancel(clerk, Job.objects.get(pk=progress.job_id))
        progress.flush()
        progress.check()
        pytest.fail("it went on")

    row = run_until_settled(actions.enqueue("test.long", actor=clerk))
    assert row.state == "cancelled"


def test_a_stopping_worker_puts_its_job_back_without_counting_the_attempt():
    stop = threading.Event()

    @job("test.stop")
    def stopped(progress):
        stop.set()
        progress.check()

    row = actions.enqueue("test.stop", actor=None)
    worker._run(worker.claim("here|1|1|a"), stop, with_pulse=False)
    row.refresh_from_db()
    assert (row.state, row.attempt, row.worker) == ("queued", 0, "")


def test_retrying_a_failed_job_runs_it_afresh(officer):
    failures = [ValueError("first")]

    @job("test.again", attempts=1)
    def again(progress):
        if failures:
            raise failures.pop()
        return {}

    boss = officer("administrator", national=True)
    row = run_until_settled(actions.enqueue("test.again", actor=None))
    assert row.state == "failed"
    row = run_until_settled(actions.retry(boss, row))
    assert (row.state, row.attempt, row.error) == ("done", 2, "")


def test_another_officers_job_cannot_be_cancelled_or_retried(officer):
    job("test.mine")(lambda progress: None)
    row = actions.enqueue("test.mine", actor=officer("intake_clerk"), office="A")
    with pytest.raises(PermissionDenied):
        actions.cancel(officer("intake_clerk", offices=["A"]), row)
    with pytest.raises(PermissionDenied):
        actions.cancel(officer("administrator", offices=["B"]), row)
    assert actions.cancel(officer("administrator", offices=["A"]), row).state == "cancelled"


def test_a_worker_that_falls_silent_loses_its_job_and_cannot_write_any_more():
    job("test.sleepy")(lambda progress: {"by": progress.attempt})
    row = actions.enqueue("test.sleepy", actor=None)
    first = worker.claim("elsewhere|1|1|a")
    sleepy = worker.Progress(first, threading.Event())
    assert worker.reap() == 0
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert worker.reap() == 1
    row = run_until_settled(row)
    assert (row.state, row.result) == ("done", {"by": 2})

    sleepy.update(99, 100)
    sleepy.flush()
    with pytest.raises(worker.Lost):
        sleepy.check()
    assert not sleepy.settle(state="failed")
    row.refresh_from_db()
    assert (row.state, row.done) == ("done", 0)


def test_a_job_that_kills_its_workers_is_given_up():
    job("test.killer", attempts=2)(lambda progress: None)
    row = actions.enqueue("test.killer", actor=None)
    for _ in range(2):
        Job.objects.update(not_before=timezone.now())
        worker.claim("elsewhere|1|1|a")
        Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
        worker.reap()
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "the worker died")


def test_a_schedule_asks_for_its_work_when_due_and_not_while_the_last_one_goes_on():
    job("test.nightly", cron="0 3 * * *")(lambda progress: None)
    actions.install_schedules()
    actions.install_schedules()
    schedule = Schedule.objects.get()
    assert schedule.next_at > timezone.now()
    assert actions.tick() == []

    Schedule.objects.update(next_at=timezone.now())
    assert len(actions.tick()) == 1
    Schedule.objects.update(next_at=timezone.now())
    assert actions.tick() == []
    worker.drain()
    Schedule.objects.update(next_at=timezone.now())
    assert len(actions.tick()) == 1
    schedule.refresh_from_db()
    assert schedule.next_at > timezone.now()


def test_a_schedule_is_changed_by_who_may_and_only_to_a_cron_expression(officer):
    job("test.nightly", cron="0 3 * * *")(lambda progress: None)
    actions.install_schedules()
    schedule = Schedule.objects.get()
    boss = officer("administrator", national=True)
    with pytest.raises(ValidationError, match="no cron expression"):
        actions.change_schedule(boss, schedule, cron="every day")
    with pytest.raises(PermissionDenied):
        actions.change_schedule(officer("analyst"), schedule, enabled=False)
    with pytest.raises(PermissionDenied):
        actions.change_schedule(officer("administrator", offices=["A"]), schedule, enabled=False)
    actions.change_schedule(boss, Schedule.objects.get(), cron="*/5 * * * *", enabled=False)
    actions.install_schedules()
    schedule.refresh_from_db()
    assert (schedule.cron, schedule.enabled) == ("*/5 * * * *", False)


def test_officers_see_their_own_jobs_and_with_the_right_those_of_their_offices(officer):
    job("test.any")(lambda progress: None)
    clerk = officer("intake_clerk", offices=["A"])
    own = actions.enqueue("test.any", actor=clerk, office="B")
    at_a = actions.enqueue("test.any", actor=None, office="A")
    nowhere = actions.enqueue("test.any", actor=None)

    def seen(user):
        return set(Job.objects.visible_to(user))

    assert seen(clerk) == {own}
    assert seen(officer("analyst", offices=["A"])) == {at_a}
    assert seen(officer("analyst", offices=["C"])) == set()
    assert seen(officer("analyst", national=True)) == {own, at_a, nowhere}


def test_old_jobs_are_cleared_from_the_list(officer):
    ended = timezone.now() - timedelta(days=10)
    ages = {"dull": (None, "done", 0), "failed": (None, "failed", 0), "asked": (1, "done", 0)}
    ages |= {"ancient": (1, "failed", 200)}
    clerk = officer("intake_clerk")
    for title, (asked, state, days) in ages.items():
        Job.objects.create(
            kind="x", title=title, state=state, actor=clerk if asked else None, created_at=ended,
            not_before=ended, finished_at=ended - timedelta(days=days),
        )  # fmt: skip
    job("jobs.clear")(clear)
    actions.enqueue("jobs.clear", actor=None)
    worker.drain()
    assert set(Job.objects.exclude(kind="jobs.clear").values_list("title", flat=True)) == {
        "failed",
        "asked",
    }


def test_rate_and_time_left():
    start = timezone.now()
    row = Job(state="running", started_at=start, heartbeat_at=start + timedelta(seconds=10))
    row.done, row.total = 1000, 3000
    assert row.rate == 100
    assert row.eta == timedelta(seconds=20)
    row.total = None
    assert (row.eta, row.percent) == (None, None)
