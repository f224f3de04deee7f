"""`tidewaiter backup …` and `tidewaiter restore`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tidewaiter.cli.terminal import errors, fail, json_option, print_json, start_django
from tidewaiter.platform.durable import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.platform.backup.repository import Repository

FOLDER = click.Path(path_type=Path, file_okay=False)
KEY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@contextmanager
def _told(what: str) -> Iterator[Any]:
    """Shows how far it is; what goes wrong is said without a traceback."""
    from tidewaiter.platform.backup.moment import BackupError  # noqa: PLC0415  after setup

    try:
        with errors.status(what) as status:
            yield lambda size, _name: status.update(f"{what}: {size / 1e6:,.0f} MB")
    except BackupError as error:
        fail(str(error), 1)


@dataclass(frozen=True, slots=True)
class Named:
    """What the options of the group say."""

    folder: Path
    key: Path | None

    def repository(self) -> Repository:
        from tidewaiter.platform.backup.keys import house_key, read_key  # noqa: PLC0415  after setup
        from tidewaiter.platform.backup.repository import Repository  # noqa: PLC0415

        return Repository(self.folder, read_key(self.key) if self.key else house_key())


@click.group(invoke_without_command=True)
@click.option(
    "--into", type=FOLDER, envvar="TIDEWAITER_BACKUPS", help="The repository; TIDEWAITER_BACKUPS."
)
@click.option("--key", type=KEY_FILE, help="A file with its key; otherwise the key of this house.")
@json_option
@click.pass_context
def backup(context: click.Context, *, into: Path | None, key: Path | None, as_json: bool) -> None:
    """Back up everything into a repository, while work goes on; only what is new is written."""
    if into is None:
        fail("name the repository: --into FOLDER, or TIDEWAITER_BACKUPS")
        return
    start_django()
    context.obj = Named(into.resolve(), key)
    if context.invoked_subcommand is not None:
        return
    from tidewaiter.platform.backup.making import make_backup  # noqa: PLC0415

    with _told("backing up") as told:
        made = make_backup(context.obj.repository(), told)
    if as_json:
        print_json(
            {"backup": made.backup.name, "made_at": made.backup.made_at, "files": made.files,
             "bytes": made.bytes, "stored": made.stored}
        )  # fmt: skip
    else:
        click.echo(
            f"{made.backup.name}: {made.files:,} files, {made.bytes / 1e6:,.1f} MB,"
            f" of which {made.stored / 1e6:,.1f} MB were new"
        )


@backup.command("init")
@click.pass_context
def init(context: click.Context) -> None:
    """Make a repository, and print the key without which nothing of it can be restored."""
    from tidewaiter.platform.backup import keys  # noqa: PLC0415
    from tidewaiter.platform.backup.repository import Repository  # noqa: PLC0415

    with _told("making the repository"):
        if not keys.key_path().exists():
            keys.keep(keys.Key.new())
        key = keys.house_key()
        folder = context.obj.folder
        if not (folder / "repository.json").exists():
            Repository.make(folder, key)
        Repository(folder, key)
    click.echo(f"repository: {folder}")
    _show(str(key))


@backup.command("key")
@click.pass_context
def key(context: click.Context) -> None:  # noqa: ARG001  the group passes it
    """Print the key of the repository."""
    from tidewaiter.platform.backup.keys import house_key  # noqa: PLC0415

    with _told("reading the key"):
        found = house_key()
    _show(str(found))


def _show(key: str) -> None:
    click.echo(f"key: {key}")
    click.echo("Keep the key away from this machine and from the backups.", err=True)


@backup.command("list")
@json_option
@click.pass_context
def list_(context: click.Context, *, as_json: bool) -> None:
    """The moments to which the house can be restored."""
    with _told("reading"):
        repository = context.obj.repository()
        found = [
            {"number": one.number, "made_at": one.made_at} | _figures(repository.about(one))
            for one in repository.backups()
        ]
    if as_json:
        print_json(found)
    for one in [] if as_json else found:
        click.echo(
            f"{one['number']:>8}  {one['made_at']:%Y-%m-%d %H:%M:%S} UTC  {one['files']:>9,} files"
            f"  {one['bytes'] / 1e6:>10,.1f} MB  {one['stored'] / 1e6:>10,.1f} MB new"
        )


def _figures(about: dict[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in ("engine", "files", "bytes", "stored", "lake")}


@backup.command("verify")
@json_option
@click.pass_context
def verify(context: click.Context, *, as_json: bool) -> None:
    """Read everything in the repository; exit code 1 if a backup cannot be restored."""
    from tidewaiter.platform.backup.verifying import verify_repository  # noqa: PLC0415

    with _told("verifying"):
        report = verify_repository(context.obj.repository())
    if as_json:
        print_json(report)
    else:
        for name, files in report.faults.items():
            click.echo(f"{name}: {len(files)} files damaged, first {files[0]}", err=True)
        click.echo(f"{report.backups} backups, {len(report.faults)} of them damaged")
    if not report.sound:
        sys.exit(1)


@backup.command("extract")
@click.argument("file")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--at", "when", help="A moment, as 2026-11-23 04:10 (UTC unless it says); the last.")
@click.pass_context
def extract(context: click.Context, *, file: str, out: Path, when: str | None) -> None:
    """Write one FILE of the home folder, as it was at a moment."""
    from tidewaiter.platform.backup.restoring import at  # noqa: PLC0415
    from tidewaiter.platform.backup.restoring import extract as write  # noqa: PLC0415

    with _told("reading"):
        repository = context.obj.repository()
        chosen = at(repository, _moment(when) if when else None)
        with whole(out) as part:
            size = write(repository, chosen, file, part)
    click.echo(f"{out}: {size:,} bytes, as of {chosen.made_at:%Y-%m-%d %H:%M:%S} UTC")


@backup.command("prune")
@click.pass_context
def prune(context: click.Context) -> None:
    """Remove backups that need not be kept; the worker does it every night."""
    from tidewaiter.platform.backup.keeping import prune as remove  # noqa: PLC0415

    with _told("pruning"):
        removed, pieces = remove(context.obj.repository())
    click.echo(f"{removed:,} backups removed, and {pieces:,} pieces that no other needs")


@click.command()
@click.option(
    "--from", "source", required=True, type=FOLDER, envvar="TIDEWAITER_BACKUPS",
    help="The repository; TIDEWAITER_BACKUPS.",
)  # fmt: skip
@click.option("--at", "when", help="A moment, as 2026-11-23 04:10 (UTC unless it says); the last.")
@click.option(
    "--key", "key_file", required=True, type=KEY_FILE, help="A file with the key of the repository."
)
@json_option
def restore(*, source: Path, when: str | None, key_file: Path, as_json: bool) -> None:
    """Restore a moment into an empty home folder ($TIDEWAITER_HOME) and an empty database."""
    moment = _moment(when) if when else None
    start_django()
    from tidewaiter.platform.backup.keys import read_key  # noqa: PLC0415  after setup
    from tidewaiter.platform.backup.repository import Repository  # noqa: PLC0415
    from tidewaiter.platform.backup.restoring import at, restore_backup  # noqa: PLC0415

    with _told("restoring") as told:
        key = read_key(key_file)
        repository = Repository(source.resolve(), key)
        chosen = at(repository, moment)
        said = restore_backup(repository, key, chosen, told)
    if as_json:
        print_json({"restored": chosen.name, "made_at": chosen.made_at, **said})
    else:
        click.echo(f"restored as of {chosen.made_at:%Y-%m-%d %H:%M:%S} UTC")
        click.echo("now run: tidewaiter init, then tidewaiter verify")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return fail(f"--at {text}: write a moment, as 2026-11-23 04:10")  # type: ignore[no-any-return]
    return found if found.tzinfo else found.replace(tzinfo=UTC)
