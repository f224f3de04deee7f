"""What an inspector would find: the truth is discovered only by looking, and not always then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records import OUTCOMES
from tidewaiter.engine.risk import chance
from tidewaiter.engine.simulate.schemes import TYPOLOGIES

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.simulate.goods import Floats, Ints

# chance that a control finds what is wrong, by typology
FINDS: dict[str, tuple[float, ...]] = {
    #                none under misc orig quan smug vani split
    "physical":       (0, 0.45, 0.75, 0.35, 0.90, 0.85, 0.30, 0.60),
    "scanner":        (0, 0.05, 0.20, 0.02, 0.50, 0.65, 0.05, 0.20),
    "documentary":    (0, 0.60, 0.40, 0.60, 0.15, 0.02, 0.50, 0.55),
    "post_clearance": (0, 0.80, 0.65, 0.75, 0.25, 0.00, 0.35, 0.70),
}  # fmt: skip
DAYS = {"physical": 2, "scanner": 1, "documentary": 4, "post_clearance": 60}
MINUTES = {"physical": 60.0, "scanner": 15.0, "documentary": 20.0, "post_clearance": 120.0}


def chances(typology: Ints) -> dict[str, Floats]:
    """Columns `find_<control>` of the truth."""
    return {f"find_{control}": np.array(row)[typology] for control, row in FINDS.items()}


def inspect(
    truth: pl.DataFrame,
    declaration_ids: pl.Series,
    control: str,
    *,
    seed: int = 0,
    known_on: date | None = None,
) -> pl.DataFrame:
    """The outcomes, one an item, of performing a control on these declarations.

    In OUTCOMES.incoming columns; `lane`, `selected_by` and `selection_probability` are left to who
    selected. The same declarations, control and seed give the same result, in any order. `known_on`
    is the day the results are recorded, by default some days after the declaration.
    """
    if control not in FINDS:
        raise ValueError(f"unknown control {control!r}: use one of {', '.join(FINDS)}")
    looked_at = truth.filter(pl.col("declaration_id").is_in(declaration_ids.implode()))
    number = chance.draw(
        pl.format("{}/{}/{}", pl.lit(control), pl.col("declaration_id"), pl.col("item_no")),
        str(seed),
    )
    found = (number < pl.col(f"find_{control}")) & pl.col("illicit")
    later = pl.col("declaration_date") + pl.duration(days=DAYS[control])
    result = looked_at.select(
        "declaration_id",
        "item_no",
        control_ref=pl.format("{}-{}", pl.lit(control), "declaration_id"),
        declaration_date="declaration_date",
        office="office",
        known_on=later if known_on is None else pl.lit(known_on),
        found=found,
        severity=pl.when(found).then("severity").otherwise(0),
        risk_area=pl.when(found).then("risk_area"),
        revenue=pl.when(found).then("revenue").otherwise(0.0),
        currency="currency",
        control_type=pl.lit(control),
        lane=pl.lit(None),
        selected_by=pl.lit(None),
        selection_probability=pl.lit(None),
        minutes=pl.lit(MINUTES[control]) * (0.75 + number / 2),
        source=pl.lit("file"),
    )
    return result.select(pl.col(name).cast(dtype) for name, dtype in OUTCOMES.incoming.items())


def typology_names(typology: Ints) -> pl.Series:
    return pl.Series(TYPOLOGIES).gather(typology.astype(np.uint32))
