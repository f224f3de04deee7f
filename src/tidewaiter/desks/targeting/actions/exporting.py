"""The worklist into a file."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.desks.targeting.queries.worklist import Wanted, matching
from tidewaiter.engine.risk.veil import veiled
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages.files import spreadsheet
from tidewaiter.platform.purpose.digests import person

if TYPE_CHECKING:
    from pathlib import Path

    from tidewaiter.platform.accounts.models import User


def write_worklist(user: User, wanted: Wanted, out: Path, *, only: list[str] | None = None) -> int:
    """Write the selections that match to a CSV or Parquet file (by suffix); the number of rows.

    only: these declarations, if they match. Raises Denied.
    """
    check(user, "targeting.export")
    rows = matching(user, wanted).drop("key", "version", "month")
    if only is not None:
        rows = rows.filter(pl.col("declaration_id").is_in(only))
    rows = rows.sort("expected_value", "declaration_id", descending=[True, False], nulls_last=True)
    frame = veiled(rows.collect(engine="streaming"), hidden(user, "profile"))
    if out.suffix == ".csv":
        spreadsheet(frame).write_csv(out, include_bom=True)
    else:
        frame.write_parquet(out)
    asked = {name: value for name, value in asdict(wanted).items() if value not in (None, "")}
    for name in ("text", "importer"):  # whom it was about stands with the purpose, as a digest
        if name in asked and wanted.persons:
            asked[name] = person(asked[name])
    record(user, "worklist.export", rows=frame.height, **asked, ticked=len(only or []))
    return frame.height
