"""What an indicator is: one computed fact about a goods item, with the sentence that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["number", "money", "flag"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """`expression` may name record columns, baseline facts and indicators that stand before it.

    code: column name of the fact. sentence: English with {fact} placeholders. facts: what the
    sentence needs besides the indicator itself. raised: whether the indicator is raised, or how far
    (0 to 1). weight: log-odds of non-compliance that it adds, fully raised, while no outcomes are
    known: an assumption, replaced by the model as soon as there is one.
    currency: the column with the currency of a money indicator. source: who uses it, or where the
    formula stands.
    """

    code: str
    kind: Kind
    label: str
    sentence: str
    expression: pl.Expr
    group: str
    unit: str = ""
    currency: str = ""
    facts: tuple[str, ...] = ()
    raised: pl.Expr | None = None
    weight: float = 0.0
    source: str = ""
