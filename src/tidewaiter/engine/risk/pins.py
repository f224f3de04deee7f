"""Everything an assessment depends on, loaded, and the assessment of declared items with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidewaiter import __version__
from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.risk.assess import assess
from tidewaiter.engine.risk.columns import Computed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import polars as pl

    from tidewaiter.engine.risk.baselines import Baselines
    from tidewaiter.engine.risk.lists import NamedLists
    from tidewaiter.engine.risk.models import RiskModel
    from tidewaiter.engine.risk.profiles import ProfileSet


@dataclass(frozen=True, slots=True)
class Pinned:
    """The loaded versions, and the digest that an assessment keeps as its `run_id`."""

    digest: str
    profiles: ProfileSet
    lists: NamedLists
    baselines: Baselines
    model: RiskModel | None
    currency: str


def versions_of(
    *,
    profiles: ProfileSet,
    lists: NamedLists,
    baselines: Baselines,
    model: RiskModel | None,
    currency: str,
) -> dict[str, str]:
    """What the digest of pins is made of: a version for each thing that decides."""
    return {
        "profiles": profiles.version,
        "lists": lists.version,
        "baselines": baselines.version,
        "model": model.version if model else "",
        "currency": currency,
        "code": __version__,
    }


def digest_of(versions: Mapping[str, str]) -> str:
    """The digest of pins from the versions they name."""
    return hashlib.sha256(repr(sorted(versions.items())).encode()).hexdigest()[:32]


def assessed_rows(rows: pl.DataFrame, pins: Pinned, at: datetime) -> pl.DataFrame:
    """Assessments of declaration rows, ready for the lake.

    rows: columns of DECLARATIONS and `was`, the version of the assessment they have, 0 for none.
    """
    assessments = assess(
        rows[[name for name in rows.columns if name not in _OURS]],
        profiles=pins.profiles,
        lists=pins.lists,
        baselines=pins.baselines,
        model=pins.model,
        currency=pins.currency,
        run_id=pins.digest,
        at=at,
    )
    keys = _KEYS.of(assessments).to_series()
    return assessments.hstack([keys, rows["month"], (rows["was"] + 1).alias("version")])


_OURS = ("was", "left")  # columns that say how a row stands here, not what was declared
_KEYS = Computed([record_key(*ASSESSMENTS.natural_key).alias("key")])
