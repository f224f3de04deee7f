"""`tidewaiter assess`, `select`, `explain`, `baselines` and `model`: the risk engine."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tidewaiter.desks.targeting.actions.explaining import Explained
    from tidewaiter.desks.targeting.queries.why_not import WhyNot
    from tidewaiter.engine.scale import Cluster
    from tidewaiter.platform.accounts.models import User

DAY = click.DateTime(["%Y-%m-%d"])


def on_engine(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where to compute; the command gets `cluster`, None for this machine."""

    @click.option(
        "--engine",
        type=click.Choice(["local", "spark"]),
        default="local",
        show_default=True,
        help="Where to compute; the results are the same to the bit.",
    )
    @click.option(
        "--connect",
        envvar="TIDEWAITER_SPARK",
        metavar="sc://HOST:PORT",
        help="Address of a Spark Connect server (Apache Spark or Sail).",
    )
    @functools.wraps(command)
    def run(*args: Any, engine: str, connect: str | None, **kwargs: Any) -> Any:
        if engine == "local":
            return command(*args, cluster=None, **kwargs)
        if not connect:
            fail("say where the cluster is: --connect sc://HOST:PORT, or TIDEWAITER_SPARK")
        with _cluster(connect) as cluster:
            return command(*args, cluster=cluster, **kwargs)

    return run  # fmt: skip


@contextmanager
def _cluster(address: str) -> Iterator[Cluster]:
    from tidewaiter.engine.scale import Cluster, ClusterUnavailable  # noqa: PLC0415
    from tidewaiter.platform.store import lake  # noqa: PLC0415  needs Django

    try:
        cluster = Cluster.connect(address, lake())
    except ClusterUnavailable as error:
        fail(str(error))
    from pyspark.errors import PySparkException  # noqa: PLC0415  the client is optional

    try:
        yield cluster
    except PySparkException as error:
        said = str(error).splitlines()[0]  # the rest is a stack of Java
        fail(f"the cluster gave up, nothing was written: {said} (its log says more)", code=1)
    finally:
        cluster.close()


@click.command()
@click.option("--from", "since", type=DAY, help="First day of declaration.")
@click.option("--to", "until", type=DAY, help="Last day of declaration.")
@json_option
@housed
@on_engine
def assess(
    officer: User,
    *,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    cluster: Cluster | None,
) -> None:
    """Assess goods items: all that have no assessment yet, or a window again with today's rules."""
    from tidewaiter.desks.targeting.actions.assessing import assess_window  # noqa: PLC0415

    window = (since.date() if since else None, until.date() if until else None)
    with progress_bar("assessing") as bar:
        done = assess_window(officer, *window, bar, cluster)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done.items:,} items assessed in {done.seconds:.1f} s ({done.rate:,.0f}/s)")


@click.command()
@click.option("--date", "day", type=DAY, help="Only this day of declaration.")
@json_option
@housed
def select(officer: User, *, day: datetime | None, as_json: bool) -> None:
    """Choose lanes for assessed declarations and raise the control orders."""
    from tidewaiter.desks.targeting.actions.selecting import select_days  # noqa: PLC0415

    with progress_bar("selecting") as bar:
        done = select_days(officer, day.date() if day else None, bar)
    if as_json:
        told = ("run_id", "declarations", "orders", "lanes")
        print_json({name: getattr(done, name) for name in told})
    else:
        lanes = ", ".join(f"{lane} {count:,}" for lane, count in done.lanes.items())
        click.echo(f"{done.declarations:,} declarations selected: {lanes}; {done.orders:,} orders")


@click.command()
@click.argument("declaration_id")
@click.option(
    "--why-not",
    "asks_why_not",
    is_flag=True,
    help="Also what would have had to differ for it to be selected.",
)
@json_option
@housed
def explain(officer: User, declaration_id: str, *, asks_why_not: bool, as_json: bool) -> None:
    """Say why a declaration was assessed as it was, and compute it again: both must agree."""
    from tidewaiter.desks.targeting.actions.explaining import (  # noqa: PLC0415
        explain_declaration,
    )
    from tidewaiter.desks.targeting.queries.why_not import why_not  # noqa: PLC0415

    explained = explain_declaration(officer, declaration_id)
    if explained is None:
        fail(f"no assessed declaration {declaration_id!r} that you may see", code=1)
    missed = why_not(officer, declaration_id) if asks_why_not else None
    if as_json:
        print_json(asdict(explained) | ({"why_not": missed} if asks_why_not else {}))
    else:
        _say_why(explained)
        if missed is not None:
            _say_why_not(missed)
    if not explained.agrees:
        raise SystemExit(1)


def _say_why(explained: Explained) -> None:
    for item in explained.items:
        click.echo(
            f"item {item.item_no}: score {item.score:.4f}, expected value {item.expected_value:,.2f}"
        )
        for reason in item.reasons:
            click.echo(f"  {reason}")
    policy = f", policy {explained.policy[:12]}" if explained.policy else ""
    click.echo(f"lane {explained.lane}, selected by {explained.selected_by}{policy}")
    if explained.past:
        click.echo(f"superseded assessments computed again, too: {len(explained.past)}")
    if explained.masked_at:
        click.echo(
            f"masked since {explained.masked_at:%Y-%m-%d}: names and codes stand there as tokens, and "
            "what depends on them cannot be computed again"
        )
    if not explained.agrees:
        click.echo("computed again: DIFFERENT")
    elif any(one.agrees for one in (*explained.items, *explained.past)):
        click.echo("computed again: the same to the bit")


