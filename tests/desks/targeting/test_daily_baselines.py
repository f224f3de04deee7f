"""Baselines of the lake, from day to day: whatever comes in between, those of all of it, to the bit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random

import polars as pl
import pytest
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fixtures import trade
from tidewaiter.desks.targeting.actions import sums
from tidewaiter.desks.targeting.actions.baselines import build_baselines, load_baselines
from tidewaiter.desks.targeting.actions.sums import baselines_of_sums
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.versions import identified, left_behind, month_of
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db  # where the lake's files are sealed
DAYS = 900
ROWS = trade.declarations(900, days=DAYS).with_columns(
    description=pl.format("cotton shirt of kind {}", pl.col("importer")),
    invoice_value=pl.col("customs_value") * 1.1,
    invoice_currency=pl.lit("USD"),
)
RESULTS = trade.outcomes(ROWS)
_cause = count()


def day(number: int) -> date:
    return trade.FIRST_DAY + timedelta(days=number)


def declare(rows: pl.DataFrame, version: int = 1, function: str = "original") -> None:
    told = identified(
        rows.with_columns(
            version=pl.lit(version), function=pl.lit(function), message_id=pl.lit(1),
            received_at=pl.lit(datetime(2024, 5, 1, tzinfo=UTC)),
        )
    ).with_columns(month=month_of("declaration_date"))  # fmt: skip
    frames = [told]
    if "left" in rows.columns:
        frames.append(left_behind(DECLARATIONS, told))
    lake().append(DECLARATIONS, frames, cause=f"declared {next(_cause)}")


def find(outcomes: pl.DataFrame) -> None:
    told = outcomes.with_columns(
        key=record_key(*OUTCOMES.natural_key), month=month_of("declaration_date")
    )
    lake().append(OUTCOMES, [told], cause=f"found {next(_cause)}")


def from_all(as_of: date) -> str:
    first = (pl.col("version") == 1) & (pl.col("function") != "cancellation")
    return Baselines.build(
        lake().scan(DECLARATIONS).filter(first), lake().scan(OUTCOMES), as_of
    ).version


class World:
    """Half of the trade and of its results is known; what else there is comes as hypothesis says."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.undeclared = ROWS.sample(fraction=1, shuffle=True, seed=random.randrange(99))
        self.unknown = RESULTS.sample(fraction=1, shuffle=True, seed=random.randrange(99))
        self.amended = 2
        self.more_declared(450)
        self.more_known(150)

    def more_declared(self, rows: int = 40) -> None:
        """Of any day, the oldest as well: in no order."""
        now, self.undeclared = self.undeclared[:rows], self.undeclared[rows:]
        declare(now)

    def more_known(self, rows: int = 30) -> None:
        """Late results, some of what nobody declared yet, some of whole declarations."""
        now, self.unknown = self.unknown[:rows], self.unknown[rows:]
        whole = pl.Series([self.random.random() < 0.3 for _ in range(now.height)], dtype=pl.Boolean)
        find(now.with_columns(item_no=pl.when(whole).then(0).otherwise("item_no")))

    def known_better(self) -> None:
        """A second control of the same, later, finds something after all."""
        again = RESULTS.sample(10, seed=self.random.randrange(99))
        find(again.with_columns(
            control_ref=pl.lit(f"again {next(_cause)}"), found=pl.lit(value=True),
            known_on=pl.col("known_on") + pl.duration(days=self.random.randrange(90)),
        ))  # fmt: skip

    def amend(self) -> None:
        """Other values and another day."""
        rows = self._declared()
        moved = rows.with_columns(
            pl.col("customs_value") * 3, left="declaration_date",
            declaration_date=pl.col("declaration_date") + pl.duration(days=40),
        )  # fmt: skip
        declare(moved, self.amended, "amendment")

    def cancel(self) -> None:
        declare(self._declared(), self.amended, "cancellation")

    def compact(self) -> None:
        for stream in (DECLARATIONS, OUTCOMES):
            lake().compact(stream)

    def sort(self) -> None:
        lake().cluster(DECLARATIONS, ("importer",))
        lake().vacuum(DECLARATIONS, retention_hours=0)

    def _declared(self) -> pl.DataFrame:
        self.amended += 1
        known = lake().scan(DECLARATIONS).filter(pl.col("version") == 1).collect().sort("key")
        return known.sample(8, seed=self.random.randrange(99))


EVENTS = ("more_declared", "more_known", "known_better", "amend", "cancel", "compact", "sort")


