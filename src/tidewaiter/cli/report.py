"""`tidewaiter report`: the figures of the house as documents."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json
from tidewaiter.platform.durable import whole

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@click.group()
def report() -> None:
    """Reports for those who lead."""


@report.command("compliance")
@click.option("--month", required=True, help="The month, as 2026-03.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", default="", help="Of the text; otherwise that of the house.")
@json_option
@housed
def compliance(officer: User, *, month: str, out: Path, language: str, as_json: bool) -> None:
    """The state of compliance in a month, as PDF.

    It is also kept in the vault, and its SHA-256 entered in the ledger. Only the offices that the
    acting officer may see are in it.
    """
    from django.conf import settings  # noqa: PLC0415  needs Django

    from tidewaiter.desks.performance.actions.reports import (  # noqa: PLC0415
        NothingToReport,
        parse_month,
        write_report,
    )
    from tidewaiter.platform.vault.actions import open_verified  # noqa: PLC0415

    try:
        first = parse_month(month)
    except ValueError:
        fail(f"--month {month}: write year and month, as 2026-03")
    if language and language not in dict(settings.LANGUAGES):
        fail(f"--language {language}: choose one of {', '.join(dict(settings.LANGUAGES))}")
    try:
        written = write_report(officer, first, language=language)
    except NothingToReport as error:
        fail(f"{error}: choose a month with traffic in your offices", code=1)
    with whole(out) as part, open_verified(written.file_id) as kept, part.open("wb") as file:
        shutil.copyfileobj(kept, file)
    if as_json:
        print_json({"month": month, "out": str(out), "sha256": written.file_id})
    else:
        click.echo(written.headline)
        click.echo(f"written to {out}, SHA-256 {written.file_id}")