def _say_why_not(missed: WhyNot) -> None:
    click.echo(f"lanes of {missed.office} on {missed.day}:")
    for lane in missed.lanes:
        least = "none by value" if lane.needed is None else f"from {lane.needed:,.2f}"
        limit = "no limit" if lane.capacity is None else f"{lane.capacity:,.0f}"
        click.echo(
            f"  {lane.lane}: {least}, missing {lane.gap or 0:,.2f}; "
            f"{lane.planned:,.0f} of {limit} minutes planned"
        )
    if missed.draw is not None:
        click.echo(f"its draw {missed.draw:.6f}, the random share {missed.random_rate:.4f}")
    for near in missed.near:
        click.echo(f"nearly hit, item {near.item_no}: {near.code} {near.title}")
        for leaf in near.failed:
            figures = (
                "" if leaf.needed is None else f" (was {leaf.actual}, limit {leaf.needed:.6g})"
            )
            click.echo(f"  {leaf.condition}{' (unknown)' if leaf.unknown else figures}")
    for change in missed.changes:
        click.echo(
            f"item {change.item_no}: with {change.condition} (was {change.actual}) {change.profile} "
            f"hits, expected value {change.expected_value:,.2f}: {change.selects or 'not selected'}"
        )
    for one in missed.against:
        click.echo(
            f"item {one.item_no}: without {one.reason} expected value {one.expected_value:,.2f}: "
            f"{one.selects or 'not selected'}"
        )


@click.group()
def baselines() -> None:
    """What is normal, as of a day."""


@baselines.command("build")
@click.option("--as-of", "day", type=DAY, help="Only this day; otherwise every month of the data.")
@json_option
@housed
@on_engine
def baselines_build(
    officer: User, *, day: datetime | None, as_json: bool, cluster: Cluster | None
) -> None:
    """Compute baselines from what was known before a day."""
    from tidewaiter.desks.targeting.actions.baselines import (  # noqa: PLC0415  needs Django
        build_series,
        month_starts,
    )

    with progress_bar("baselines") as bar:
        built = build_series(officer, [day.date()] if day else month_starts(), bar, cluster)
    if as_json:
        print_json({"built": [{"as_of": one.as_of, "version": one.version} for one in built]})
    else:
        for one in built:
            click.echo(f"as of {one.as_of}: {one.declarations:,} items, version {one.version[:12]}")


@click.group()
def model() -> None:
    """The model that learns from outcomes."""


@model.command("train")
@click.option("--until", "day", type=DAY, help="Learn only from outcomes known before this day.")
@json_option
@housed
def model_train(officer: User, *, day: datetime | None, as_json: bool) -> None:
    """Train a challenger; the first model becomes champion at once."""
    from tidewaiter.desks.targeting.actions.learning import train  # noqa: PLC0415
    from tidewaiter.engine.risk.models import TooFewOutcomes  # noqa: PLC0415

    try:
        with progress_bar("training") as bar:
            trained = train(officer, until=day.date() if day else None, steps=bar)
    except TooFewOutcomes as error:
        fail(str(error), code=1)
    _show_models([trained], as_json=as_json)


@model.command("list")
@json_option
@housed
def model_list(officer: User, *, as_json: bool) -> None:
    """The models and their measured quality."""
    from tidewaiter.desks.targeting.queries.learning import models_of  # noqa: PLC0415

    _show_models(list(models_of(officer)), as_json=as_json)


@model.command("promote")
@click.argument("version")
@json_option
@housed
def model_promote(officer: User, version: str, *, as_json: bool) -> None:
    """Make a challenger the champion that another officer trained or proposed."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415

    from tidewaiter.desks.targeting.actions.learning import promote  # noqa: PLC0415

    try:
        _show_models([promote(officer, version)], as_json=as_json)
    except ValidationError as error:
        fail(error.messages[0], code=1)


@model.command("roll-back")
@click.option("--reason", required=True, help="Why the model in force goes; kept in the ledger.")
@json_option
@housed
def model_roll_back(officer: User, *, reason: str, as_json: bool) -> None:
    """Put the champion before the present one in force again."""
    from tidewaiter.desks.targeting.actions.learning import (  # noqa: PLC0415
        RollBackRefused,
        roll_back,
    )

    try:
        _show_models([roll_back(officer, reason)], as_json=as_json)
    except RollBackRefused as error:
        fail(str(error), code=1)


@model.command("shadow")
@json_option
@housed
def model_shadow(officer: User, *, as_json: bool) -> None:
    """Score the last days by the open challengers, too, and compare; every night does it."""
    from tidewaiter.desks.targeting.actions.challenging import follow_challengers  # noqa: PLC0415
    from tidewaiter.desks.targeting.queries.learning import models_of  # noqa: PLC0415

    with progress_bar("scoring") as bar:
        follow_challengers(bar)
    _show_models([one for one in models_of(officer) if one.shadow], as_json=as_json)


_OF_MODEL = (
    "version", "state", "trained_at", "learned_from", "learned_until", "code", "metrics", "shadow",
)  # fmt: skip


def _show_models(models: list[object], *, as_json: bool) -> None:
    rows = [{name: getattr(one, name) for name in _OF_MODEL} for one in models]
    if as_json:
        print_json({"models": rows})
    else:
        for row in rows:
            click.echo(f"{row['version'][:12]} {row['state']} {row['trained_at']} {row['metrics']}")
