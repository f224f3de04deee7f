"""Facts whose personal fields are replaced by tokens. Pure functions over frames; what a token is, and
where the originals go, is the caller's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from tidewaiter.engine.records.lake import SEPARATOR
from tidewaiter.engine.records.streams import DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from tidewaiter.engine.records.schema import Stream

    # (kind, value) → what stands in its place: the same for the same value, or one word for all.
    Token = Callable[[str, str], str]

# Facts of a reason go by the names of declared fields, and by those made of them.
PERSONAL_FACTS = {name: field.personal for name, field in DECLARATIONS.personal.items()} | {
    "supplier": "identifier",
    "own_party": "identifier",
    "other_party": "identifier",
}
_SAYS_PERSONAL = "|".join(f'"{re.escape(name)}":' for name in PERSONAL_FACTS)


@dataclass(frozen=True, slots=True)
class Masked:
    """`rows`: all of them, in their order. `originals`: by field, key, version and value (of a list,
    its elements with SEPARATOR between) of those that were masked now."""

    rows: pl.DataFrame
    originals: dict[str, pl.DataFrame]

    @property
    def count(self) -> int:
        """Values masked."""
        return sum(frame.height for frame in self.originals.values())


def due(stream: Stream, fields: Iterable[str]) -> pl.Expr:
    """Facts of which one of the fields still says something; not those of a mark."""
    return pl.any_horizontal(_says(stream, name) for name in fields)


def _says(stream: Stream, name: str) -> pl.Expr:
    """Whether a field holds something that is not masked yet."""
    value = pl.col(name)
    told = value.list.len() > 0 if stream.schema[name] == pl.List else value.is_not_null()
    if stream.field(name).personal == "facts":
        told &= value.str.contains(_SAYS_PERSONAL)
    already = pl.col("masked").list.contains(pl.lit(name)).fill_null(value=False)
    return told.fill_null(value=False) & ~already


def mask(
    stream: Stream, rows: pl.DataFrame, fields: Mapping[str, Token], *, held: pl.Expr, at: datetime
) -> Masked:
    """Replace the named fields, but not of the facts `held`. `fields`: how, by name.

    What masked facts said can no longer be told from their content hash either.
    """
    now = rows.with_columns(held.fill_null(value=False).alias("_held"))
    originals, changes = {}, []
    for name, token in fields.items():
        now = now.with_columns((_says(stream, name) & ~pl.col("_held")).alias(f"_now_{name}"))
        chosen = now.filter(f"_now_{name}").select("key", "version", value=name)
        if chosen.is_empty():
            continue
        if chosen["value"].dtype == pl.List:
            originals[name] = chosen.with_columns(pl.col("value").list.join(SEPARATOR))
        else:
            originals[name] = chosen
        put = _replaced(chosen["value"], stream.field(name).personal, token)
        changes.append(pl.when(f"_now_{name}").then(put(name)).otherwise(name).alias(name))
    if not originals:
        return Masked(rows, {})
    names = [
        pl.when(f"_now_{name}").then(pl.lit([name])).otherwise(pl.lit([], dtype=pl.List(pl.String)))
        for name in originals
    ]
    any_now = pl.any_horizontal(f"_now_{name}" for name in originals)
    told = pl.concat_list(pl.col("masked").fill_null([]), *names)
    changes += [
        pl.when(any_now).then(told).otherwise("masked").alias("masked"),
        pl.when(any_now).then(pl.lit(at)).otherwise("masked_at").alias("masked_at"),
    ]
    if "content" in rows.columns:
        changes.append(pl.when(~any_now).then("content").alias("content"))
    return Masked(now.with_columns(changes).select(rows.columns), originals)


def _replaced(values: pl.Series, kind: str, token: Token) -> Callable[[str], pl.Expr]:
    """How a column that has these values, among others, is written with tokens."""
    single = values.explode() if values.dtype == pl.List else values
    distinct = single.drop_nulls().unique().to_list()
    if kind == "facts":
        tokens = [facts_masked(text, token) for text in distinct]
    else:
        tokens = [token(kind, value) for value in distinct]

    def of(element: pl.Expr) -> pl.Expr:
        return element.replace_strict(distinct, tokens, default=element, return_dtype=pl.String)

    if values.dtype == pl.List:
        return lambda name: pl.col(name).list.eval(of(pl.element()))
    return lambda name: of(pl.col(name))


def facts_masked(text: str, token: Token) -> str:
    """JSON of reasons with the facts that may tell of a person replaced."""
    return orjson.dumps(_without(orjson.loads(text), token)).decode()


def _without(told: Any, token: Token) -> Any:
    if isinstance(told, list):
        return [_without(one, token) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        name: token(PERSONAL_FACTS[name], value)
        if name in PERSONAL_FACTS and isinstance(value, str)
        else _without(value, token)
        for name, value in told.items()
    }
