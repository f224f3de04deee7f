"""Drawing lots: which inspector performs which order. Pure: the same input gives the same result.

Both the order in which lots are drawn and who is drawn come from keyed hashes under the day key,
whose SHA-256 was published before the day began. So nobody, the supervisor included, can choose a
cargo or foresee one, and anybody can draw again when the key is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.engine.risk.chance import draw_one

if TYPE_CHECKING:
    from collections.abc import Mapping


def draw_lots(orders: Mapping[str, int], loads: Mapping[str, int], key: str) -> dict[str, str]:
    """The inspector of each order.

    orders: planned minutes by order number. loads: open minutes by inspector before the draw.
    Whoever would not get further ahead of the least loaded than one order takes part in the lot,
    so afterwards the loads of two inspectors differ by at most twice the longest order, or by what
    they differed before. Raises ValueError when there is nobody to draw from.
    """
    if orders and not loads:
        raise ValueError("no inspector to draw from")
    open_minutes = dict(loads)
    drawn: dict[str, str] = {}
    for number in sorted(orders, key=lambda n: (draw_one(f"turn:{n}", key), n)):
        limit = min(open_minutes.values()) + orders[number]
        in_lot = [name for name, minutes in open_minutes.items() if minutes <= limit]
        chosen = min(in_lot, key=lambda name: (draw_one(f"lot:{number}:{name}", key), name))
        drawn[number] = chosen
        open_minutes[chosen] += orders[number]
    return drawn
