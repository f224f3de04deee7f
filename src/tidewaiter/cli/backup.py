"""`tidewaiter backup` and `tidewaiter restore`."""

from __future__ import annotations

from pathlib import Path

import click

from tidewaiter.cli.terminal import errors, fail, json_option, print_json, start_django


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(*, out: Path, as_json: bool) -> None:
    """Write everything into one tar file, while work goes on."""
    start_django()
    from tidewaiter.platform.backup.making import make_backup  # noqa: PLC0415  after setup
    from tidewaiter.platform.backup.moment import BackupError  # noqa: PLC0415

    try:
        with errors.status("backing up") as status:
            said = make_backup(out, lambda size, _name: status.update(f"{size / 1e6:,.0f} MB"))
    except BackupError as error:
        fail(str(error), 1)
    if as_json:
        print_json({"backup": str(out), **said})
    else:
        click.echo(f"{out}: {said['files']} files, {said['bytes'] / 1e6:,.1f} MB")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
def restore(*, source: Path, as_json: bool) -> None:
    """Restore a backup into an empty home folder ($TIDEWAITER_HOME) and an empty database."""
    start_django()
    from tidewaiter.platform.backup.moment import BackupError  # noqa: PLC0415  after setup
    from tidewaiter.platform.backup.restoring import restore_backup  # noqa: PLC0415

    try:
        with errors.status("restoring") as status:
            said = restore_backup(
                source, lambda size, _name: status.update(f"{size / 1e6:,.0f} MB")
            )
    except BackupError as error:
        fail(str(error), 1)
    if as_json:
        print_json({"restored": str(source), **said})
    else:
        click.echo(f"restored as of {said['made_at']}; now run: tidewaiter verify")
