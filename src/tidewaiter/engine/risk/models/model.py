"""The risk model: probability of non-compliance, revenue if so, and why."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from scipy.special import expit

from tidewaiter.engine.risk.models.areas import Area
from tidewaiter.engine.risk.models.boosting import read_trees
from tidewaiter.engine.risk.models.calibration import Calibration
from tidewaiter.engine.risk.models.contributions import Contributions, predict
from tidewaiter.engine.risk.models.features import Feature, features, matrix
from tidewaiter.engine.risk.models.says import Says, assumed_revenue, size_of_stake
from tidewaiter.engine.risk.models.snapshots import sample
from tidewaiter.engine.risk.models.training import Fitted, fit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import lightgbm as lgb

    from tidewaiter.engine.risk.measurement import Comparison

FORMAT = 2
WITHOUT_AREAS = 1  # the format of models whose finds are all about revenue


@dataclass(frozen=True, slots=True)
class Compared:
    """How a model did beside the one in force, on the same controls of the same days; what judged
    them had not seen these days. `seen`: the one in force had, which flatters it."""

    since: date
    until: date
    rival: str
    seen: bool
    result: Comparison


@dataclass(frozen=True)
class RiskModel:
    """`metrics` are from data later than what the judged trees had seen."""

    found_text: str
    revenue_text: str | None
    calibration: Calibration
    revenue_scale: float
    threshold: float
    trained_until: date
    trained_from: date
    metrics: dict[str, float]
    names: tuple[str, ...]
    areas: tuple[Area, ...] = ()
    compared: Compared | None = None

    @classmethod
    def train(
        cls,
        declarations: pl.LazyFrame,
        outcomes: pl.LazyFrame,
        *,
        until: date,
        progress: Callable[[int, int], None] | None = None,
        rival: RiskModel | None = None,
    ) -> RiskModel:
        """Learn from what was declared, and known, before `until`; TooFewOutcomes when too little.

        rival: the model in force, to be compared with.
        """
        rows = sample(declarations, outcomes, until, progress)
        fitted = fit(rows, rival.raw if rival else None)
        first = _day(int(rows.day.min()))
        return cls(
            found_text=fitted.found,
            revenue_text=fitted.revenue,
            calibration=fitted.calibration,
            revenue_scale=fitted.revenue_scale,
            threshold=fitted.threshold,
            trained_until=until,
            trained_from=first,
            metrics=fitted.metrics,
            names=tuple(f.name for f in features()),
            areas=fitted.areas,
            compared=_compared(fitted, until, rival),
        )

    def raw(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Calibrated log-odds from rows × `features()`."""
        return self._odds(self._own(rows))

    def _odds(self, own: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return self.calibration.apply(predict(self._found, own, raw_score=True))

    def _own(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The columns that the model was made for: a release may have more."""
        return rows if len(self._features) == len(features()) else rows[:, self._places]

    @cached_property
    def _features(self) -> tuple[Feature, ...]:
        known = {feature.name: feature for feature in features()}
        return tuple(known[name] for name in self.names)

    @cached_property
    def _places(self) -> list[int]:
        places = {feature.name: place for place, feature in enumerate(features())}
        return [places[name] for name in self.names]

    @cached_property
    def _found(self) -> lgb.Booster:
        return read_trees(self.found_text)

    @cached_property
    def _revenue(self) -> lgb.Booster | None:
        return None if self.revenue_text is None else read_trees(self.revenue_text)

    def says(self, facts: pl.DataFrame) -> Says:
        """Calibrated log-odds, revenue at stake and reasons of rows with facts."""
        rows = self._own(matrix(facts))
        if self._revenue is None:
            revenue = assumed_revenue(facts)
        else:
            logs = predict(self._revenue, rows, raw_score=True) + size_of_stake(facts)
            revenue = np.exp(logs) * self.revenue_scale
        odds = self._odds(rows)
        return Says(
            odds,
            revenue,
            self.threshold,
            self.reasons,
            lambda chosen: self._contributions.of(rows[chosen]) * self.calibration.slope,
            tuple(area.says(rows, odds) for area in self.areas),
        )

    def predict(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Columns probability and revenue_at_stake, rows as in `facts`."""
        says = self.says(facts)
        return pl.DataFrame(
            {"probability": expit(says.log_odds), "revenue_at_stake": says.revenue},
            nan_to_null=True,
        )

    def contributions(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Log-odds that each reason adds to a row's score; one column a reason."""
        weights = self.says(facts).weights(np.arange(facts.height))
        return pl.DataFrame(weights, schema=list(self.reasons))

    @cached_property
    def _contributions(self) -> Contributions:
        reasons = self.reasons
        where = {reason: number for number, reason in enumerate(reasons)}
        return Contributions(self._found, [where[f.reason] for f in self._features], len(reasons))

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Codes of all reasons the model can give."""
        return tuple(dict.fromkeys(f.reason for f in self._features))

    def importance(self) -> dict[str, float]:
        """Reason → share of what all splits gained, the most important first."""
        gains = dict.fromkeys(self.reasons, 0.0)
        split_gains = self._found.feature_importance(importance_type="gain")
        for feature, gain in zip(self._features, split_gains, strict=True):
            gains[feature.reason] += float(gain)
        whole = sum(gains.values()) or 1.0
        ranked = sorted(gains.items(), key=lambda pair: -pair[1])
        return {reason: gain / whole for reason, gain in ranked if gain > 0}

    @cached_property
    def version(self) -> str:
        """SHA-256 of all that decides a prediction."""
        return hashlib.sha256(
            orjson.dumps(self._content(), option=orjson.OPT_SORT_KEYS)
        ).hexdigest()

    def _content(self) -> dict[str, Any]:
        areas = {"areas": [area.content() for area in self.areas]} if self.areas else {}
        return areas | {
            "format": FORMAT if areas else WITHOUT_AREAS,
            "found": self.found_text,
            "revenue": self.revenue_text,
            "slope": self.calibration.slope,
            "intercept": self.calibration.intercept,
            "revenue_scale": self.revenue_scale,
            "threshold": self.threshold,
            "trained_from": self.trained_from.isoformat(),
            "trained_until": self.trained_until.isoformat(),
            "features": self.names,
        }

    def to_json(self) -> bytes:
        """All that decides a prediction, and the metrics."""
        metrics = {name: value for name, value in self.metrics.items() if not math.isnan(value)}
        return orjson.dumps(self._content() | {"metrics": metrics})

    def save(self, path: Path) -> None:
        """One JSON file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.to_json())

    @classmethod
    def load(cls, path: Path) -> RiskModel:
        """Raises FileNotFoundError, ValueError."""
        return cls.from_json(path.read_bytes())

    @classmethod
    def from_json(cls, document: bytes) -> RiskModel:
        """What `to_json` wrote; raises ValueError when this release does not compute all its facts."""
        content = orjson.loads(document)
        names = tuple(content["features"])
        known = {f.name for f in features()}
        if content["format"] not in (WITHOUT_AREAS, FORMAT) or not known.issuperset(names):
            message = "model made for other facts than this release computes; train it again"
            raise ValueError(message)
        return cls(
            found_text=content["found"],
            revenue_text=content["revenue"],
            calibration=Calibration(content["slope"], content["intercept"]),
            revenue_scale=content["revenue_scale"],
            threshold=content["threshold"],
            trained_until=date.fromisoformat(content["trained_until"]),
            trained_from=date.fromisoformat(content["trained_from"]),
            metrics=content["metrics"],
            names=names,
            areas=tuple(Area.of(area) for area in content.get("areas", ())),
        )


def _day(number: int) -> date:
    """A day counted from 1970."""
    return date.fromordinal(number + date(1970, 1, 1).toordinal())


def _compared(fitted: Fitted, until: date, rival: RiskModel | None) -> Compared | None:
    if rival is None or fitted.comparison is None:
        return None
    since = _day(fitted.compared_from)
    return Compared(since, until, rival.version, rival.trained_until > since, fitted.comparison)
