"""How each command of `tidewaiter` is run while it is killed. A command without a recipe fails the
test, so a new one cannot be forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tidewaiter.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crash.house import Commands, House

    Arguments = Callable[["Place"], list[Any]]

CLIENT = "nina"  # an account that was made
EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(slots=True)
class Place:
    """Where a recipe runs, and what earlier ones left there."""

    house: House
    commands: Commands

    @property
    def files(self) -> Path:
        return self.house.folder

    @property
    def world(self) -> Path:
        return self.files / "world"

    def asked(self, *arguments: Any) -> Any:
        code, said = self.commands.run(*arguments, "--json")
        assert code == 0, said
        return json.loads(said)


@dataclass(frozen=True, slots=True)
class Recipe:
    """`arguments`: after the name of the command. `after`: commands that must have been run.
    `codes`: exit codes that are right when it is run again after a kill. `out`: what it writes,
    which is whole or not there. `apart`: run in a home of its own, with this environment."""

    arguments: Arguments
    after: tuple[str, ...] = ("init",)
    codes: tuple[int, ...] = (0,)
    out: str = ""
    apart: Callable[[Place], dict[str, str]] | None = None
    seconds: float = 1.0  # about, at most: when kills come


# What is not killed here, and why.
ELSEWHERE = {
    "serve": "test_server.py kills it, whole and process by process",
}


def names(group: click.Group | None = None, before: str = "") -> list[str]:
    """Every command that does something, as it is typed."""
    group = group or main
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [f"{before}{name}"] * command.invoke_without_command
            found += names(command, f"{before}{name} ")
        else:
            found.append(f"{before}{name}")
    return found


def _said(*arguments: Any) -> Arguments:
    return lambda _place: list(arguments)


def _newest_model(place: Place) -> list[Any]:
    return [place.asked("model", "list")["models"][0]["version"], "--as", "nina"]


def _report(place: Place) -> str:
    out = place.files / "for-the-vault.pdf"
    return str(place.asked("report", "compliance", "--month", "2026-01", "--out", out)["sha256"])


def _hold(place: Place) -> list[Any]:
    made = place.asked("vault", "hold", _report(place), "--reason", "asked for")
    return [made["hold"], "--reason", "done"]


def _held(place: Place) -> list[Any]:
    place.commands.run("privacy", "hold", _declaration(place), "--reason", "asked for")
    return [1, "--reason", "done"]


def _token(place: Place) -> list[Any]:
    return [place.asked("tokens", "make", CLIENT)["prefix"]]


def _policy(place: Place) -> list[Any]:
    """What is in force, with one figure changed."""
    path = place.files / "policy-in.toml"
    text = place.asked("policy", "show")["policy"]
    path.write_text(_changed(text))
    return [path, "--reason", "more by chance"]


def _changed(text: str) -> str:
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("random_rate"))
    lines[at] = "random_rate = 0.0213"
    return "\n".join(lines) + "\n"


def _size(place: Place) -> list[Any]:
    return [place.asked("ledger", "head")["entries"]]


def _without_a_database(place: Place) -> dict[str, str]:
    environment = place.house.environment | {"TIDEWAITER_HOME": str(place.files / "elsewhere")}
    environment.pop("DATABASE_URL", None)
    return environment


def _restored(place: Place) -> dict[str, str]:
    return place.house.sibling().environment


def _into(place: Place) -> list[Any]:
    return ["--into", place.files / "backups"]


def _restore(place: Place) -> list[Any]:
    key = place.house.home / "keys" / "backup" / "repository.key"
    return ["--from", place.files / "backups", "--key", key]


RISK = ("init", "simulate", "intake", "baselines build", "profiles import")
SELECTED = (*RISK, "assess", "select")
RECIPES: dict[str, Recipe] = {
    "init": Recipe(_said(), after=(), seconds=3),
    "simulate": Recipe(
        lambda place: [
            "--out", place.world, "--items", 6000, "--months", 2, "--illicit-rate", 0.3,
        ],
        seconds=2,
    ),
    "lists import": Recipe(_said(*sorted(EXAMPLES.glob("lists/*")))),
    "profiles check": Recipe(_said(EXAMPLES / "profiles" / "valuation.toml")),
    "profiles import": Recipe(
        _said(*sorted(EXAMPLES.glob("profiles/*.toml"))), after=("init", "lists import")
    ),
    "profiles export": Recipe(
        lambda place: ["--out", place.files / "profiles.toml"],
        after=("init", "profiles import"), out="profiles.toml",
    ),
    "intake": Recipe(
        lambda place: [place.world / "declarations.csv"], after=("init", "simulate"), seconds=2
    ),
    "baselines build": Recipe(_said(), after=("init", "simulate", "intake"), seconds=3),
    "model train": Recipe(_said(), after=(*RISK, "model results"), seconds=8),
    "model results": Recipe(  # no command of its own: intake of results
        lambda place: ["--stream", "outcomes", place.world / "outcomes.csv"], after=RISK
    ),
    "model list": Recipe(_said(), after=(*RISK, "model train")),
    "model promote": Recipe(_newest_model, after=("model train", "accounts create"), codes=(0, 1)),
    "model shadow": Recipe(_said(), after=("model train",), seconds=2),
    "model roll-back": Recipe(_said("--reason", "worse", "--as", "nina"), after=("model train", "accounts create"), codes=(0, 1)),
    "assess": Recipe(_said(), after=RISK, seconds=4),
    "select": Recipe(_said(), after=(*RISK, "assess"), seconds=3),
    "explain": Recipe(
        lambda place: [_declaration(place), "--why-not"], after=SELECTED, seconds=2
    ),
    "worker": Recipe(_said("--once"), after=SELECTED, seconds=6),
    "export": Recipe(
        lambda place: ["assessments", "--out", place.files / "assessments.csv"],
        after=SELECTED, out="assessments.csv",
    ),
    "report compliance": Recipe(
        lambda place: ["--month", "2026-01", "--out", place.files / "january.pdf"],
        after=SELECTED, out="january.pdf", seconds=3,
    ),
    "policy show": Recipe(_said()),
    "policy export": Recipe(
        lambda place: ["--out", place.files / "policy.toml"], out="policy.toml"
    ),
    "policy import": Recipe(_policy, codes=(0, 1)),  # 1: it waits already
    "accounts create": Recipe(
        _said(CLIENT, "--role", "profile_approver", "--national"), codes=(0, 2)  # 2: there already
    ),
    "tokens make": Recipe(_said(CLIENT), after=("init", "accounts create")),
    "tokens list": Recipe(_said("--all"), after=("init", "tokens make")),
    "tokens rotate": Recipe(_token, after=("init", "tokens make")),
    "tokens revoke": Recipe(_token, after=("init", "tokens make")),
    "privacy schedule": Recipe(_said()),
    "privacy apply": Recipe(_said(), after=SELECTED),
    "privacy report": Recipe(_said(), after=("init", "privacy apply")),
    "privacy hold": Recipe(
        lambda place: [_declaration(place), "--reason", "asked for"], after=SELECTED
    ),
    "privacy lift": Recipe(_held, after=SELECTED, codes=(0, 1)),  # 1: it is proposed already
    "privacy destroy-key": Recipe(
        _said("tokens", "--reason", "asked for", "--yes"),
        after=("init", "privacy apply"), codes=(0, 1),  # 1: it is destroyed already
    ),
    "ledger head": Recipe(_said()),
    "ledger verify": Recipe(_said()),
    "ledger prove": Recipe(_said(1), after=("init", "ledger head")),
    "ledger grown": Recipe(_size, after=("init", "ledger head")),
    "ledger export": Recipe(
        lambda place: [place.files / "handed-out"], codes=(0, 2), out="handed-out/verify.pyz"
    ),
    "ledger renew-key": Recipe(_said()),
    "vault hold": Recipe(
        lambda place: [_report(place), "--reason", "asked for"], after=SELECTED
    ),
    "vault lift": Recipe(_hold, after=SELECTED, codes=(0, 1)),  # 1: it is lifted already
    "vault holds": Recipe(_said()),
    "vault verify": Recipe(_said(), after=SELECTED),
    "vault renew-key": Recipe(_said()),
    "vault destroy-old-keys": Recipe(
        _said(), after=("vault renew-key", "worker"), codes=(0, 1)  # 1: a file needs one still
    ),
    "verify": Recipe(_said(), after=SELECTED, seconds=3),
    "backup init": Recipe(_said(), seconds=0.3),
    "backup": Recipe(_said(), after=(*SELECTED, "backup init"), seconds=2),
    "backup key": Recipe(_said(), after=("init", "backup init"), seconds=0.3),
    "backup list": Recipe(_said(), after=("init", "backup init"), seconds=0.3),
    "backup verify": Recipe(_said(), after=("init", "backup"), seconds=0.5),
    "backup extract": Recipe(
        lambda place: ["secret.key", "--out", place.files / "secret.toml"],
        after=("init", "backup"), out="secret.toml", seconds=0.5,
    ),
    "backup prune": Recipe(_said(), after=("init", "backup"), seconds=0.5),
    "restore": Recipe(_restore, after=("init", "backup"), apart=_restored, seconds=2),
    "demo": Recipe(
        _said("--items", 12_000, "--no-serve"), after=(), codes=(0, 2),  # 2: remove it, it says
        apart=_without_a_database, seconds=15,
    ),
}  # fmt: skip


def _declaration(place: Place) -> str:
    text = (place.world / "declarations.csv").read_text().splitlines()
    return text[1].split(",")[text[0].split(",").index("declaration_id")]


def typed(name: str, place: Place) -> list[Any]:
    """The whole command line."""
    words = {"model results": ["intake"]}.get(name) or name.split()
    if words[0] == "backup":
        return ["backup", *_into(place), *words[1:], *RECIPES[name].arguments(place)]
    return [*words, *RECIPES[name].arguments(place)]
