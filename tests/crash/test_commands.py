"""Every command of `tidewaiter` is killed at random moments and run again: nothing is lost or doubled,
and nobody has to clear up."""

from __future__ import annotations

import json
import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.crash.house import Commands, House
from tests.crash.recipes import ELSEWHERE, RECIPES, Place, names, typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = int(os.environ.get("TIDEWAITER_KILLS", "4"))
LONG = float(os.environ.get("TIDEWAITER_KILL_SECONDS", "3600"))  # after which no more are killed
SEED = int(os.environ.get("TIDEWAITER_KILL_SEED", "1"))
TRIES = 4  # to be quicker than a command
STEPS = {"model results"}  # of recipes, that are no commands


def test_every_command_has_a_recipe_or_a_reason_why_not() -> None:
    assert sorted(names()) == sorted((RECIPES.keys() | ELSEWHERE.keys()) - STEPS)
    assert not RECIPES.keys() & ELSEWHERE.keys()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    house = House(tmp_path)
    commands = Commands(house)
    yield Place(house, commands)
    commands.close()
    house.close()


@pytest.mark.slow
@pytest.mark.database
def test_commands_that_are_killed_are_run_again(place: Place) -> None:
    chance = random.Random(SEED)  # noqa: S311  moments, not secrets
    kinds = [name for name in RECIPES if name not in STEPS]
    chosen = [chance.choice(kinds) for _ in range(KILLS)] if len(kinds) > KILLS else (
        [*kinds, *(chance.choice(kinds) for _ in range(KILLS - len(kinds)))]
    )  # fmt: skip
    done: set[str] = set()
    killed: list[tuple[str, float]] = []
    until = time.monotonic() + LONG
    for name in sorted(set(chosen), key=list(RECIPES).index):
        if time.monotonic() > until:
            break
        _prepare(name, place, done)
        _killed_and_run_again(name, place, chance, chosen.count(name), killed)
        done.add(name)
    tried = sum(name in done for name in chosen)
    print(f"{len(killed)} of {tried} kills came before the end of the command", flush=True)
    assert len(killed) >= tried * 0.6, (SEED, killed, "the kills came too late to mean anything")
    if "init" in done:
        told = _told(place)
        told.pop("failed jobs")
        assert not any(told.values()), (SEED, killed, told)


def _prepare(name: str, place: Place, done: set[str]) -> None:
    for before in RECIPES[name].after:
        if before not in done:
            _prepare(before, place, done)
            _to_the_end(before, place)
            done.add(before)


def _to_the_end(name: str, place: Place, environment: dict[str, str] | None = None) -> float:
    """Seconds that it took."""
    line = typed(name, place)
    started = time.monotonic()
    code, said = place.commands.run(*line, environment=environment)
    assert code in RECIPES[name].codes, (SEED, name, code, said[-3000:])
    return time.monotonic() - started


def _killed_and_run_again(
    name: str, place: Place, chance: random.Random, kills: int, killed: list[tuple[str, float]]
) -> None:
    recipe = RECIPES[name]
    seconds = recipe.seconds
    apart = recipe.apart(place) if recipe.apart else None
    found: set[int] = set()  # bytes of what a killed command had written
    for _ in range(kills):
        line = typed(name, place)
        for _ in range(TRIES):
            moment = chance.uniform(0, seconds)
            started = time.monotonic()
            code, said = place.commands.run(*line, kill_after=moment, environment=apart)
            if code is None:
                killed.append((name, round(moment, 3)))
                print(f"kill {len(killed)}: {name} after {moment:.3f} s", flush=True)
                break
            assert code in recipe.codes, (SEED, killed, name, code, said[-3000:])
            seconds = min(seconds, time.monotonic() - started) * 0.7
        left = place.files / recipe.out
        if recipe.out and left.exists():
            found.add(left.stat().st_size)
    _to_the_end(name, place, apart)
    if recipe.out.endswith((".csv", ".toml")):  # others tell when they were made
        assert found <= {(place.files / recipe.out).stat().st_size}, (SEED, killed, name, found)


def _told(place: Place) -> dict:
    acknowledged = place.files / "acknowledged.json"
    acknowledged.write_text(json.dumps({"declared": [], "order": [], "journal": []}))
    told: dict = place.house.inside("tell", acknowledged)
    return told