@pytest.mark.slow
@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],  # making a failing world smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 10_000),
    steps=st.lists(
        st.tuples(st.lists(st.sampled_from(EVENTS), max_size=3), st.integers(-3, 400)),
        min_size=2, max_size=4,
    ),
)  # fmt: skip
def test_those_of_everything(home, seed, steps) -> None:
    """Days mostly go forward, by one or by many; sometimes an earlier one is asked for."""
    example = home / f"example-{next(_cause)}"
    example.mkdir()
    with override_settings(HOME=example):
        random = Random(seed)  # noqa: S311  no secret
        world, now = World(random), random.randrange(500)
        for events, further in steps:
            for event in events:
                getattr(world, event)()
            now += further
            assert baselines_of_sums(day(now)).version == from_all(day(now))


@pytest.fixture
def house(home) -> None:
    declare(ROWS)
    find(RESULTS)


def read_of(monkeypatch) -> list[int]:
    """How many items are added by each call from now on."""
    added: list[int] = []
    plus = sums.Sums.plus

    def told(self, rows, controlled):
        added.append(rows.height)
        return plus(self, rows, controlled)

    monkeypatch.setattr(sums.Sums, "plus", told)
    return added


def test_a_new_day_reads_only_itself(house, monkeypatch) -> None:
    baselines_of_sums(day(500))
    added = read_of(monkeypatch)
    assert baselines_of_sums(day(501)).version == from_all(day(501))
    assert added == [ROWS.filter(pl.col("declaration_date") == day(500)).height]
    lake().compact(DECLARATIONS)
    baselines_of_sums(day(501))
    assert len(added) == 1


def test_what_comes_late_is_added_alone(home, monkeypatch) -> None:
    late = ROWS.filter(pl.col("declaration_date") == day(20))
    declare(ROWS.join(late, on="declaration_id", how="anti"))
    find(RESULTS)
    baselines_of_sums(day(500))
    added = read_of(monkeypatch)
    declare(late)
    assert baselines_of_sums(day(500)).version == from_all(day(500))
    assert added == [late.height]


def test_a_lake_that_lacks_what_was_added_is_added_up_again(house, home, monkeypatch) -> None:
    baselines_of_sums(day(500))
    (home / "lake").rename(home / "gone")
    fewer = ROWS.filter(pl.col("importer") != "I001")
    declare(fewer)
    find(RESULTS)
    added = read_of(monkeypatch)
    assert baselines_of_sums(day(500)).version == from_all(day(500))
    assert sum(added) == fewer.filter(pl.col("declaration_date") < day(500)).height


def test_sums_of_another_release_are_not_used(house, monkeypatch) -> None:
    baselines_of_sums(day(500))
    monkeypatch.setattr(sums, "DEFINITION", "another")
    added = read_of(monkeypatch)
    assert baselines_of_sums(day(501)).version == from_all(day(501))
    assert sum(added) == ROWS.filter(pl.col("declaration_date") < day(501)).height


def test_sums_that_no_longer_serve_are_removed(house, home) -> None:
    """The newest and the first days of the last months stay."""
    for number in (90, 91, 92, 93, 121, 122, 123):
        baselines_of_sums(day(number))
    kept = sorted(path.name for path in (home / "risk" / "sums").iterdir())
    assert kept == ["2024-04-01", "2024-05-01", "2024-05-03"]


class Stop(Exception):
    pass


class Impatient:
    def update(self, done: int, total: int | None = None, text: str = "") -> None: ...

    def check(self) -> None:
        raise Stop


def test_stopped_it_leaves_what_there_was(house, home) -> None:
    baselines_of_sums(day(500))
    with pytest.raises(Stop):
        baselines_of_sums(day(520), Impatient())
    assert [path.name for path in (home / "risk" / "sums").iterdir()] == [day(500).isoformat()]
    assert baselines_of_sums(day(520)).version == from_all(day(520))


def test_what_a_killed_process_left_without_its_name_does_not_stand_in_the_way(house, home) -> None:
    """Killed when all was written but the name."""
    baselines_of_sums(day(500))
    kept = home / "risk" / "sums" / day(500).isoformat()
    kept.rename(kept.with_name("unfinished"))
    for number in (500, 501):
        assert baselines_of_sums(day(number)).version == from_all(day(number))


def test_built_and_found_again(house, officer) -> None:
    operator = officer("operator", national=True)
    built = build_baselines(operator, day(500))
    assert built.version == from_all(day(500)) == load_baselines(built.version).version
    assert build_baselines(operator, day(500)).pk == built.pk
