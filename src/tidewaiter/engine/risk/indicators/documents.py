"""Time, documents, and what the description leaves out."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "documents"
TIMING = "timing"
DAY = pl.col("declaration_date")
UNACCEPTABLE = "WCO list of unacceptable terms for descriptions of goods (safety and security)"
DEEP = 20
COUNT = pl.col("documents").list.len().fill_null(0)
# The whole description is one of these, with or without filling words.
VAGUE = (
    r"(?i)^\W*(?:(?:various|general|misc\w*|assorted|mixed|new|used|other|sundry|consolidated|all|kinds?|of|and|the|for|personal"
    r"|household|commercial|freight|spare)\W+)*(?:goods?|cargo|freight|parts?|accessor\w*|articles?|items?|merchandise|products?"
    r"|equipment|effects|gifts?|samples?|supplies|stuff|things|misc\w*|various|sundries|materials?|tools?|machinery|apparatus"
    r"|electronics?|kinds?|consol\w*)\W*$"
)

INDICATORS = (
    Indicator(
        code="weekend", kind="flag", group=TIMING, label=gettext_noop("Declared at the weekend"),
        sentence=gettext_noop("Declared on a Saturday or Sunday"), formula="the day of acceptance is a Saturday or Sunday",
        expression=DAY.dt.weekday() >= 6, weight=0.12, source=PRACTICE,
    ),
    Indicator(
        code="month_end", kind="flag", group=TIMING, label=gettext_noop("Declared in the last three days of a month"),
        sentence=gettext_noop("Declared in the last three days of the month"), formula="fewer than three days are left of the month",
        expression=DAY.dt.month_end().sub(DAY).dt.total_days() < 3, source=PRACTICE,
    ),
    Indicator(
        code="document_count", kind="number", group=GROUP, label=gettext_noop("Documents declared"),
        sentence=gettext_noop("{document_count} documents declared"), formula="number of documents declared",
        expression=COUNT, source=PRACTICE,
    ),
    Indicator(
        code="documents_missing", kind="flag", group=GROUP, label=gettext_noop("No documents where like goods have them"),
        sentence=gettext_noop("No documents declared; {heading} usually comes with them"),
        formula="no document is declared, though more than 80 % of the commodity's earlier items had one",
        expression=(COUNT == 0) & (pl.col("commodity_has_documents_mean") > 0.8),
        facts=("heading",), weight=0.81, source=PRACTICE,
    ),
    Indicator(
        code="previous_missing", kind="flag", group=GROUP, label=gettext_noop("No previous document where the procedure has them"),
        sentence=gettext_noop("No previous document declared; procedure {procedure} usually has one"),
        formula="no previous document (manifest, transit) is declared, though more than 80 % of the procedure's earlier items had one",
        expression=(pl.col("previous_documents").list.len().fill_null(0) == 0) & (pl.col("procedure_has_previous_mean") > 0.8),
        facts=("procedure",), weight=0.56, source="SAFE Framework: goods accounted for from manifest to declaration",
    ),
    Indicator(
        code="description_short", kind="flag", group=GROUP, label=gettext_noop("Short description"),
        sentence=gettext_noop("The description “{description}” says little"),
        formula="the description has fewer than six bytes: six Latin letters, two Chinese characters",
        expression=pl.col("description").str.len_bytes() < 6, facts=("description",), weight=0.4, source=UNACCEPTABLE,
    ),
    Indicator(
        code="description_vague", kind="flag", group=GROUP, label=gettext_noop("Vague description"),
        sentence=gettext_noop("The description “{description}” could be anything"),
        formula="the description is nothing but a general word such as goods, parts or samples, with or without filling words",
        expression=pl.col("description").str.contains(VAGUE), facts=("description",), weight=0.56, source=UNACCEPTABLE,
    ),
    Indicator(
        code="item_deep", kind="flag", group=GROUP, label=gettext_noop("Far down a long declaration"),
        sentence=gettext_noop("Item {item_no} of a long declaration"), formula="the item's number is 20 or higher",
        expression=pl.col("item_no") >= DEEP, facts=("item_no",), weight=0.22,
        source="WCO cargo targeting practice: risky goods among many harmless ones",
    ),
)  # fmt: skip
