"""The engine's steps with the defaults of a notebook."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk import assess as assessing
from tidewaiter.engine.risk import selection
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.lists import NamedLists, read_list
from tidewaiter.engine.risk.models import RiskModel
from tidewaiter.engine.risk.profiles import Profile, ProfileSet, read_profiles
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.selection import Selection, SelectionPolicy
from tidewaiter.engine.risk.value import OF_ITEM, by_declaration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Rows = pl.DataFrame | pl.LazyFrame


def lists(
    given: Mapping[str, Iterable[str]] | None = None, *, folder: str | Path = ""
) -> NamedLists:
    """Named lists, from values by name or from the CSV and TOML files of a folder, each the list of
    its own name, as of today."""
    entries = {}
    if folder:
        files = [p for p in sorted(Path(folder).iterdir()) if p.suffix in {".csv", ".toml"}]
        today = datetime.now(UTC).date()
        entries = dict(NamedLists.on({path.stem: read_list(path) for path in files}, today))
    return NamedLists({**entries, **(given or {})})


def profiles(*given: Profile | str | Path, lists: NamedLists | None = None) -> ProfileSet:
    """Profiles ready to judge facts: Profile objects, or TOML files of them.

    Raises ValueError, naming every profile that cannot be used and why.
    """
    found: list[Profile] = []
    wrong: list[str] = []
    for one in given:
        if isinstance(one, Profile):
            found.append(one)
            continue
        read, problems = read_profiles(Path(one))
        found += read
        wrong += [f"{problem.profile}: {problem.message}" for problem in problems]
    made = ProfileSet(found, SCHEMA, lists or NamedLists())
    wrong += [
        f"{broken.profile.code}: {problem.code} {problem.params}"
        for broken in made.broken
        for problem in broken.problems
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return made


def baselines(declarations: Rows, outcomes: Rows, as_of: date) -> Baselines:
    """What was normal, known before a day: peers of prices and masses, histories of traders, routes
    and codes. declarations: as first declared (DECLARATIONS). outcomes: OUTCOMES."""
    return Baselines.build(declarations.lazy(), outcomes.lazy(), as_of)


def facts(declarations: Rows, baselines: Baselines) -> pl.DataFrame:
    """One row an item, in order: what was declared, indicators and baseline facts beside it; their
    names, units and sources are on the page “Reference”. A fact that cannot be known is missing."""
    return compute_facts(declarations.lazy().collect(), baselines)


def train(declarations: Rows, outcomes: Rows, until: date) -> RiskModel:
    """A model that learnt from what was declared, and known, before a day. Each row is seen with the
    baselines of its own day. Raises TooFewOutcomes."""
    return RiskModel.train(declarations.lazy(), outcomes.lazy(), until=until)


def assess(
    declarations: Rows,
    baselines: Baselines,
    *,
    profiles: ProfileSet | None = None,
    model: RiskModel | None = None,
    currency: str = "EUR",
) -> pl.DataFrame:
    """One row an item, in order (ASSESSMENTS): score and probability (0 to 1), revenue at stake and
    expected value of a control (in `currency`), profiles hit, reasons as JSON."""
    judges = profiles or ProfileSet([], SCHEMA, NamedLists())
    return assessing.assess(
        declarations.lazy().collect(),
        profiles=judges,
        lists=judges.lists,
        baselines=baselines,
        model=model,
        currency=currency,
        run_id="notebook",
        at=datetime.now(UTC),
    )


def select(
    assessments: pl.DataFrame,
    *,
    profiles: ProfileSet | None = None,
    policy: SelectionPolicy | None = None,
    capacity: pl.DataFrame | None = None,
    seed: int = 1,
) -> Selection:
    """Lanes for assessed declarations: `rows` one a declaration (SELECTIONS), `cutoffs` by day,
    office and lane, `workload` in minutes by day, office and control.

    capacity: office, control, minutes_per_day; without it the policy's expected rates limit the
    lanes. seed: makes the keys of chance, which in a house are secret until the day is over.
    """
    if capacity is None:
        schema = {"office": pl.String, "control": pl.String, "minutes_per_day": pl.Float64}
        capacity = pl.DataFrame(schema=schema)
    days = assessments["declaration_date"].drop_nulls().unique().to_list()
    return selection.select(
        by_declaration(assessments.select(OF_ITEM)),
        profiles=profiles or ProfileSet([], SCHEMA, NamedLists()),
        capacity=capacity,
        policy=policy or SelectionPolicy(),
        day_keys={day: hashlib.sha256(f"{seed} {day}".encode()).hexdigest() for day in days},
        run_id="notebook",
        at=datetime.now(UTC),
    )
