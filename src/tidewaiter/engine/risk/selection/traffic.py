"""The traffic to select from: each declaration with its group, size, numbers and what its trader has had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection.policy import WHOLE

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.selection.policy import SelectionPolicy, Shift, TraderLimit

TRADERS = {
    "importer": pl.String(),
    "declared": pl.Int64(),
    "controlled": pl.Int64(),
    "authorised": pl.Boolean(),
}
"""What of each trader is known before the day: its declarations in the days that the policy's limit
looks at, how many of these were controlled, and whether it is authorised."""
WAITING = {"profile": pl.String(), "matches": pl.Int64()}
"""How many matches each profile has had, before the day, since one of them was last selected."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a selection is made under. `traders`: TRADERS, or None where nothing is known of them,
    so that nobody counts as unseen, limited or authorised. `waiting`: WAITING."""

    policy: SelectionPolicy
    capacity: pl.DataFrame
    day_keys: dict[date, str]
    traders: pl.DataFrame | None = None
    waiting: pl.DataFrame | None = None

    def key(self, day: date) -> str:
        """The key of a day; ValueError when there is none."""
        if day not in self.day_keys:
            raise ValueError(f"no day key for {day}: create and commit to one before selecting")
        return self.day_keys[day]


@dataclass(frozen=True, slots=True)
class Traffic:
    """The declarations to select from and the groups (day, office, shift, authorised or not) that
    they fall into.

    `rows`: row, group, declaration_date, declaration_id, importer, profiles, size, value (expected
    value per hundredth of a one-item declaration), number and unseen_number (drawn), tie, unseen,
    authorised, allowed (controls that the trader's limit still allows; missing: any number), declared
    and controlled (of the trader). `groups`: group, declaration_date, office, shift, authorised,
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


def unseen_id(declaration_id: str) -> str:
    """What is hashed for the share of unseen traders."""
    return f"unseen:{declaration_id}"


def weight(policy: SelectionPolicy) -> pl.Expr:
    """What the expected value counts, by column `risk_area`."""
    return pl.col("risk_area").replace_strict(policy.weights, default=1.0, return_dtype=pl.Float64)


def shift_of(policy: SelectionPolicy) -> pl.Expr:
    """The shift of columns `office` and `received_time` (local time of day, pl.Time).

    Without a time the first of the day; "" where the policy has no shifts.
    """
    shifts = policy.shifts_of
    of_others = _shift_in(shifts.get("", ()))
    own = pl.coalesce(
        *(pl.when(pl.col("office") == o).then(_shift_in(held)) for o, held in shifts.items() if o),
        of_others,
    )
    return own if shifts else pl.lit("")


def _shift_in(shifts: tuple[Shift, ...]) -> pl.Expr:
    """The last shift that has begun; before the first one, the last of the day before."""
    if not shifts:
        return pl.lit("")
    at = pl.col("received_time")
    began = [pl.when(at >= shift.begins).then(pl.lit(shift.name)) for shift in reversed(shifts)]
    late = pl.when(at.is_not_null()).then(pl.lit(shifts[-1].name))
    return pl.coalesce(*began, late, pl.lit(shifts[0].name))


def prepare(declarations: pl.DataFrame, terms: Terms) -> Traffic:
    """Raises ValueError when a day has no key, a declaration occurs twice or currencies are mixed."""
    if declarations["declaration_id"].n_unique() != declarations.height:
        raise ValueError("a declaration_id occurs twice: one row a declaration is expected")
    currencies = declarations["currency"].drop_nulls().unique().to_list()
    if len(currencies) > 1:
        raise ValueError(f"expected values in several currencies cannot be ranked: {currencies}")
    at = "received_time"
    base = declarations.select(
        "declaration_id",
        "declaration_date",
        pl.col("office").fill_null(""),
        "importer",
        "profiles",
        (pl.col(at) if at in declarations.columns else pl.lit(None)).cast(pl.Time).alias(at),
        size=size(pl.col("items"), terms.policy),
        value=pl.col("expected_value").fill_null(0.0).fill_nan(0.0) * weight(terms.policy),
    ).with_row_index("row")
    known = _with_traders(base.with_columns(shift=shift_of(terms.policy)), terms)
    key = ["declaration_date", "office", "shift", "authorised"]
    groups = known.group_by(key).len("traffic").sort(key).with_row_index("group")
    rows = (
        known.join(groups, on=key, how="left", maintain_order="left")
        .drop("office", "shift", "traffic", at)
        .with_columns(pl.col("value") / pl.col("size"))
    )
    return Traffic(_with_numbers(rows, terms), groups)


def _with_traders(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Adds unseen, authorised, declared, controlled and allowed."""
    limit = terms.policy.trader_limit
    traders = terms.traders if terms.traders is not None else pl.DataFrame(schema=TRADERS)
    joined = rows.join(traders, on="importer", how="left", maintain_order="left").with_columns(
        pl.col("authorised").fill_null(value=False),
        pl.col("declared", "controlled").fill_null(0),
    )
    if terms.traders is None:
        return joined.with_columns(unseen=pl.lit(False), allowed=pl.lit(None, pl.Int64))  # noqa: FBT003
    today = pl.len().over("declaration_date", "importer").cast(pl.Int64)
    return joined.with_columns(declared=pl.col("declared") + today).with_columns(
        unseen=(pl.col("controlled") == 0) & pl.col("importer").is_not_null(),
        allowed=pl.when(pl.col("importer").is_not_null()).then(allowed(limit)),
    )


def allowed(limit: TraderLimit) -> pl.Expr:
    """Controls that a trader's limit still allows, of columns `declared` and `controlled`."""
    most = (pl.col("declared") * limit.rate).floor().cast(pl.Int64)
    return pl.max_horizontal(most, limit.least) - pl.col("controlled")


def _with_numbers(rows: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    days = [
        day.with_columns(
            digest=chance.digest(pl.col("declaration_id"), terms.key(day["declaration_date"][0])),
            unseen_number=_unseen_number(terms, day["declaration_date"][0]),
        )
        for day in rows.partition_by("declaration_date")
    ]
    nothing = {"digest": pl.lit(""), "unseen_number": pl.lit(None, pl.Float64)}
    hashed = pl.concat(days).sort("row") if days else rows.with_columns(**nothing)
    return hashed.with_columns(
        number=chance.number(pl.col("digest")), tie=chance.tie(pl.col("digest"))
    ).drop("digest")


def _unseen_number(terms: Terms, day: date) -> pl.Expr:
    """A number of its own, so that the two shares are independent; none where no share is drawn."""
    if not terms.policy.unseen_rate:
        return pl.lit(None, pl.Float64)
    return chance.draw(pl.format("unseen:{}", pl.col("declaration_id")), terms.key(day))
