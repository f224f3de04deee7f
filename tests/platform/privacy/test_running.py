"""A run may die anywhere; the next one ends as if it had not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from django.utils import timezone

from tests.platform.privacy.world import LONG_AGO, PLANTED, hand_in, told, traces
from tidewaiter.engine.records import DECLARATIONS, SELECTIONS
from tidewaiter.engine.records.lake import Lake
from tidewaiter.platform.foureyes.actions import approve
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.worker import work
from tidewaiter.platform.privacy import actions, holds, messages, originals, streams
from tidewaiter.platform.privacy.actions import apply, would_mask
from tidewaiter.platform.privacy.models import Kept, Run, SealedPart, Step
from tidewaiter.platform.seals.verify import verify
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.platform.journal.models import Message

pytestmark = pytest.mark.django_db
SECRETS = list(PLANTED.values())
# Where a process may be killed: what it calls last.
PLACES = [
    (streams, "rewrite"), (streams, "seal_part"), (Lake, "replace"), (Lake, "_checkpoint"),
    (Lake, "purge"), (streams, "count"), (actions, "_done"), (messages, "remove"),
    (messages, "sweep"), (actions, "_delete"), (actions, "_forget"),
]  # fmt: skip


def old(operator, number: str = "OLD1", **more) -> Message:
    return hand_in(operator, told(number, LONG_AGO, **PLANTED, **more), LONG_AGO)


def facts(number: str = "OLD1") -> dict:
    rows = lake().scan(DECLARATIONS).filter(pl.col("declaration_id") == number)
    return rows.collect().row(0, named=True)


def dies(monkeypatch, owner, name: str, *, after: bool) -> None:
    """The process is killed when it calls this, or when that has just returned."""
    done = getattr(owner, name)

    def die(*args, **more):
        if after:
            done(*args, **more)
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(owner, name, die)
        with pytest.raises(SystemExit):
            apply()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("owner", "name"), PLACES, ids=lambda told: getattr(told, "__name__", told)
)
def test_killed_anywhere_it_is_finished_by_the_next(
    operator, monkeypatch, owner, name, after
) -> None:
    old(operator)
    dies(monkeypatch, owner, name, after=after)
    run = apply()
    assert traces_in_files() == []
    assert verify().sound
    assert not would_mask()
    assert not Step.objects.filter(done_at=None)
    steps = Step.objects.filter(store="declarations")
    assert sum(step.masked for step in steps) == len(SECRETS)
    assert Run.objects.count() in (1, 2)
    assert run.ended_at
    assert apply().steps.count() == 0
    originals_of = SealedPart.objects.filter(field="importer_name", deleted_at=None)
    values = pl.concat([originals.open_part(part.name) for part in originals_of])
    assert values["value"].to_list() == [PLANTED["importer_name"]]


def traces_in_files() -> list[str]:
    """The database of a test that is rolled back still has it."""
    return [place for place in traces(*SECRETS) if "sqlite3" not in place]


def test_what_is_held_stays_readable_until_two_lift_the_hold(operator, officer) -> None:
    kept = old(operator)
    old(operator, "OLD2")
    made = holds.hold(operator, "OLD1", "case 2026/117")
    apply()
    assert facts()["importer_name"] == PLANTED["importer_name"]
    assert facts("OLD2")["importer_name"].startswith("masked-")
    step = Step.objects.get(store="declarations")
    assert (step.held, step.masked) == (1, len(SECRETS))
    kept.refresh_from_db()
    assert kept.removed_at is None
    assert Step.objects.get(store="messages").held == 1
    holds.hold(operator, "ANOTHER", "case 2026/118")  # of no matter to these months
    assert not apply().steps.exists()
    proposal = holds.propose_lift(operator, made.pk, "case closed")
    apply()
    assert facts()["importer_name"] == PLANTED["importer_name"]
    approve(officer("internal_affairs", national=True), proposal.pk)
    apply()
    assert facts()["importer_name"] == facts("OLD2")["importer_name"]
    kept.refresh_from_db()
    assert kept.removed_at is not None
    assert verify().sound


def test_originals_are_destroyed_in_time(operator, settings, tmp_path) -> None:
    old(operator)
    others = "".join(f"[kind.{k}]\ndelete = 1900\n" for k in ("identifier", "text", "facts"))
    settings.RETENTION = own(tmp_path, others)
    apply()
    kept = SealedPart.objects.filter(deleted_at=None)
    assert {part.field for part in kept} == {n for n in PLANTED if n.endswith("_name")}
    assert sum(Step.objects.values_list("deleted", flat=True)) == 3
    settings.RETENTION = own(tmp_path, f"{others}[kind.name]\ndelete = 1500\n", "later.toml")
    apply()
    assert not kept.all().exists()
    assert not [path for path in originals.folder().rglob("*") if path.is_file()]
    assert not Kept.objects.filter(deleted_at=None).exclude(sealed=b"")


def own(folder, text: str, name: str = "own.toml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_the_same_bytes_sent_again_are_swept_away(operator) -> None:
    message = old(operator)
    apply()
    again = hand_in(operator, told("OLD1", LONG_AGO, **PLANTED), LONG_AGO)
    assert again.pk == message.pk
    apply()
    assert traces_in_files() == []


def test_an_amendment_of_what_is_masked_is_a_new_fact_and_masked_in_turn(operator) -> None:
    old(operator)
    apply()
    now = timezone.now()
    hand_in(
        operator, told("OLD1", LONG_AGO, function="amendment", importer_name="Newly Known"), now
    )
    rows = lake().current(DECLARATIONS).collect()
    assert rows["importer_name"].to_list() == ["Newly Known"]
    assert rows["importer"].to_list() == [facts()["importer"]]
    apply()
    rows = lake().current(DECLARATIONS).collect()
    assert rows["importer_name"][0].startswith("masked-")


def test_readers_follow_when_the_log_was_cut(operator) -> None:
    """Another process holds the table as it was; it must see what is there now."""
    old(operator)
    reader = Lake(lake().root)
    before = reader.version(DECLARATIONS)
    apply()
    assert not reader.readable(DECLARATIONS, before)
    assert reader.current(DECLARATIONS).collect()["importer"][0].startswith("masked-")
    hand_in(operator, told("NEW", timezone.now()), timezone.now())
    assert reader.current(DECLARATIONS).collect().height == 2


def test_the_nightly_job_and_a_schedule_that_is_wrong(
    transactional_db, operator, settings, tmp_path
) -> None:
    old(operator)
    settings.RETENTION = own(tmp_path, "[kind.name]\nmask = 0\n")
    bad = enqueue("privacy.apply", actor=None)
    work(once=True)
    bad.refresh_from_db()
    assert bad.state == "failed"
    assert "kind.name" in bad.error or "mask" in bad.error
    assert facts()["importer_name"] == PLANTED["importer_name"]
    settings.RETENTION = ""
    good = enqueue("privacy.apply", actor=None)
    work(once=True)
    good.refresh_from_db()
    assert (good.state, good.result["masked"]) == ("done", len(SECRETS) + 1)
    assert lake().scan(SELECTIONS).collect().is_empty()
