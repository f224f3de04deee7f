"""Profiles that a reader may not know, taken out of what is told of their hits.

That a profile was hit stays, for the declaration was controlled; which one, and its words, do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from tidewaiter.engine.risk.reasons import PROFILE, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CODES = ("profiles", "not_evaluable")  # columns of lists of codes
TEXTS = ("reason", "reasons")  # columns of reasons as JSON: one, or a list
STEP = r"^([a-z_]+:)(.*)$"  # of `selected_by`: the step and its profile


def step(selected_by: str | None, hidden: Collection[str]) -> str | None:
    """`mandatory:DRUG-7`, or `mandatory:*` for whoever may not know DRUG-7."""
    head, colon, code = (selected_by or "").partition(":")
    return f"{head}{colon}{UNREADABLE}" if code in hidden else selected_by


def reasons(told: Iterable[dict[str, Any]], hidden: Collection[str]) -> list[dict[str, Any]]:
    return [_reason(one, hidden) for one in told]


def _reason(one: dict[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    code = one["code"]
    if code.startswith(PROFILE) and code.removeprefix(PROFILE) in hidden:
        return {**one, "code": f"{PROFILE}{UNREADABLE}", "facts": {}}
    return one


def text(told: str | None, hidden: Collection[str]) -> str | None:
    """The same of reasons as they are stored: JSON of one, or of a list."""
    if not hidden or told is None or PROFILE not in told:
        return told
    read = orjson.loads(told)
    plain = reasons(read, hidden) if isinstance(read, list) else _reason(read, hidden)
    return orjson.dumps(plain).decode()


def veiled(frame: pl.DataFrame, hidden: Collection[str]) -> pl.DataFrame:
    """Assessments or selections for a reader; columns that tell of no profile are as they were."""
    if not hidden:
        return frame
    names = sorted(hidden)
    there = set(frame.columns)
    told = [
        pl.col(name).list.eval(
            pl.when(pl.element().is_in(names)).then(pl.lit(UNREADABLE)).otherwise(pl.element())
        )
        for name in CODES
        if name in there
    ]
    if "selected_by" in there:
        chosen = pl.col("selected_by")
        is_hidden = chosen.str.extract(STEP, 2).is_in(names)
        told.append(
            pl.when(is_hidden)
            .then(chosen.str.extract(STEP, 1) + UNREADABLE)
            .otherwise(chosen)
            .alias("selected_by")
        )
    texts = [_texts(frame[name], hidden) for name in TEXTS if name in there]
    return frame.with_columns(*told, *texts)


def _texts(told: pl.Series, hidden: Collection[str]) -> pl.Series:
    """Reasons are read once each: few differ, and fewer tell of a profile."""
    distinct = told.unique().drop_nulls()
    distinct = distinct.filter(distinct.str.contains(PROFILE, literal=True))
    plain = [text(one, hidden) for one in distinct]
    return told.replace(distinct, pl.Series(plain, dtype=pl.String)) if plain else told
