"""The rules of `messages/rules.py` over whole columns: values mended, errors and warnings noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter.engine.messages import rules
from tidewaiter.engine.standards import countries, currencies, hs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from tidewaiter.engine.messages.tabular.fields import Fields, Reader


@dataclass(frozen=True, slots=True)
class Trouble:
    """Rows (a mask) with which something is wrong in one field."""

    code: str
    target: str
    rows: pl.Series
    text: pl.Series | None = None


@dataclass(slots=True)
class Checked:
    """The fields after checking. Errors keep a row out; after a warning the field is missing."""

    values: dict[str, pl.Series]
    height: int
    errors: list[Trouble] = field(default_factory=list)
    warnings: list[Trouble] = field(default_factory=list)


def check(fields: Fields, reader: Reader, height: int, today: date) -> Checked:
    """Every rule, field by field."""
    checked = Checked(dict(fields.values), height)
    _unreadable(checked, fields)
    _function(checked)
    _direction(checked)
    _hs(checked, reader)
    _required(checked)
    _days(checked, fields, today)
    for target in rules.COUNTRIES:
        _code(checked, reader, target, countries.country, checked.warnings, "country_unknown")
    for target in rules.CURRENCIES:
        sink = checked.warnings if target.startswith("outcome.") else checked.errors
        _code(checked, reader, target, currencies.currency, sink, "currency_unknown")
    _not_negative(checked, fields)
    _not_too_long(checked)
    return checked


def _note(
    sink: list[Trouble], code: str, target: str, rows: pl.Series, text: pl.Series | None = None
) -> None:
    if rows.any():
        sink.append(Trouble(code, target, rows.fill_null(value=False), text))


def _unreadable(checked: Checked, fields: Fields) -> None:
    """Text where a number, day or flag should stand."""
    for target, text in fields.texts.items():
        value = fields.values[target]
        if value.dtype in (pl.String, pl.List):
            continue
        if value.null_count() == text.null_count():
            continue
        if value.dtype == pl.Date:
            code = "date_unreadable"
        else:
            code = "flag_unreadable" if value.dtype == pl.Boolean else "number_unreadable"
        soft = target.startswith("outcome.") or target == "release_date"
        sink = checked.warnings if soft else checked.errors
        _note(sink, code, target, value.is_null() & text.is_not_null(), text)


def _constant(value: Any, height: int, dtype: Any = pl.String) -> pl.Series:
    return pl.repeat(value, height, dtype=dtype, eager=True)


def _function(checked: Checked) -> None:
    text = checked.values.get("function")
    if text is None:
        return
    value = text.str.to_lowercase().replace_strict(
        rules.FUNCTIONS, default=None, return_dtype=pl.String
    )
    _note(
        checked.errors, "function_unknown", "function", value.is_null() & text.is_not_null(), text
    )
    checked.values["function"] = value


def _direction(checked: Checked) -> None:
    text = checked.values.get("direction")
    if text is None:
        checked.values["direction"] = _constant("import", checked.height).set(
            _changes(checked), None
        )
        return
    value = text.str.to_lowercase().replace_strict(
        rules.DIRECTIONS, default=None, return_dtype=pl.String
    )
    _note(
        checked.warnings,
        "direction_unknown",
        "direction",
        value.is_null() & text.is_not_null(),
        text,
    )
    stated = value.fill_null("import")
    checked.values["direction"] = stated.set(_changes(checked) & value.is_null(), None)


def _hs(checked: Checked, reader: Reader) -> None:
    text = checked.values.get("hs")
    if text is None:
        return
    code = text
    if code.str.contains(r"\D").any():
        code = code.str.replace(r"^(\d+)\.0$", "$1").str.replace_all(r"[\s.\-/]", "")
    length = code.str.len_chars()
    usual = reader.hs_length
    short = length == usual - 1 if usual % 2 else length % 2 == 1
    short = (short & code.str.contains(r"^[1-9]\d*$")).fill_null(value=False)
    if usual and short.any():
        _note(checked.warnings, "hs_zero_restored", "hs", short, text)
        code = code.zip_with(~short, "0" + code)
    valid = code.str.contains(rf"^\d{{{hs.SHORTEST},{hs.LONGEST}}}$") & ~code.str.starts_with("00")
    _note(checked.errors, "hs_invalid", "hs", ~valid & code.is_not_null(), text)
    checked.values["hs"] = code
    six = code.str.head(6)
    checked.values.setdefault("hs6", six.set(code.str.len_chars() < 6, None))
    edition = _constant(hs.EDITION, checked.height).set(code.is_null(), None)
    checked.values.setdefault("hs_version", edition)


def _changes(checked: Checked) -> pl.Series:
    """Amendments and cancellations: they state only what changes."""
    function = checked.values.get("function")
    if function is None:
        return pl.repeat(value=False, n=checked.height, dtype=pl.Boolean, eager=True)
    return function.is_in(rules.CHANGES).fill_null(value=False)


def _required(checked: Checked) -> None:
    changes = _changes(checked)
    for target in ("declaration_id", "declaration_date", "hs"):
        value = checked.values.get(target)
        if value is None:
            continue
        missing = value.is_null()
        for trouble in checked.errors:
            if trouble.target == target:
                missing &= ~trouble.rows
        if target != "declaration_id":
            missing &= ~changes
        _note(checked.errors, "required_missing", target, missing)


def _days(checked: Checked, fields: Fields, today: date) -> None:
    for target in ("declaration_date", "release_date", "outcome.known_on"):
        value = checked.values.get(target)
        if value is None:
            continue
        odd = (value < rules.FIRST_DAY) | (value > today + rules.AHEAD)
        soft = target != "declaration_date"
        sink = checked.warnings if soft else checked.errors
        _note(
            sink, "date_implausible", target, odd, fields.texts.get(target, value.cast(pl.String))
        )
        if soft and odd.any():
            checked.values[target] = value.set(odd.fill_null(value=False), None)


def _code(
    checked: Checked,
    reader: Reader,
    target: str,
    look_up: Callable[[str], str | None],
    sink: list[Trouble],
    code: str,
) -> None:
    """A code of an international list; each distinct value is looked up once."""
    text = checked.values.get(target)
    if text is None or reader.sources[target].unchecked:
        return
    meant = {value: look_up(value) for value in text.drop_nulls().unique()}
    if all(value == found for value, found in meant.items()):
        return
    value = text.replace_strict(meant, default=None, return_dtype=pl.String)
    _note(sink, code, target, value.is_null() & text.is_not_null(), text)
    checked.values[target] = value


def _not_too_long(checked: Checked) -> None:
    for target, longest in rules.LONGEST.items():
        text = checked.values.get(target)
        if text is not None:
            _note(checked.errors, "too_long", target, text.str.len_chars() > longest, text)


def _not_negative(checked: Checked, fields: Fields) -> None:
    for target in rules.NOT_NEGATIVE:
        value = checked.values.get(target)
        if value is None or not (value < 0).any():
            continue
        sink = checked.warnings if target.startswith("outcome.") else checked.errors
        text = fields.texts.get(target, value.cast(pl.String))
        _note(sink, "negative", target, value < 0, text)
        if target.startswith("outcome."):
            checked.values[target] = value.set((value < 0).fill_null(value=False), None)
