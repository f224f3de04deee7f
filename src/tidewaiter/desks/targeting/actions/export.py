"""Records out of the lake into files, within what the officer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.window import within
from tidewaiter.desks.targeting.words import Words
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.veil import veiled
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tidewaiter.platform.accounts.models import User


def write_export(
    actor: User, what: str, out: Path, *, since: date | None = None, until: date | None = None
) -> int:
    """Write assessments, outcomes or declarations to a CSV or Parquet file; the number of rows.

    Streams: memory holds a part of the rows only. Raises Denied.
    """
    check(actor, "targeting.export")
    where, unread = within(since, until) & actor.scope().frame(), hidden(actor, "profile")
    frame = _assessments(where, unread) if what == "assessments" else _FRAMES[what](where)
    if out.suffix == ".csv":
        texts = [
            name for name, kind in frame.collect_schema().items() if kind == pl.List(pl.String)
        ]
        frame.with_columns(pl.col(texts).list.join(" ")).sink_csv(out)
        rows = pl.scan_csv(out, infer_schema=False)
    else:
        frame.sink_parquet(out)
        rows = pl.scan_parquet(out)
    count = int(rows.select(pl.len()).collect().item())
    record(actor, "export.write", what, rows=count, since=since, until=until)
    return count


def _declarations(where: pl.Expr) -> pl.LazyFrame:
    rows = lake().current(DECLARATIONS, where)
    return rows.filter(pl.col("function") != "cancellation").drop("key", "content", "month")


def _outcomes(where: pl.Expr) -> pl.LazyFrame:
    return lake().current(OUTCOMES, where).drop("key", "month")


def _assessments(where: pl.Expr, unread: frozenset[str]) -> pl.LazyFrame:
    """Items with their assessment and their declaration's lane; reasons in words."""
    selected = (
        lake()
        .current(SELECTIONS, where)
        .select("declaration_id", "lane", "controls", "selected_by", "selection_probability")
    )
    rows = lake().current(ASSESSMENTS, where).drop("key", "month", "version")
    words = Words(active_profile_set(timezone.localdate()).profiles)
    told = pl.col("reasons").map_batches(
        lambda reasons: _in_words(reasons, words), return_dtype=pl.String, is_elementwise=True
    )
    joined = rows.join(selected, on="declaration_id", how="left")
    if unread:
        joined = joined.map_batches(lambda part: veiled(part, unread), streamable=True)
    return joined.with_columns(reasons=told)


def _in_words(reasons: pl.Series, words: Words) -> pl.Series:
    """Most rows have no reasons worth telling; only the others are written out."""
    distinct = reasons.unique().drop_nulls().to_list()
    told = ["; ".join(words.of(text)) for text in distinct]
    return reasons.replace_strict(distinct, told, default="", return_dtype=pl.String)


_FRAMES = {"declarations": _declarations, "outcomes": _outcomes}
