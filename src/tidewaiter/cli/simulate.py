"""`tidewaiter simulate`: a trade world with known truth."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, json_option, print_json, progress_bar

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--items", required=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True)
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default="2026-01-01", show_default=True)
@click.option("--months", default=12, show_default=True, type=click.IntRange(min=1))
@click.option(
    "--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True
)
@click.option(
    "--illicit-rate", default=0.035, show_default=True, help="Share of items that break the law."
)
@json_option
def simulate(
    *, out: Path, items: int, seed: int, start: datetime, months: int, form: str,
    illicit_rate: float, as_json: bool,
) -> None:  # fmt: skip
    """Write declarations, outcomes and the truth of an invented trade world to --out."""
    from tidewaiter.engine.simulate.settings import Setting  # noqa: PLC0415  quick --help
    from tidewaiter.engine.simulate.writing import write  # noqa: PLC0415

    try:
        setting = Setting(
            items=items, seed=seed, start=start.date(), months=months, illicit_rate=illicit_rate
        )
    except ValueError as error:
        fail(str(error))
    begun = time.monotonic()
    with progress_bar("simulating") as bar:
        files = write(
            setting,
            out,
            form=form,
            progress=lambda done, total: bar.update(done, total, f"{done:,}"),
        )
    seconds = time.monotonic() - begun
    if as_json:
        print_json({"files": {name: str(path) for name, path in files.items()}, "seconds": seconds})
    else:
        for path in files.values():
            click.echo(str(path))
        click.echo(f"{items:,} items in {seconds:.1f} s ({items / seconds:,.0f}/s)")
