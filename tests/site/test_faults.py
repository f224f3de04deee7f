"""The house under load and faults: what it says, and that nothing acknowledged is lost."""

from __future__ import annotations

import io
import multiprocessing
import threading
from collections import namedtuple
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from tests.fixtures.machines import token_of
from tidewaiter.desks.intake.actions import settle_journal, submit
from tidewaiter.desks.intake.models import Waiting
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.platform import limits, space
from tidewaiter.platform.chance.actions import ClockBehind, day_key, reveal_past_days
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.ledger.verify import verify
from tidewaiter.platform.limits import ACCOUNT, TooMany, count
from tidewaiter.platform.space import NoSpace
from tidewaiter.platform.store import lake
from tidewaiter.site.queue import Queued

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")
ROW = b"declaration_id,item_no,declaration_date,office,hs\nD1,1,2026-03-02,A,610910\n"


@pytest.fixture
def full(monkeypatch):
    """The disk is full to the reserve."""
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 10**6))


def bearer(user) -> dict[str, str]:
    _token, secret = token_of(user)
    return {"Authorization": f"Bearer {secret}"}


# Rate limits


def test_an_officer_who_asks_too_often_is_told_when_to_come_back(browse, settings) -> None:
    settings.RATE_ACCOUNT = 5
    client = browse("targeting_officer", offices=["A"])
    answers = [client.get(reverse("home")) for _ in range(7)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert "Too many requests" in answers[-1].content.decode()


def test_others_are_not_kept_out_by_him(browse, settings) -> None:
    settings.RATE_ACCOUNT = 1
    one, other = (browse("targeting_officer", offices=["A"]) for _ in range(2))
    assert [one.get(reverse("home")).status_code for _ in range(2)] == [200, 429]
    assert other.get(reverse("home")).status_code == 200


def test_who_is_nobody_yet_is_counted_by_address_and_health_is_not(client, settings) -> None:
    settings.RATE_ADDRESS = 2
    login = reverse("account_login")
    assert [client.get(login).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(login, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get(reverse("health")).status_code == 200


def test_a_token_is_counted_and_so_is_the_guessing_of_tokens(client, officer, settings) -> None:
    settings.RATE_TOKEN, settings.RATE_ADDRESS = 2, 1
    headers = bearer(officer("machine"))
    address = "/api/messages/1"
    asked = [client.get(address, headers=headers) for _ in range(3)]
    assert [one.status_code for one in asked] == [404, 404, 429]
    assert asked[-1].json()["detail"] == "Too many requests"
    wrong = {"Authorization": "Bearer tw_guess"}
    assert [client.get(address, headers=wrong).status_code for _ in range(2)] == [401, 429]


def ask(home: Path, allowed: int, times: int, told) -> None:
    settings.HOME, settings.RATE_ACCOUNT = home, allowed
    taken = 0
    for _ in range(times):
        try:
            count(ACCOUNT, 1)
        except TooMany:
            continue
        taken += 1
    told.put(taken)


def test_several_processes_count_together(home) -> None:
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    processes = [context.Process(target=ask, args=(home, 60, 50, told)) for _ in range(3)]
    for process in processes:
        process.start()
    taken = sum(told.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    assert 60 <= taken < 75  # a minute's at once, and what is paid off meanwhile


def test_a_clock_stepped_back_keeps_nobody_out_for_longer_than_a_minute(
    home, settings, monkeypatch
) -> None:
    settings.RATE_ACCOUNT = 2
    now = limits.time.time()
    monkeypatch.setattr(limits.time, "time", lambda: now + 86_400)
    count(ACCOUNT, 1)
    monkeypatch.setattr(limits.time, "time", lambda: now)
    with pytest.raises(TooMany) as many:
        count(ACCOUNT, 1)
    assert many.value.wait <= 60


# The queue


def collect(queued: Queued) -> str:
    said: list[str] = []
    queued({}, lambda status, headers: said.append(f"{status} {dict(headers).get('Retry-After')}"))
    return said[0]


def test_who_finds_the_queue_full_or_waits_too_long_is_answered_at_once() -> None:
    working, go_on = threading.Event(), threading.Event()

    def slow(_environ, start_response):
        working.set()
        go_on.wait(30)
        start_response("200 OK", [])
        return [b""]

    queued = Queued(slow, length=1, patience=0.05, workers=1)
    first: list[str] = []
    busy = threading.Thread(target=lambda: first.append(collect(queued)))
    busy.start()
    assert working.wait(30)
    assert collect(queued) == "503 Service Unavailable 5"  # it waited, and gave up
    waiting = Queued(slow, length=0, patience=30, workers=1)
    working.clear()
    other = threading.Thread(target=lambda: first.append(collect(waiting)))
    other.start()
    assert working.wait(30)
    assert collect(waiting) == "503 Service Unavailable 5"  # no room
    go_on.set()
    busy.join()
    other.join()
    assert first == ["200 OK None"] * 2
    assert collect(queued) == "200 OK None"  # the places are free again


# The disk


def test_a_full_disk_refuses_messages_before_writing_and_keeps_what_it_has(
    officer, monkeypatch
) -> None:
    clerk = officer("intake_clerk", national=True)
    kept = submit(clerk, io.BytesIO(ROW), name="kept.csv")
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 10**6))
    with pytest.raises(NoSpace, match="1 MB are free"):
        submit(clerk, io.BytesIO(ROW + b"D2,1,2026-03-02,A,610910\n"), name="refused.csv")
    assert list(Message.objects.all()) == [kept]
    assert settle_journal() == 1  # what was acknowledged is recorded all the same
    assert lake().scan(DECLARATIONS).collect().height == 1


def test_a_full_disk_is_said_to_machines_with_507(client, officer, full) -> None:
    machine = officer("machine", national=True)
    answer = client.post(
        "/api/messages?name=a.csv", ROW, content_type="text/csv", headers=bearer(machine)
    )
    assert (answer.status_code, answer["Retry-After"]) == (507, "300")
    assert not Message.objects.exists()
    assert not Waiting.objects.exists()


# The clock


def test_the_ledger_tells_that_the_clock_was_stepped_back(monkeypatch) -> None:
    now = timezone.now()
    record(None, "jobs.test")
    monkeypatch.setattr(timezone, "now", lambda: now - timedelta(hours=2))
    record(None, "jobs.test")
    record(None, "jobs.test")
    after, first = Entry.objects.all()[:2]
    assert 7_190 < first.detail["clock_behind"] < 7_210
    assert "clock_behind" not in after.detail
    assert Entry.objects.count() == 3
    assert verify().sound


def test_no_random_pick_is_drawn_with_a_key_that_is_public_already(monkeypatch) -> None:
    today = timezone.localdate()
    key = day_key(today)
    tomorrow = timezone.now() + timedelta(days=1)
    with monkeypatch.context() as later:
        later.setattr(timezone, "now", lambda: tomorrow)
        assert reveal_past_days() == 1
        assert day_key(today) == key  # a late declaration of the day before
    with pytest.raises(ClockBehind, match="set the clock"):
        day_key(today)


# The lake and the database


def test_a_page_says_that_a_file_of_the_lake_is_missing(browse, traffic) -> None:
    client = browse("targeting_officer", national=True)
    page = reverse("targeting:worklist")
    assert client.get(page).status_code == 200
    files = list((lake().root / "selections").rglob("*.parquet"))
    for path in files:
        path.write_bytes(path.read_bytes()[:100])
    assert client.get(page).status_code == 503
    for path in files:
        path.unlink()
    answer = client.get(page)
    assert answer.status_code == 503
    assert "tidewaiter verify" in answer.content.decode()


def test_a_database_that_is_gone_is_said(browse, monkeypatch) -> None:
    client = browse("targeting_officer", offices=["A"])

    def gone(*_args, **_more):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("tidewaiter.site.views.waiting_for", gone)
    answer = client.get(reverse("home"))
    assert answer.status_code == 503
    assert "The database does not answer" in answer.content.decode()
    # before any view: in the layer that looks up who it is
    monkeypatch.setattr("tidewaiter.site.faults.count", gone)
    client.raise_request_exception = False
    assert client.get(reverse("home")).status_code == 503
