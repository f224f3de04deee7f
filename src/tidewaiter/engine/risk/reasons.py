"""Reasons of an assessment: stored as codes with figures, shown as sentences in any language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
import polars as pl

from tidewaiter.engine.risk.baselines import HISTORIES, History
from tidewaiter.engine.risk.indicators import CATALOGUE
from tidewaiter.engine.wording import gettext_noop

SIGNIFICANT = 6
PROFILE = "profile:"
UNREADABLE = "*"  # stands for a profile that the reader may not know (veil.py)
NOT_TO_READ = gettext_noop("A risk profile that you may not read.")
PEER_GROUP = "_peer_group"
CONTROLLED = gettext_noop("{label} {subject}: {finds} finds in {controls} controls")
NOW = gettext_noop(
    "{label} {subject}: {finds} finds in {controls} controls, now about {current} in 100"
)
NEVER_CONTROLLED = gettext_noop("{label} {subject}: never controlled before")
SIZE = gettext_noop("Value {value} {currency}, mass {mass} kg, quantity {quantity}")
DUTY = gettext_noop("Duty rate {duty_rate} %")

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reason:
    """`facts`: the figures kept with the reason, by the names its sentence uses."""

    code: str
    label: str
    sentence: str
    facts: tuple[pl.Expr, ...]


def _figure(name: str) -> pl.Expr:
    return pl.col(name).alias(name)


def _figures(*names: str) -> Iterator[pl.Expr]:
    """Facts by name; `…_peer_group` says in words whom a figure was compared with."""
    for name in dict.fromkeys(names):
        yield _peer_group(name) if name.endswith(PEER_GROUP) else _figure(name)


def _peer_group(name: str) -> pl.Expr:
    """The code compared with, cut to the level found, and the origin where that was the same, too."""
    level = pl.col(f"{name.removesuffix(PEER_GROUP)}_peer_level")
    origin = pl.concat_str("commodity", pl.lit(" · "), "origin")
    wider = pl.when(level == 1).then("subheading").otherwise("heading")
    return pl.when(level == 0).then(origin).otherwise(wider).alias(name)


def _history(history: History) -> Reason:
    name = history.name
    subject = pl.concat_str(
        [pl.col(c).cast(pl.String) for c in history.columns], separator=" · ", ignore_nulls=True
    )
    facts = [
        subject.alias("subject"),
        pl.col(f"{name}_controls").alias("controls"),
        pl.col(f"{name}_finds").alias("finds"),
    ]
    if history.changing:
        facts.append((100 * pl.col(f"{name}_current_hit_rate")).alias("current"))
    return Reason(f"{name}_history", history.label, CONTROLLED, tuple(facts))


@cache
def catalogue() -> dict[str, Reason]:
    """All reasons but profiles, by code."""
    reasons = [
        Reason(i.code, i.label, i.sentence, tuple(_figures(*i.facts, i.code))) for i in CATALOGUE
    ]
    reasons += [_history(h) for h in HISTORIES if h.outcomes]
    mass = pl.coalesce("net_mass", "gross_mass").alias("mass")
    size = (_figure("value"), _figure("currency"), mass, _figure("quantity"))
    reasons.append(Reason("size", gettext_noop("Value and mass"), SIZE, size))
    reasons.append(Reason("duty_rate", gettext_noop("Duty rate"), DUTY, (_figure("duty_rate"),)))
    return {reason.code: reason for reason in reasons}


def sentence(code: str, facts: Mapping[str, Any], translate: Translate = str) -> str:
    """The reason in words: the template of its code, translated, figures put in.

    A profile's reason is its officer's own sentence; it was kept with the figures, as it was then.
    """
    words = _Known({name: figure(value) for name, value in facts.items()})
    if code.startswith(PROFILE):
        if code.removeprefix(PROFILE) == UNREADABLE:
            return translate(NOT_TO_READ)
        own = str(facts.get("reason") or code.removeprefix(PROFILE))
        try:
            return own.format_map(words)
        except (ValueError, AttributeError, IndexError, KeyError):
            return own  # braces that are no fact: shown as the officer wrote them
    reason = catalogue().get(code)
    if reason is None:
        return code
    template = reason.sentence
    if template == CONTROLLED:
        label = translate(reason.label)
        words["label"] = label[:1].upper() + label[1:]
        if not facts.get("controls"):
            template = NEVER_CONTROLLED
        elif facts.get("current") is not None:
            template = NOW
    return translate(template).format_map(words)


def in_words(reasons: pl.Series, translate: Translate = str) -> pl.Series:
    """Sentences of each row's reasons (JSON), separated by semicolons: for files people read."""

    def told(text: str | None) -> str:
        found = orjson.loads(text) if text else []
        return "; ".join(sentence(reason["code"], reason["facts"], translate) for reason in found)

    distinct = reasons.unique()
    words = pl.Series([told(text) for text in distinct], dtype=pl.String)
    return reasons.replace_strict(distinct, words, return_dtype=pl.String)


class _Known(dict[str, str]):
    """A figure that is missing shows as a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def figure(value: Any) -> str:
    """A figure as people read it: thousands apart, no more digits than matter."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    size = abs(value)
    if size >= 1_000 or float(value).is_integer():
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:,.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.3g}"
