"""`tidewaiter profiles` and `tidewaiter lists`: what officers decide, as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json
from tidewaiter.platform.durable import whole

if TYPE_CHECKING:
    from tidewaiter.engine.risk.profiles import FileProblem
    from tidewaiter.platform.accounts.models import User

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def profiles() -> None:
    """Risk profiles as TOML files."""


@profiles.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE)
@json_option
@housed
def check(officer: User, *, files: tuple[Path, ...], as_json: bool) -> None:
    """Check profiles without importing them; exit code 1 if one cannot be used."""
    from tidewaiter.desks.targeting.actions.profiles.exchange import check_files  # noqa: PLC0415

    sound, problems = check_files(officer, files)
    report = {"sound": sound, "problems": [_problem(one) for one in problems]}
    _tell(report, as_json=as_json, said=f"{sound} profiles are sound")


def _problem(problem: FileProblem) -> dict[str, str]:
    return {"where": problem.profile, "problem": problem.message}


@profiles.command("import")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--draft", is_flag=True, help="As drafts that wait for a second officer.")
@json_option
@housed
def import_(officer: User, *, files: tuple[Path, ...], draft: bool, as_json: bool) -> None:
    """Import profiles. Without --draft they are active at once, which the ledger says."""
    from tidewaiter.desks.targeting.actions.profiles import import_profiles  # noqa: PLC0415

    done = import_profiles(officer, files, approve=not draft)
    report = {
        "imported": len(done.versions),
        "unchanged": len(done.unchanged),
        "problems": [_problem(one) for one in done.problems],
    }
    _tell(
        report,
        as_json=as_json,
        said=f"{len(done.versions)} imported, {len(done.unchanged)} unchanged",
    )


@profiles.command("export")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@json_option
@housed
def export(officer: User, *, out: Path, as_json: bool) -> None:
    """Write the profiles in force to a TOML file."""
    from tidewaiter.desks.targeting.actions.profiles import export_profiles  # noqa: PLC0415
    from tidewaiter.desks.targeting.queries.profiles import Wanted  # noqa: PLC0415
    from tidewaiter.desks.targeting.queries.profiles import profiles as visible  # noqa: PLC0415

    chosen = visible(officer, Wanted())
    with whole(out) as part:
        part.write_text(export_profiles(officer, chosen), "utf-8")
    report = {"out": str(out), "profiles": chosen.count(), "problems": []}
    _tell(report, as_json=as_json, said=f"{chosen.count()} profiles written to {out}")


@click.group()
def lists() -> None:
    """Named lists that profiles refer to."""


@lists.command("import")
@click.argument("files", nargs=-1, required=True, type=FILE)
@json_option
@housed
def lists_import(officer: User, *, files: tuple[Path, ...], as_json: bool) -> None:
    """Import CSV or TOML files; each is the list of its own name."""
    from tidewaiter.desks.targeting.actions.lists import import_lists  # noqa: PLC0415

    done = import_lists(officer, files)
    report = {
        "lists": [
            {"name": one.name, "added": one.added, "unchanged": one.unchanged} for one in done
        ],
        "problems": [{"where": one.name, "problem": one.problem} for one in done if one.problem],
    }
    added = sum(one.added for one in done)
    _tell(report, as_json=as_json, said=f"{len(done)} lists, {added:,} values added")


def _tell(report: dict[str, Any], *, as_json: bool, said: str) -> None:
    if as_json:
        print_json(report)
    else:
        click.echo(said)
    for one in report["problems"]:
        click.echo(f"{one['where']}: {one['problem']}", err=True)
    if report["problems"]:
        fail(f"{len(report['problems'])} could not be used", code=1)
