"""How well the model ranks what it has not seen, beside LightGBM on the declared columns and chance.

Two outside worlds, both split in time: Korean declarations (train on 2020, rank the first quarter
of 2021), and the world with drift (train on 18 months, rank six). Results of controls become known
on the day of the declaration; baselines are refreshed every week of the ranked time, as a running
house does; the model is not retrained. `frozen` uses the baselines of the first day throughout.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl

from tests.fixtures.worlds import drift, korea
from tidewaiter.engine.risk.baselines.sums import series
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.measurement import ranking_metrics
from tidewaiter.engine.risk.models import RiskModel
from tidewaiter.engine.risk.models.training import PARAMETERS

DATA = Path(
    os.environ.get("TIDEWAITER_TEST_DATA", Path(__file__).parents[1].parent / "shared" / "data")
)
PLAIN = "LightGBM on the declared columns"
KOREAN_TUPLE = ["hs", "dispatch_country", "origin", "duty_rate", "tax_type", "net_mass"]
CODES = (
    "office", "process_type", "import_type", "import_use", "payment_method", "transport_mode",
    "declarant", "importer", "seller", "carrier", "hs", "dispatch_country", "origin", "tax_type",
    "origin_indicator",
)  # fmt: skip
NUMBERS = ("duty_rate", "net_mass", "gross_mass", "quantity", "customs_value", "taxes")


@dataclass(frozen=True, slots=True)
class World:
    name: str
    declarations: pl.DataFrame
    outcomes: pl.DataFrame
    cut: date

    @property
    def later(self) -> pl.DataFrame:
        return self.declarations.filter(pl.col("declaration_date") >= self.cut)

    def found(self, rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        known = self.outcomes.select("declaration_id", "found", "revenue")
        joined = rows.join(known, on="declaration_id", how="left", maintain_order="left")
        return joined["found"].to_numpy(), joined["revenue"].fill_null(np.nan).to_numpy()


def run() -> list[dict[str, Any]]:
    folder = DATA / "declarations"
    if not folder.is_dir():
        print(f"learning: no test data at {folder}; set TIDEWAITER_TEST_DATA")
        return []
    quarters = ["2020-with-outcomes", "2021q1-with-outcomes"]
    worlds = [
        World("Korea 2021 Q1", *korea(folder, quarters), date(2021, 1, 1)),
        World("drift world 1", *drift(folder), date(2023, 7, 1)),
    ]
    return [row for world in worlds for row in compare(world)]


def compare(world: World) -> list[dict[str, Any]]:
    model = RiskModel.train(world.declarations.lazy(), world.outcomes.lazy(), until=world.cut)
    later = world.later
    found, revenue = world.found(later)
    plain = _plain(world)
    chance = np.random.default_rng(1).random(len(found))
    peers = {
        PLAIN: ranking_metrics(plain, found, revenue),
        "random": ranking_metrics(chance, found, revenue),
    }
    weekly, frozen = _ours(world, model, 7), _ours(world, model, 10_000)
    rows = _rows(
        world.name, ranking_metrics(weekly["probability"].to_numpy(), found, revenue), peers
    )
    rows += _rows(
        f"{world.name}, frozen",
        ranking_metrics(frozen["probability"].to_numpy(), found, revenue),
        peers,
    )
    money = (weekly["probability"] * weekly["revenue_at_stake"]).to_numpy()
    if np.isfinite(revenue).any():
        ours = ranking_metrics(money, found, revenue)
        rows += _rows(f"{world.name}, ranked for money", ours, peers, names=("revenue_recall_5",))
    if world.name.startswith("Korea"):
        earlier = world.declarations.filter(pl.col("declaration_date") < world.cut)
        new = (
            later.join(
                earlier.unique(KOREAN_TUPLE).select(*KOREAN_TUPLE, seen=True),
                on=KOREAN_TUPLE,
                how="left",
                maintain_order="left",
                nulls_equal=True,
            )["seen"]
            .is_null()
            .to_numpy()
        )
        unseen = {
            PLAIN: ranking_metrics(plain[new], found[new]),
            "random": ranking_metrics(chance[new], found[new]),
        }
        rows += _rows(
            f"{world.name}, tuple never seen ({new.mean():.1%})",
            ranking_metrics(weekly["probability"].to_numpy()[new], found[new]),
            unseen,
        )
    return rows


def _ours(world: World, model: RiskModel, days: int) -> pl.DataFrame:
    """Predictions for the later rows, baselines refreshed every so many days."""
    last, starts = world.declarations["declaration_date"].max(), [world.cut]
    while starts[-1] + timedelta(days=days) <= last:
        starts.append(starts[-1] + timedelta(days=days))
    parts = []
    for baselines in series(world.declarations.lazy(), world.outcomes.lazy(), starts):
        end = baselines.as_of + timedelta(days=days)
        inside = world.later.filter(
            pl.col("declaration_date").is_between(baselines.as_of, end, closed="left")
        )
        predicted = model.predict(compute_facts(inside, baselines))
        parts.append(inside.select("declaration_id").hstack(predicted))
    return world.later.select("declaration_id").join(
        pl.concat(parts), on="declaration_id", how="left", maintain_order="left"
    )


def _plain(world: World) -> np.ndarray:
    """What a first attempt does: declared columns, codes as categories, value and tax per unit."""
    value = pl.col("customs_value")
    frame = world.declarations.with_columns(
        by_unit=value / pl.col("quantity"),
        by_mass=value / pl.coalesce("net_mass", "gross_mass"),
        tax_share=pl.col("taxes") / value,
    )
    coded = frame.select(
        *[pl.col(c).cast(pl.Categorical).to_physical().cast(pl.Float64) for c in CODES],
        *NUMBERS,
        "by_unit",
        "by_mass",
        "tax_share",
    ).to_numpy()
    earlier = (frame["declaration_date"] < world.cut).to_numpy()
    found, _ = world.found(world.declarations)
    data = lgb.Dataset(
        coded[earlier],
        found[earlier].astype(int),
        categorical_feature=list(range(len(CODES))),
    )
    booster = lgb.train(PARAMETERS | {"num_leaves": 31, "max_cat_to_onehot": 8}, data, 100)
    return np.asarray(booster.predict(coded[~earlier]))


def _rows(
    name: str,
    ours: dict[str, float],
    peers: dict[str, dict[str, float]],
    names: tuple[str, ...] = (
        "auc",
        "precision_1",
        "precision_2",
        "precision_5",
        "precision_10",
        "recall_1",
        "recall_5",
        "recall_10",
        "revenue_recall_5",
    ),
) -> list[dict[str, Any]]:
    return [
        {
            "name": f"learning: {name}: {measure}",
            "unit": "share",
            "ours": ours[measure],
            "peer": peer[measure],
            "peer_name": peer_name,
            "ratio": ours[measure] / peer[measure] if peer[measure] else None,
        }
        for measure in names
        if measure in ours
        for peer_name, peer in peers.items()
    ]
