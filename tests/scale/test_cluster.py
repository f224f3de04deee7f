"""On a cluster and here: the same baselines and the same assessments, to the bit, once."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime

import polars as pl
import pytest
from click.testing import CliRunner

from tests.fixtures import trade
from tidewaiter.cli.main import main
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.baselines import baselines_folder, build_baselines
from tidewaiter.desks.targeting.actions.learning import train
from tidewaiter.desks.targeting.models import BaselineVersion
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.versions import identified, left_behind, month_of
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.engine.scale import Cluster, ClusterUnavailable
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.store import lake

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

RECEIVED = datetime(2024, 5, 1, tzinfo=UTC)
MARCH = date(2024, 3, 1)
MOVED_TO = date(2024, 4, 20)
COMPARED = [name for name in ASSESSMENTS.schema if name != "assessed_at"]


def declare(rows: pl.DataFrame, cause: str, version: int = 1, function: str = "original") -> None:
    rows = identified(
        rows.with_columns(
            version=pl.lit(version), function=pl.lit(function), received_at=pl.lit(RECEIVED),
            message_id=pl.lit(1),
        )
    ).with_columns(month=month_of("declaration_date"))  # fmt: skip
    frames = [rows]
    if "left" in rows.columns:
        frames.append(left_behind(DECLARATIONS, rows))
    lake().append(DECLARATIONS, frames, cause=cause)


@pytest.fixture
def house(officer, put_in_force) -> list[pl.DataFrame]:
    """Four months of trade with results, and profiles; then items are amended, get
    another day, are cancelled. The amendments are given, to be declared later."""
    officer("operator", national=True, username="operator")
    rows = trade.declarations(2_000)
    declare(rows, "first")
    known = trade.outcomes(rows).with_columns(
        key=record_key(*OUTCOMES.natural_key), month=month_of("declaration_date")
    )
    lake().append(OUTCOMES, [known], cause="results")
    put_in_force(
        operator(),
        Profile(
            code="LOW", title="Low price", condition="value_per_kg < 0.6 * value_per_kg_peer_median",
            reason="{value_per_kg} against {value_per_kg_peer_median}",
        ),
        Profile(code="NEW", title="New importer", condition="importer_controls < 3", lane="yellow"),
    )  # fmt: skip
    parts = rows.filter(pl.col("declaration_date").is_between(MARCH, date(2024, 3, 20)))
    return [parts[:20], parts[20:40], parts[40:60]]


def amend(parts: list[pl.DataFrame]) -> None:
    dearer, moved, cancelled = parts
    declare(dearer.with_columns(pl.col("customs_value") * 3), "dearer", 2, "amendment")
    left = moved.with_columns(left="declaration_date", declaration_date=pl.lit(MOVED_TO))
    declare(left, "moved", 2, "amendment")
    declare(cancelled, "cancelled", 2, "cancellation")


@pytest.fixture
def connected(server: str):
    """`connected()`: the cluster over the lake of the home that is set."""
    opened = []

    def connect() -> Cluster:
        opened.append(Cluster.connect(server, lake()))
        return opened[-1]

    yield connect
    for cluster in opened:
        cluster.close()


def assessments() -> pl.DataFrame:
    everything = pl.scan_delta(str(lake().path(ASSESSMENTS))).collect()  # marks, too
    return everything.select(COMPARED).sort("key", "version")


def test_the_same_to_the_bit(house, connected, put_in_force, settings, tmp_path) -> None:
    train(operator())
    there = settings.HOME
    here = tmp_path / "here"
    shutil.copytree(there, here)
    for step, window in enumerate([(None, None), (MARCH, date(2024, 4, 2)), (None, None)]):
        for home in (there, here):
            settings.HOME = home
            if step == 2:
                amend(house)
            cluster = connected() if home == there else None
            if step == 1 and home == there:
                put_in_force(
                    operator(), Profile(code="OLD", title="Old", condition="net_mass > 90")
                )
            before = lake().version(ASSESSMENTS)
            done = assess_window(operator(), *window, cluster=cluster)
            assert lake().version(ASSESSMENTS) == before + 1
            if home == there:
                items, pins, found = done.items, done.pins, assessments()
        assert items == done.items > 0
        assert pins == done.pins
        assert found.equals(assessments())
    assert items == 40  # the cancelled are assessed no more
    assert found.filter(pl.col("version") < 0).height == 20


def test_baselines_are_the_same(house, connected) -> None:
    amend(house)
    cluster = connected()
    far = build_baselines(operator(), MARCH, cluster)
    BaselineVersion.objects.all().delete()
    near = build_baselines(operator(), MARCH)
    assert far.version == near.version
    assert (far.declarations, far.outcomes) == (near.declarations, near.outcomes)


class Stop(Exception):
    pass


class Impatient:
    """Ends the work at the first sign of progress."""

    def update(self, done: int, total: int | None = None, text: str = "") -> None:
        assert 0 < done <= total
        assert text

    def check(self) -> None:
        raise Stop


def test_stopped_work_leaves_nothing(house, connected) -> None:
    cluster = connected()
    with pytest.raises(Stop):
        assess_window(operator(), None, None, Impatient(), cluster)
    assert lake().scan(ASSESSMENTS).collect().is_empty()
    assert assess_window(operator(), None, None, cluster=cluster).items == 2_000
    assert assess_window(operator(), None, None, cluster=cluster).items == 0


def test_damaged_pins_are_refused(house, connected) -> None:
    build_baselines(operator(), date(2024, 1, 1))
    for day in (date(2024, 2, 1), MARCH, date(2024, 4, 1)):
        built = build_baselines(operator(), day)
        table = baselines_folder(built.version) / "history-importer.arrow"
        spoilt = pl.read_ipc(table.read_bytes()).with_columns(pl.col("key") + 1)
        spoilt.write_ipc(table)
    cluster = connected()
    with pytest.raises(Exception, match="are not what their manifest says"):
        assess_window(operator(), None, None, cluster=cluster)
    assert lake().scan(ASSESSMENTS).collect().is_empty()


def test_the_commands(house, server: str) -> None:
    far = ["--engine", "spark", "--connect", server, "--json"]
    built = CliRunner().invoke(main, ["baselines", "build", "--as-of", "2024-03-01", *far])
    assert json.loads(built.stdout)["built"][0]["as_of"] == "2024-03-01"
    done = CliRunner().invoke(main, ["assess", "--from", "2024-03-02", "--to", "2024-03-04", *far])
    assert json.loads(done.stdout)["items"] == lake().scan(ASSESSMENTS).collect().height > 0


def test_where_the_cluster_is_must_be_said(house) -> None:
    done = CliRunner().invoke(main, ["assess", "--engine", "spark"], env={"TIDEWAITER_SPARK": None})
    assert done.exit_code == 2
    assert "--connect sc://HOST:PORT" in done.stderr


def test_a_server_that_is_not_there(home) -> None:
    pytest.importorskip("pyspark", reason="the extra `scale` is not installed")
    with pytest.raises(ClusterUnavailable, match="no Spark Connect server answers"):
        Cluster.connect("sc://127.0.0.1:1", lake())
