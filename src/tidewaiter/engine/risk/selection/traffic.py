"""The traffic to select from: each declaration with its group (office and day), size and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection.policy import WHOLE

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.selection.policy import SelectionPolicy


@dataclass(frozen=True, slots=True)
class Terms:
    """What a selection is made under."""

    policy: SelectionPolicy
    capacity: pl.DataFrame
    day_keys: dict[date, str]

    def key(self, day: date) -> str:
        """The key of a day; ValueError when there is none."""
        if day not in self.day_keys:
            raise ValueError(f"no day key for {day}: create and commit to one before selecting")
        return self.day_keys[day]


@dataclass(frozen=True, slots=True)
class Traffic:
    """The declarations to select from and the groups (day and office) that they fall into.

    `rows`: row, group, declaration_date, declaration_id, profiles, size, value (expected value per
    hundredth of a one-item declaration), number, tie. `groups`: group, declaration_date, office,
    traffic (declarations), sorted.
    """

    rows: pl.DataFrame
    groups: pl.DataFrame


def size(items: pl.Expr, policy: SelectionPolicy) -> pl.Expr:
    """Work of a declaration in hundredths of a one-item one; a missing number of items counts as 1."""
    counted = items.fill_null(1).clip(1, policy.most_items)
    return (WHOLE + policy.further_item * (counted - 1)).cast(pl.Int64)


def size_one(items: int | None, policy: SelectionPolicy) -> int:
    counted = min(max(items or 1, 1), policy.most_items)
    return WHOLE + policy.further_item * (counted - 1)


def random_id(profile: str, declaration_id: str) -> str:
    """What is hashed for a profile's select rate: a domain of its own for each profile."""
    return f"profile:{profile}:{declaration_id}"


def random_ids() -> pl.Expr:
    """`random_id` of the columns `profile` and `declaration_id`."""
    return pl.format("profile:{}:{}", pl.col("profile"), pl.col("declaration_id"))


def prepare(declarations: pl.DataFrame, terms: Terms) -> Traffic:
    """Raises ValueError when a day has no key, a declaration occurs twice or currencies are mixed."""
    if declarations["declaration_id"].n_unique() != declarations.height:
        raise ValueError("a declaration_id occurs twice: one row a declaration is expected")
    currencies = declarations["currency"].drop_nulls().unique().to_list()
    if len(currencies) > 1:
        raise ValueError(f"expected values in several currencies cannot be ranked: {currencies}")
    base = declarations.select(
        "declaration_id",
        "declaration_date",
        pl.col("office").fill_null(""),
        "profiles",
        size=size(pl.col("items"), terms.policy),
        value=pl.col("expected_value").fill_null(0.0).fill_nan(0.0),
    ).with_row_index("row")
    groups = base.group_by("declaration_date", "office").len("traffic")
    groups = groups.sort("declaration_date", "office").with_row_index("group")
    rows = (
        base.join(groups, on=["declaration_date", "office"], how="left", maintain_order="left")
        .drop("office", "traffic")
        .with_columns(pl.col("value") / pl.col("size"))
    )
    return Traffic(_with_numbers(rows, terms), groups)


def _with_numbers(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    days = [
        day.with_columns(
            digest=chance.digest(pl.col("declaration_id"), terms.key(day["declaration_date"][0]))
        )
        for day in rows.partition_by("declaration_date")
    ]
    hashed = pl.concat(days).sort("row") if days else rows.with_columns(digest=pl.lit(""))
    return hashed.with_columns(
        number=chance.number(pl.col("digest")), tie=chance.tie(pl.col("digest"))
    ).drop("digest")
