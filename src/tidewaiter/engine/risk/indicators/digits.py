"""Digits of an importer's amounts: amounts that are made up look different."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "digits"
SUPPORT = 50
LAW = "Benford 1938; limits: Nigrini 2012; excess: Barney and Schulzke 2016; support: Cerioli et al. 2019"

INDICATORS = (
    Indicator(
        code="importer_first_digits", kind="number", group=GROUP, label=gettext_noop("First digits of the importer's amounts"),
        sentence=gettext_noop("The first digits of {importer}'s amounts are {importer_first_digits} points further from Benford's law than chance explains"),
        formula="mean absolute deviation of the shares of first digits 1 to 9 from log10(1 + 1/d), less the mean of sqrt(2 p (1 − p) / (π n)); from 250 amounts that spread over an order of magnitude",
        unit="points", facts=("importer",), raised=pl.col("importer_first_digits") > 1.5, weight=0.4, source=LAW,
    ),
    Indicator(
        code="importer_second_digits", kind="number", group=GROUP, label=gettext_noop("Second digits of the importer's amounts"),
        sentence=gettext_noop("The second digits of {importer}'s amounts are {importer_second_digits} points further from Benford's law than chance explains"),
        formula="the same of second digits 0 to 9, with Σ log10(1 + 1/(10 k + d)) over k = 1 to 9",
        unit="points", facts=("importer",), raised=pl.col("importer_second_digits") > 1.2, weight=0.4, source=LAW,
    ),
    Indicator(
        code="importer_round_share", kind="number", group=GROUP, label=gettext_noop("Share of round amounts of the importer"),
        sentence=gettext_noop("{importer_round_share} % of {importer}'s amounts are multiples of 100"),
        formula="share of the importer's earlier items whose invoice value (else value) is a multiple of 100",
        expression=100 * pl.col("importer_round_price_mean"), unit="%", facts=("importer",),
        raised=(pl.col("importer_round_share") > 30) & (pl.col("importer_items") >= SUPPORT), weight=0.4,
        source="Nigrini 2012: last digits, one in a hundred is expected",
    ),
    Indicator(
        code="importer_under_share", kind="number", group=GROUP, label=gettext_noop("Share of amounts just under a threshold"),
        sentence=gettext_noop("{importer_under_share} % of {importer}'s values lie just under a threshold"),
        formula="share of the importer's earlier items valued up to 5 % below 150, 1,000 or 10,000",
        expression=100 * pl.col("importer_under_threshold_mean"), unit="%", facts=("importer",),
        raised=(pl.col("importer_under_share") > 20) & (pl.col("importer_items") >= SUPPORT), weight=0.69,
        source="WCO Cross-Border E-Commerce Framework: splitting and undervaluation under the threshold",
    ),
)  # fmt: skip
