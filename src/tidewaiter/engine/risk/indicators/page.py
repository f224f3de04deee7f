"""The catalogue as a page of the documentation: `scripts/indicators` writes docs/indicators.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.engine.risk.indicators import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.risk.indicators import Indicator

HEAD = """# Risk indicators

Each of the {count} indicators is a fact about one goods item, computed from the item alone and from what was declared and found before its day. Any can be named in a risk profile. Where something it needs is missing, the indicator is missing, too, and a comparison with it is unknown. An indicator is a reason to ask, never a finding: a unit value far from its peers sets no customs value (WTO Valuation Agreement, Article 7.2).

*Weight* is the log-odds of non-compliance that a fully raised indicator adds while no results of controls are known; a model that has learnt takes its place. An indicator without weight informs only.

"Earlier items" are those declared before the day of the baselines; "usually" is the geometric mean.

This page is written by `scripts/indicators` from the catalogue.
"""


def page() -> str:
    """Markdown: one table a group, in the order of the catalogue."""
    parts = [HEAD.format(count=len(CATALOGUE))]
    for group in dict.fromkeys(indicator.group for indicator in CATALOGUE):
        indicators = [indicator for indicator in CATALOGUE if indicator.group == group]
        parts.append("\n".join(_table(group, indicators)))
    return "\n".join(parts)


def _table(group: str, indicators: list[Indicator]) -> Iterator[str]:
    yield f"## {group.capitalize()}\n"
    yield "| indicator | what it is | unit | formula | weight | source |"
    yield "|---|---|---|---|---|---|"
    for i in indicators:
        unit = i.unit or {"money": "money", "flag": "yes or no"}.get(i.kind, "")
        weight = f"{i.weight:g}" if i.raises else ""
        yield f"| `{i.code}` | {i.label} | {unit} | {i.formula} | {weight} | {i.source} |"
    yield ""
