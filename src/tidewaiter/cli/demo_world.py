"""The story of the demo: one administration, its people, and six months that lead up to today."""

from __future__ import annotations

import io
import secrets
import tempfile
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from tidewaiter.cli.terminal import OPERATOR, errors, examples_folder, fail
from tidewaiter.desks.control import actions as control
from tidewaiter.desks.control.content import Content, Line
from tidewaiter.desks.control.queries import assignments_in_force
from tidewaiter.desks.intake.actions import record_message, submit
from tidewaiter.desks.performance.actions import refresh_summaries
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.baselines import build_series, month_starts
from tidewaiter.desks.targeting.actions.learning import train
from tidewaiter.desks.targeting.actions.lists import import_lists
from tidewaiter.desks.targeting.actions.profiles import import_profiles
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.engine.records import OUTCOMES
from tidewaiter.engine.simulate.inspection import inspect
from tidewaiter.engine.simulate.settings import Setting
from tidewaiter.engine.simulate.simulation import Simulation
from tidewaiter.platform.accounts.actions import (
    Person,
    Rights,
    accept_invitation,
    create_user,
    invite,
    save_office,
    set_clearance,
)
from tidewaiter.platform.accounts.models import Office, User
from tidewaiter.platform.chance.actions import day_key, reveal_past_days
from tidewaiter.platform.handling import CLOSED, level_of
from tidewaiter.platform.jobs.actions import install_schedules
from tidewaiter.platform.ledger.heads import make_head
from tidewaiter.platform.store import lake

MONTHS = 6
LIVE_DAYS = 14
RECORDED_UNTIL = timedelta(days=1)  # younger orders are still with the inspectors
BUSIEST = 3  # offices of the demo's inspectors and their supervisor
# A day of an office in a small world: one large consignment, or two or three small ones.
MINUTES = {"physical": 180, "scanner": 30, "documentary": 60, "post_clearance": 120}

# Roles whose work is risk: they read the example profiles that are restricted.
CLEARED = frozenset(
    {"targeting_officer", "profile_approver", "analyst", "head_of_enforcement", "supervisor"}
)
# username -> (first name, last name, roles, sees all offices)
PEOPLE: dict[str, tuple[str, str, tuple[str, ...], bool]] = {
    "tara": ("Tara", "Targeting", ("targeting_officer",), True),
    "paul": ("Paul", "Approver", ("profile_approver",), True),
    "ines": ("Ines", "Inspector", ("inspector",), False),
    "ivan": ("Ivan", "Inspector", ("inspector",), False),
    "sara": ("Sara", "Supervisor", ("supervisor",), False),
    "ana": ("Ana", "Analyst", ("analyst",), True),
    "hugo": ("Hugo", "Head", ("head_of_enforcement",), True),
    "iris": ("Iris", "Intake", ("intake_clerk",), True),
    "adam": ("Adam", "Administrator", ("administrator",), True),
    "affa": ("Affa", "Affairs", ("internal_affairs",), True),
}


@dataclass
class Story:
    password: str
    figures: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, what: str, figure: Any) -> None:
        shown = f"{figure:,}" if isinstance(figure, int) else str(figure)
        self.figures.append((what, shown))
        errors.print(f"  {what}: {shown}")


def build(items: int) -> Story:
    """Everything up to the moment when the officers come in; the figures are told as they come."""
    call_command("migrate", verbosity=0)
    install_schedules()
    story = Story(password=secrets.token_urlsafe(9))
    whole = Path(settings.HOME) / "demo-complete"
    if whole.exists():
        errors.print("this home folder has a demo already; new passwords are set")
        _people(story, [])
        return story
    if User.objects.exists():
        fail(
            f"{settings.HOME} is in use, or its demo was broken off: remove it, or name another home"
        )
    today = timezone.localdate()
    years, month = divmod(today.month - MONTHS, 12)
    start = date(today.year + years, month + 1, 1)
    setting = Setting(
        items=items, seed=20, start=start, months=MONTHS, illicit_rate=0.06, inspected_rate=0.1
    )
    world = Simulation.of(setting)
    chunks = list(world.chunks())
    declarations = pl.concat(chunk.declarations for chunk in chunks)
    outcomes = pl.concat(chunk.outcomes for chunk in chunks)
    truth = pl.concat(chunk.truth for chunk in chunks)
    known = declarations.filter(pl.col("declaration_date") <= today)
    _people(story, known["office"].value_counts(sort=True)["office"].to_list())
    operator = User.objects.get(username=OPERATOR)
    live = today - timedelta(days=LIVE_DAYS)
    _intake(story, operator, known, outcomes.filter(pl.col("declaration_date") < live))
    _odd_files(story, operator, today)
    _risk(story, operator, live)
    _orders(story, operator)
    _results(story, truth, today)
    _challenger(story, operator)
    refresh_summaries()
    make_head()
    whole.touch()
    return story


def summary(story: Story, port: int) -> str:
    """The table at the end, with who can log in."""
    table = Table(title="Tidewaiter demo", show_header=False)
    for what, figure in story.figures:
        table.add_row(what, figure)
    people = Table("log in as", "role", "sees", title=f"password of all: {story.password}")
    for name, (first, last, roles, national) in PEOPLE.items():
        people.add_row(
            f"{name}",
            f"{first} {last}: {', '.join(roles)}",
            "all offices" if national else "three offices",
        )
    console = Console(file=io.StringIO(), width=100)
    console.print(*([table] if story.figures else []), people, f"pages: http://localhost:{port}/")
    return console.file.getvalue()  # type: ignore[attr-defined]


