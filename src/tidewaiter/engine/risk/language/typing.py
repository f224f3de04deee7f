"""Kinds of values and how they combine. Money keeps the column that names its currency.

A plain number beside an amount is allowed with a warning (the amount is read in the currency of
each record), because a limit such as `invoice_value > 50000` is what officers write; two amounts
in different currency columns are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tidewaiter.engine.risk.language.schema import NUMERIC, TEXTUAL


@dataclass(frozen=True, slots=True)
class Type:
    """`plain` marks a number other than zero: beside money it deserves the warning."""

    kind: str
    currency: str = ""
    name: str = ""
    plain: bool = False
    read_as_money: bool = False

    @property
    def known(self) -> bool:
        return self.kind != ""

    @property
    def textual(self) -> bool:
        return self.kind in TEXTUAL

    @property
    def family(self) -> str:
        """Kinds that can be compared with each other have one family."""
        if self.kind in TEXTUAL:
            return "text"
        return "number" if self.kind in NUMERIC else self.kind


WRONG = Type("")


def join(left: Type, right: Type) -> Type | None:
    """Two numbers added, compared or chosen between; None when the currencies differ."""
    if not (left.known and right.known):
        return WRONG
    if left.kind == right.kind == "money":
        return replace(left, read_as_money=False) if left.currency == right.currency else None
    if left.kind == right.kind:
        return Type("number", name=left.name or right.name, plain=left.plain or right.plain)
    money, number = (left, right) if left.kind == "money" else (right, left)
    return replace(money, read_as_money=number.plain)


def product(left: Type, right: Type, _operator: str) -> Type | str:
    """The type of left * right, or the code of what is wrong."""
    if left.kind == right.kind == "money":
        return "money_times_money"
    money = left if left.kind == "money" else right
    return replace(money, read_as_money=False, plain=True)


def quotient(left: Type, right: Type, operator: str) -> Type | str:
    """The type of left / right or left % right, or the code of what is wrong."""
    if right.kind != "money":
        return replace(left, read_as_money=False, plain=True)
    if left.kind != "money":
        return "money_times_money"
    if left.currency != right.currency:
        return "currency_differs"
    return Type("number", name=left.name, plain=True) if operator == "/" else left
