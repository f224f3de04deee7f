"""What an indicator is: one computed fact about a goods item, with the sentence that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["number", "money", "flag"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for the catalogue of translations; it is translated where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Indicator:
    """`expression` may name record columns, baseline facts and indicators that stand before it.

    code: column name of the fact. sentence: English with {fact} placeholders. facts: what the
    sentence needs besides the indicator itself. weight: chance of non-compliance that the
    indicator alone suggests when it is raised and no outcome is known yet (`raised` says when).
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
