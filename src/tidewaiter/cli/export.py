"""`tidewaiter export`: records out of the lake, as CSV or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json
from tidewaiter.platform.durable import whole

if TYPE_CHECKING:
    from datetime import datetime

    from tidewaiter.platform.accounts.models import User

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("what", type=click.Choice(["assessments", "outcomes", "declarations"]))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "since", type=DAY, help="First day of declaration.")
@click.option("--to", "until", type=DAY, help="Last day of declaration.")
@json_option
@housed
def export(
    officer: User, *, what: str, out: Path, since: datetime | None, until: datetime | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Write what is in force to --out; the suffix (.csv or .parquet) is the format.

    Only the offices that the acting officer may see are exported.
    """
    from tidewaiter.desks.targeting.actions.export import write_export  # noqa: PLC0415

    if out.suffix not in {".csv", ".parquet"}:
        fail(f"{out.name}: the suffix must be .csv or .parquet")
    with whole(out) as part:
        rows = write_export(
            officer, what, part,
            since=since.date() if since else None, until=until.date() if until else None,
        )  # fmt: skip
    if as_json:
        print_json({"what": what, "out": str(out), "rows": rows})
    else:
        click.echo(f"{rows:,} rows of {what} written to {out}")
