"""Reading and checking: what can be said, and how an error is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.risk.language.world import SCHEMA, Choices, condition
from tidewaiter.engine.risk.language import (
    LONGEST,
    ProfileError,
    canonical,
    check,
    parse,
    text_of,
    version,
)
from tidewaiter.engine.risk.language.completion import complete
from tidewaiter.engine.risk.language.functions import FUNCTIONS
from tidewaiter.engine.risk.language.problems import MESSAGES


def codes(text: str, lists: set[str] | None = None) -> list[str]:
    return [problem.code for problem in check(text, SCHEMA, lists).problems]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "empty", ""),
        ("   \n", "empty", "   \n"),
        ("orgin = 'CN'", "unknown_field_near", "orgin"),
        ("qqqqqqqqqqq = 'CN'", "unknown_field", "qqqqqqqqqqq"),
        ("origin = 'CN", "open_text", "'CN"),
        ("origin = 'CN' # x", "unreadable", "#"),
        ("origin = = 'CN'", "unexpected", "="),
        ("origin = 'CN' AND", "unfinished", ""),
        ("(origin = 'CN'", "unfinished", ""),
        ("origin", "not_condition", "origin"),
        ("net_mass", "not_condition", "net_mass"),
        ("net_mass = 'x'", "types_differ", "net_mass = 'x'"),
        ("origin > 5", "types_differ", "origin > 5"),
        ("declaration_date = '2026-01-31'", "types_differ", "declaration_date = '2026-01-31'"),
        ("declaration_date > DATE '2026-02-30'", "bad_date", "DATE '2026-02-30'"),
        ("declaration_date > DATE '2026-W01-1'", "bad_date", "DATE '2026-W01-1'"),
        ("net_mass > 1e999", "bad_number", "1e999"),
        ("customs_value > invoice_value", "currency_differs", "customs_value > invoice_value"),
        ("customs_value / invoice_value > 1", "currency_differs", "customs_value / invoice_value"),
        ("customs_value * peer_value > 1", "money_times_money", "customs_value * peer_value"),
        ("net_mass / customs_value > 1", "money_times_money", "net_mass / customs_value"),
        ("(net_mass > 1) + 2 > 3", "not_value", "net_mass > 1"),
        ("origin + 1 > 2", "not_arithmetic", "origin"),
        ("FOO(net_mass) > 1", "unknown_function", "FOO(net_mass)"),
        ("ABS(net_mass, packages) > 1", "argument_count", "ABS(net_mass, packages)"),
        ("MONTH(origin) = 1", "not_date", "origin"),
        ("LENGTH(net_mass) = 1", "not_text", "net_mass"),
        ("CONTAINS(description, origin)", "not_fixed", "origin"),
        ("COALESCE(origin, 1) = 'x'", "types_mixed", "COALESCE(origin, 1)"),
        ("known_importer < TRUE", "no_order", "known_importer < TRUE"),
        ("net_mass LIKE '1%'", "not_text", "net_mass"),
        ("hs = '851'", "hs_digits", "'851'"),
        ("hs LIKE '851%'", "hs_digits", "hs LIKE '851%'"),
        ("hs IN ('8517', '85x7')", "hs_not_digits", "'85x7'"),
        ("hs LIKE '85a%'", "hs_not_digits", "hs LIKE '85a%'"),
        ("STARTS_WITH(hs, '851')", "hs_digits", "'851'"),
    ],
)
def test_an_error_says_what_and_where(text: str, code: str, place: str) -> None:
    checked = check(text, SCHEMA)
    assert checked.tree is None
    problem = checked.errors[0]
    assert problem.code == code
    assert text[problem.start : problem.end] == place
    assert "{" not in problem.say()
    with pytest.raises(ProfileError) as raised:
        parse(text, SCHEMA)
    assert raised.value.problems[0].code == code


def test_a_refusal_names_line_column_and_remedy() -> None:
    with pytest.raises(ProfileError) as raised:
        parse("net_mass > 1\n  AND origin > 5", SCHEMA)
    told = "Line 2, column 7: A text cannot be compared with a number. Compare it with a text."
    assert str(raised.value) == told


def test_all_problems_are_told_at_once() -> None:
    assert codes("orgin = 'CN' AND net_mass = 'x' AND hs = '851'") == [
        "unknown_field_near",
        "types_differ",
        "hs_digits",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("customs_value > 5", "amount_without_currency"),
        ("COALESCE(customs_value, 3) > peer_value", "amount_without_currency"),
        ("hs = '8517'", "hs_short"),
        ("origin LIKE 'CN'", "no_wildcard"),
        ("1 = 2", "constant"),
    ],
)
def test_a_warning_leaves_the_condition_usable(text: str, code: str) -> None:
    checked = check(text, SCHEMA)
    assert checked.tree is not None
    assert [p.code for p in checked.problems] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "hs LIKE '8517%' AND origin = 'CN'",
        "customs_value > 0",
        "customs_value < 0.5 * peer_value",
        "customs_value / net_mass < peer_value / packages",
        "(customs_value - peer_value) / peer_value > 3",
        "NOT known_importer AND dispatch_country <> origin",
        "net_mass BETWEEN 1 AND 2 OR net_mass IS NULL",
        "hs LIKE '%00' OR hs LIKE '8517__12%'",
        "ORIGIN in ('CN','VN') and Not urgent",
    ],
)
def test_clean_conditions_have_no_problems(text: str) -> None:
    assert codes(text) == []


def test_a_list_must_exist_when_the_lists_are_known() -> None:
    assert codes("origin IN LIST('x')", {"y"}) == ["unknown_list"]
    assert codes("origin IN LIST('y')", {"y"}) == []
    assert codes("origin IN LIST('x')") == []


def test_expected_words_are_those_that_may_follow() -> None:
    problem = check("origin IN ('a' 'b')", SCHEMA).errors[0]
    assert problem.params["expected"] == [")", ","]


def test_limits() -> None:
    assert codes("(" * 45 + "net_mass" + ")" * 45 + " = 1") == ["too_deep"]
    assert codes("NOT " * 900 + "known_importer") == ["too_deep"]
    assert codes("(" * 1900 + "1" + ")" * 1900 + " = 1") == ["too_deep"]
    assert codes("net_mass = 1 OR " * 300 + "net_mass = 1") == ["too_long"]
    assert codes(("net_mass = 1 OR " * 300)[: LONGEST - 30] + "net_mass = 1") != ["too_long"]


@pytest.mark.parametrize(
    "text",
    [
        "origin IN (SELECT password FROM users)",
        "origin = 'a'; DROP TABLE users",
        "__import__('os') = 1",
        'origin = "CN"',
        "origin.__class__ = 1",
        "net_mass[0] = 1",
        "origin = 'a' -- comment",
        "lambda: 1",
    ],
)
def test_nothing_else_can_be_said(text: str) -> None:
    assert check(text, SCHEMA).tree is None


def test_spaces_and_brackets_do_not_change_the_version() -> None:
    one = parse("net_mass>1 and (origin='CN')", SCHEMA)
    other = parse("net_mass > 1  AND\n origin = 'CN'", SCHEMA)
    assert version(one) == version(other)
    assert version(one) != version(parse("net_mass >= 1 AND origin = 'CN'", SCHEMA))


def test_every_message_can_be_said() -> None:
    for message in MESSAGES.values():
        assert message.format_map(Anything())


class Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_what_is_printed_reads_back_as_the_same_tree(data: st.DataObject) -> None:
    tree = condition(Choices(lambda n: data.draw(st.integers(0, n - 1))))
    checked = check(text_of(tree), SCHEMA)
    if checked.tree is not None:
        assert checked.tree == tree
        assert canonical(checked.tree) == canonical(tree)
    else:
        # The generator does not know commodity codes and currencies; reading never fails.
        meaning = {
            "hs_digits",
            "hs_not_digits",
            "currency_differs",
            "money_times_money",
            "not_fixed",
        }
        assert {p.code for p in checked.errors} <= meaning


@given(st.text(alphabet="abhs=<>()'%,.0189 ANDORTILKE\n_", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    checked = check(text, SCHEMA)
    assert checked.tree is not None or checked.errors
    for problem in checked.problems:
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.say()


def test_completion_offers_what_fits() -> None:
    def offered(text: str, lists: tuple[str, ...] = ()) -> list[str]:
        return [s.text for s in complete(text, len(text), SCHEMA, lists)]

    assert offered("orig")[0] == "origin"
    assert offered("origin = 'CN' AND disp")[0] == "dispatch_country"
    assert "customs_value" in offered("usual") or "peer_value" in offered("usual")
    assert "LIKE" in offered("origin ")
    assert "origin" not in offered("origin ")
    assert offered("origin IN LIST('su", ("suspended", "other")) == ["suspended"]
    assert offered("origin = = ") == []


def test_the_reference_names_every_function() -> None:
    reference = (Path(__file__).parents[3] / "docs/profile-language.md").read_text()
    assert [name for name in FUNCTIONS if f"`{name}(" not in reference] == []