def _people(story: Story, offices: list[str]) -> None:
    for code in offices:
        if not Office.objects.filter(code=code).exists():
            save_office(None, code=code, name=f"Customs office {code}")
    everyone = {OPERATOR: ("", "", ("operator",), True), **PEOPLE}
    for name, (first, last, roles, national) in everyone.items():
        user = User.objects.filter(username=name).first()
        if user is None:
            seen = frozenset() if national else frozenset(offices[:BUSIEST])
            rights = Rights(frozenset(roles), seen, national)
            user = create_user(None, name, Person(first, last), rights)
            if name == OPERATOR:
                set_clearance(None, user, CLOSED)
            elif CLEARED.intersection(roles):
                set_clearance(None, user, level_of("restricted"))
        if name != OPERATOR:
            accept_invitation(invite(None, user), story.password)


def _intake(
    story: Story, operator: User, declarations: pl.DataFrame, outcomes: pl.DataFrame
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for stream, frame in (("declarations", declarations), ("outcomes", outcomes)):
            path = Path(folder) / f"{stream}.parquet"
            frame.write_parquet(path)
            with path.open("rb") as file:
                message = submit(operator, file, name=path.name, stream=stream)
            message = record_message(message)
            story.tell(f"{stream} taken in", message.accepted or message.outcomes)


def _odd_files(story: Story, operator: User, day: date) -> None:
    """What brokers really send: a header nobody has mapped, lines that cannot be read, broken XML."""
    office = Office.objects.values_list("code", flat=True)[0]
    files = {
        "broker-week.csv": "Dec. No;Lodged on;Office;Trader;Tariff code;From;Net kg;Amount;Curr\n"
        + "".join(
            f"BRK{n:04};{day:%d/%m/%Y};{office};T{n:03};6109{n}000;CN;{100 + n},50;{900 * n},00;EUR\n"
            for n in range(1, 9)
        ),
        "late-lines.csv": "declaration_id,declaration_date,office,hs,origin,net_mass\n"
        f"LATE1,{day},{office},610910,CN,12.5\nLATE2,31 o'clock,{office},610910,CN,3\n"
        f"LATE3,{day},{office},61,CN,7\nLATE4,{day},{office},851713,VN,2\n",
        "template.xml": "<MetaData><Declaration><Declarant><ID><INSERTEORIHERE></ID></Declarant>"
        "</Declaration></MetaData>",
    }
    quarantined = 0
    for name, text in files.items():
        message = submit(
            operator, io.BytesIO(text.encode()), name=name, sender="Dock Street Brokers"
        )
        quarantined += record_message(message).quarantined
    story.tell("kept out, with reason and remedy", quarantined)


def _risk(story: Story, operator: User, live: date) -> None:
    examples = examples_folder()
    lists = import_lists(operator, sorted(examples.glob("lists/*")))
    profiles = import_profiles(operator, sorted(examples.glob("profiles/*.toml")), approve=True)
    story.tell("named lists, risk profiles", f"{len(lists)}, {len(profiles)}")
    story.tell("baselines built", len(build_series(operator, month_starts()[:-1])))
    model = train(operator, until=live)
    story.tell("model: precision in the best 5 %", f"{model.metrics.get('precision_5', 0):.0%}")
    assessed = assess_window(operator, live, None)
    story.tell("items assessed", f"{assessed.items:,} in {assessed.seconds:.1f} s")


def _orders(story: Story, operator: User) -> None:
    for office in Office.objects.all():
        for kind, minutes in MINUTES.items():
            control.set_capacity(
                operator, office=office.code, control=kind, minutes_per_day=minutes
            )
    selected = select_days(operator)
    for lane, count in sorted(selected.lanes.items()):
        story.tell(f"lane {lane}", count)
    story.tell("control orders", selected.orders)
    drawn = control.assign_waiting(User.objects.get(username="sara"))
    story.tell("orders drawn to inspectors", drawn.orders)
    day_key(timezone.localdate() + timedelta(days=1))
    story.tell("days of chance that can be drawn again", reveal_past_days())


def _results(story: Story, truth: pl.DataFrame, today: date) -> None:
    """What the inspectors of the first office find, as the truth of the world has it."""
    found = 0
    held = assignments_in_force().filter(order__declaration_date__lt=today - RECORDED_UNTIL)
    for assignment in held:
        order = assignment.order
        outcomes = inspect(truth, pl.Series([order.declaration_id]), order.control, seed=20)
        lines = tuple(
            Line(
                area, max(1, min(2, severity)), "", Decimal(str(round(revenue, 2))), tuple(items)
            )
            for area, severity, revenue, items in outcomes.filter("found")
            .group_by("risk_area", maintain_order=True)
            .agg(pl.col("severity").max(), pl.col("revenue").sum(), pl.col("item_no"))
            .iter_rows()
        )  # fmt: skip
        content = Content(id=uuid.uuid4(), minutes=order.minutes, lines=lines)
        control.record_result(assignment.inspector, order.pk, content)
        found += bool(lines)
    control.publish_outcomes()
    story.tell("control results recorded", held.count())
    story.tell("of these with a find", found)


def _challenger(story: Story, operator: User) -> None:
    results = lake().current(OUTCOMES).select(pl.len()).collect().item()
    challenger = train(operator)
    story.tell("results the challenger learnt from", int(results))
    story.tell("challenger", f"{challenger.version[:12]} waits for approval")
