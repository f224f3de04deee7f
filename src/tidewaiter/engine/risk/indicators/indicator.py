"""What an indicator is: one computed fact about a goods item, with the sentence that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["number", "money", "flag"]
PRACTICE = "Customs practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """`expression` may name record columns, baseline facts and indicators that stand before it;
    None where the fact of this name is made with the baselines (lookup.py, keys.FIGURES).

    code: column name of the fact. sentence: English with {fact} placeholders. formula: how it is
    computed, in words. facts: what the sentence needs besides the indicator itself. raised: whether
    the indicator is raised, or how far (0 to 1); a flag raises itself. weight: log-odds of
    non-compliance that it adds, fully raised, while no outcomes are known: an assumption, replaced
    by the model as soon as there is one. currency: the column with the currency of a money
    indicator. source: who uses it, or where the formula stands.
    """

    code: str
    kind: Kind
    group: str
    label: str
    sentence: str
    formula: str
    source: str
    expression: pl.Expr | None = None
    unit: str = ""
    currency: str = ""
    facts: tuple[str, ...] = ()
    raised: pl.Expr | None = None
    weight: float = 0.0

    @property
    def raises(self) -> bool:
        """Whether it ever adds to the score."""
        return self.raised is not None or (self.kind == "flag" and self.weight > 0)
