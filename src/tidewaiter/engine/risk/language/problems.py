"""What is wrong with a profile's text, as data: place, code and parameters.

The English sentences are the source text of translations: `Problem.say` takes the translating
function of the page, so that this storey needs no web framework.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tidewaiter.engine.wording import gettext_noop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MESSAGES: Mapping[str, str] = {
    "empty": gettext_noop("Write a condition."),
    "too_long": gettext_noop(
        "The condition has {length} characters; {limit} are allowed. Split it into two profiles."
    ),
    "too_deep": gettext_noop(
        "Brackets and operations are nested more than {limit} deep. Split the condition into two profiles."
    ),
    "unreadable": gettext_noop(
        "“{found}” cannot be read here. Take it out, or put text in single quotes."
    ),
    "open_text": gettext_noop("This text is not closed: add a ' at its end."),
    "unexpected": gettext_noop("“{found}” does not fit here. Expected: {expected}."),
    "unfinished": gettext_noop("The condition stops too early. Expected: {expected}."),
    "bad_date": gettext_noop("“{found}” is not a date. Write DATE '2026-01-31'."),
    "bad_number": gettext_noop("“{found}” is too large a number. Write a smaller one."),
    "unknown_field": gettext_noop("Unknown field “{name}”. Choose one from the list of facts."),
    "unknown_field_near": gettext_noop("Unknown field “{name}”, did you mean “{near}”?"),
    "unknown_function": gettext_noop("Unknown function “{name}”. Known: {known}."),
    "unknown_list": gettext_noop(
        "There is no list called “{name}”. Choose one that exists, or create it under Lists."
    ),
    "argument_count": gettext_noop("{name} takes {wanted} values, not {given}."),
    "types_differ": gettext_noop(
        "A {left} cannot be compared with a {right}. Compare it with a {left}."
    ),
    "types_mixed": gettext_noop(
        "{name} needs values of one kind, not a {left} and a {right}. Make both a {left}."
    ),
    "currency_differs": gettext_noop(
        "Amounts in “{left}” and in “{right}” are in different currencies. Compare amounts in the same one."
    ),
    "not_condition": gettext_noop("This is a {kind}, not a condition: compare it with something."),
    "not_value": gettext_noop(
        "A condition cannot be used as a value here. Write a field, a number or a text."
    ),
    "not_arithmetic": gettext_noop(
        "“{operator}” works on numbers, not on a {kind}. Use a number field."
    ),
    "money_times_money": gettext_noop(
        "Amounts of money cannot be multiplied, and nothing divides by an amount but another amount. Use a plain number, or divide two amounts."
    ),
    "not_text": gettext_noop("{name} works on text, not on a {kind}. Give it a text field."),
    "not_date": gettext_noop("{name} works on a date, not on a {kind}. Give it a date field."),
    "not_fixed": gettext_noop(
        "{name} looks for a fixed text in quotes. Write one, as in {name}(description, 'wood')."
    ),
    "no_order": gettext_noop(
        "A {kind} is only equal or not equal: “{operator}” has no meaning for it. Use = or <>."
    ),
    "hs_digits": gettext_noop(
        "Commodity code “{found}” has {digits} digits; write 2, 4, 6, 8 or 10."
    ),
    "hs_not_digits": gettext_noop("Commodity code “{found}” must be digits only."),
    "hs_short": gettext_noop(
        "Only items declared with exactly {digits} digits equal “{found}”. For the whole group write LIKE '{found}%'."
    ),
    "hs_long": gettext_noop("These codes are cut to {digits} digits: none is equal to “{found}”."),
    "amount_without_currency": gettext_noop(
        "“{name}” is compared with a plain number: the number is read in the currency of each record."
    ),
    "no_wildcard": gettext_noop("“{found}” has no % or _: LIKE means the same as = here."),
    "never_null": gettext_noop("“{name}” is never missing."),
    "code_taken": gettext_noop("Another profile has the code “{name}”."),
    "bad_code": gettext_noop("Use up to 40 capitals, digits, dots, dashes and underscores."),
    "bad_title": gettext_noop("Write a title."),
    "bad_risk_area": gettext_noop("This risk area is not known."),
    "bad_lane": gettext_noop("This lane is not known."),
    "bad_directions": gettext_noop("Traffic is import, export or transit."),
    "bad_severity": gettext_noop("Severity is 1 to 5."),
    "bad_weight": gettext_noop("Weight is 0 to 1000."),
    "bad_select_rate": gettext_noop("The share to select is 0 to 1."),
    "bad_valid_to": gettext_noop("The last day is before the first."),
    "open_brace": gettext_noop("A brace is not closed. Write {{origin}} for a fact."),
    "bare_names": gettext_noop("Write only the name of a fact in braces, as in {{origin}}."),
    "unknown_facts": gettext_noop("Unknown facts: {names}."),
    "constant": gettext_noop("This compares two fixed values, so it is the same for every record."),
}


# How the kind of a value is said, for the parameters left, right and kind.
KINDS: Mapping[str, str] = {
    "text": gettext_noop("text"),
    "code": gettext_noop("text"),
    "hs": gettext_noop("commodity code"),
    "number": gettext_noop("number"),
    "money": gettext_noop("sum of money"),
    "date": gettext_noop("date"),
    "flag": gettext_noop("yes-no value"),
    "condition": gettext_noop("condition"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """`start` and `end` are character offsets into the text, end exclusive."""

    start: int
    end: int
    code: str
    params: dict[str, object] = field(default_factory=dict)
    level: Literal["error", "warning"] = "error"

    def at(self, text: str) -> tuple[int, int]:
        """Line and column in the text where it begins, both counted from 1."""
        before = text[: self.start]
        return before.count("\n") + 1, self.start - before.rfind("\n")

    def say(self, translate: Callable[[str], str] = str) -> str:
        """The sentence. `translate` is the page's gettext."""
        shown: dict[str, object] = {}
        for name, value in self.params.items():
            if name in {"left", "right", "kind"} and value in KINDS:
                shown[name] = translate(KINDS[str(value)])
            else:
                shown[name] = ", ".join(map(str, value)) if isinstance(value, list) else value
        return translate(MESSAGES[self.code]).format(**shown)


PLACED = gettext_noop("Line {line}, column {column}: {problem}")


def placed(problem: Problem, text: str, translate: Callable[[str], str] = str) -> str:
    """What is wrong with the text, and where it begins."""
    line, column = problem.at(text)
    return translate(PLACED).format(line=line, column=column, problem=problem.say(translate))


class ProfileError(ValueError):
    """A condition that cannot be used; `problems` says where and why."""

    def __init__(self, problems: Sequence[Problem], text: str) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(placed(problem, text) for problem in self.problems))
