"""What is wrong with a profile's text, as data: place, code and parameters.

The English sentences are the source text of translations: `Problem.say` takes the translating
function of the page, so that this storey needs no web framework.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MESSAGES: Mapping[str, str] = {
    "empty": "Write a condition.",
    "too_long": "The condition has {length} characters; {limit} are allowed.",
    "too_deep": "Brackets and operations are nested more than {limit} deep.",
    "unreadable": "“{found}” cannot be read here.",
    "open_text": "This text is not closed: add a ' at its end.",
    "unexpected": "“{found}” does not fit here. Expected: {expected}.",
    "unfinished": "The condition stops too early. Expected: {expected}.",
    "bad_date": "“{found}” is not a date. Write DATE '2026-01-31'.",
    "bad_number": "“{found}” is too large a number.",
    "unknown_field": "Unknown field “{name}”.",
    "unknown_field_near": "Unknown field “{name}”, did you mean “{near}”?",
    "unknown_function": "Unknown function “{name}”. Known: {known}.",
    "unknown_list": "There is no list called “{name}”.",
    "argument_count": "{name} takes {wanted} values, not {given}.",
    "types_differ": "A {left} cannot be compared with a {right}.",
    "types_mixed": "{name} needs values of one kind, not a {left} and a {right}.",
    "currency_differs": "Amounts in “{left}” and in “{right}” are in different currencies.",
    "not_condition": "This is a {kind}, not a condition: compare it with something.",
    "not_value": "A condition cannot be used as a value here.",
    "not_arithmetic": "“{operator}” works on numbers, not on a {kind}.",
    "money_times_money": "Amounts of money cannot be multiplied, and nothing divides by an amount "
    "but another amount.",
    "not_text": "{name} works on text, not on a {kind}.",
    "not_date": "{name} works on a date, not on a {kind}.",
    "not_fixed": "{name} looks for a fixed text in quotes.",
    "no_order": "A {kind} is only equal or not equal: “{operator}” has no meaning for it.",
    "hs_digits": "Commodity code “{found}” has {digits} digits; write 2, 4, 6, 8 or 10.",
    "hs_not_digits": "Commodity code “{found}” must be digits only.",
    "hs_short": "Only items declared with exactly {digits} digits equal “{found}”. For the whole "
    "group write LIKE '{found}%'.",
    "hs_long": "These codes are cut to {digits} digits: none is equal to “{found}”.",
    "amount_without_currency": "“{name}” is compared with a plain number: the number is read in "
    "the currency of each record.",
    "no_wildcard": "“{found}” has no % or _: LIKE means the same as = here.",
    "never_null": "“{name}” is never missing.",
    "code_taken": "Another profile has the code “{name}”.",
    "constant": "This compares two fixed values, so it is the same for every record.",
}


# How the kind of a value is said, for the parameters left, right and kind.
KINDS: Mapping[str, str] = {
    "text": "text",
    "code": "text",
    "hs": "commodity code",
    "number": "number",
    "money": "sum of money",
    "date": "date",
    "flag": "yes-no value",
    "condition": "condition",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """`start` and `end` are character offsets into the text, end exclusive."""

    start: int
    end: int
    code: str
    params: dict[str, object] = field(default_factory=dict)
    level: Literal["error", "warning"] = "error"

    def say(self, translate: Callable[[str], str] = str) -> str:
        """The sentence. `translate` is the page's gettext."""
        shown: dict[str, object] = {}
        for name, value in self.params.items():
            if name in {"left", "right", "kind"} and value in KINDS:
                shown[name] = translate(KINDS[str(value)])
            else:
                shown[name] = ", ".join(map(str, value)) if isinstance(value, list) else value
        return translate(MESSAGES[self.code]).format(**shown)


class ProfileError(ValueError):
    """A condition that cannot be used; `problems` says where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.start + 1}: {p.say()}" for p in self.problems))
