"""The simulated world is reproducible, has the truth it promises, and tells it only by its traces."""

import hashlib
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.tree import DecisionTreeClassifier

from tidewaiter.engine.messages.tabular.mapping import identity
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.simulate import Setting, Simulation, capacity, inspect, write

SETTING = Setting(items=120_000, seed=11)


def joined(chunks):
    chunks = list(chunks)
    return tuple(
        pl.concat(getattr(chunk, name) for chunk in chunks)
        for name in ("declarations", "outcomes", "truth")
    )


@pytest.fixture(scope="module")
def simulation():
    return Simulation.of(SETTING)


@pytest.fixture(scope="module")
def everything(simulation):
    return joined(simulation.chunks())


@pytest.fixture(scope="module")
def declared(everything):
    declarations, _, truth = everything
    return pl.concat(
        [
            declarations,
            truth.drop("declaration_id", "item_no", "declaration_date", "office", "currency"),
        ],
        how="horizontal",
    ).with_columns(price=pl.col("customs_value") / pl.col("net_mass"))


def test_it_makes_exactly_the_items_asked_for_in_order_of_time(everything):
    declarations, _, truth = everything
    assert declarations.height == truth.height == SETTING.items
    assert declarations["declaration_date"].is_sorted()
    assert declarations["declaration_date"].min() == date(2026, 1, 1)
    assert declarations["declaration_date"].max() == date(2026, 12, 31)
    assert 2.2 < SETTING.items / declarations["declaration_id"].n_unique() < 2.8


def test_rows_are_in_canonical_names_and_types_and_unique(everything):
    declarations, outcomes, _ = everything
    assert all(DECLARATIONS.incoming[name] == dtype for name, dtype in declarations.schema.items())
    assert dict(outcomes.schema) == dict(OUTCOMES.incoming)
    assert declarations.select("declaration_id", "item_no").is_unique().all()
    assert outcomes.select("declaration_id", "item_no", "control_ref").is_unique().all()


def test_the_size_of_chunks_changes_nothing(simulation, everything):
    for one, other in zip(joined(simulation.chunks(rows=1)), everything, strict=True):
        assert_frame_equal(one, other)
    assert len(list(simulation.chunks(rows=1))) > 2


def digests(directory):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()
    }


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_numbers_give_the_same_bytes(tmp_path, form):
    setting = Setting(items=3000, seed=5, months=2)
    for name in ("one", "two"):
        write(setting, tmp_path / name, form=form)
    write(Setting(items=3000, seed=6, months=2), tmp_path / "three", form=form)
    one, two, three = (digests(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert set(one) == {
        f"declarations.{form}", f"outcomes.{form}", f"truth.{form}", "offices.csv", "capacity.csv",
        "README.txt",
    }  # fmt: skip
    assert one[f"declarations.{form}"] != three[f"declarations.{form}"]


def test_the_reader_knows_the_header_without_a_mapping_file(tmp_path):
    paths = write(Setting(items=500, seed=3, months=1), tmp_path)
    header = paths["declarations"].open().readline().strip().split(",")
    assert set(identity(header).fields) == set(header)
    read = pl.read_csv(paths["declarations"])
    assert read.height == 500
    assert read["documents"].str.starts_with("N380 ").all()


def test_a_stopped_simulation_leaves_nothing(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(Setting(items=500, months=1), tmp_path, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_base_rate_holds_in_every_month(seed):
    _, _, truth = joined(Simulation.of(Setting(items=60_000, seed=seed, months=6)).chunks())
    assert 0.03 < truth["illicit"].mean() < 0.042
    monthly = truth.group_by(pl.col("declaration_date").dt.month()).agg(pl.col("illicit").mean())
    assert monthly["illicit"].is_between(0.02, 0.055).all()


def test_another_rate_can_be_asked_for():
    _, _, truth = joined(Simulation.of(Setting(items=40_000, illicit_rate=0.1)).chunks())
    assert 0.085 < truth["illicit"].mean() < 0.115
    _, _, truth = joined(Simulation.of(Setting(items=40_000, illicit_rate=0.0)).chunks())
    assert truth["illicit"].mean() < 0.02  # vanishing companies are always there


def test_every_typology_occurs_and_they_shift(declared):
    cheats = declared.filter("illicit")
    shares = cheats.group_by("typology").len()
    assert set(shares["typology"]) == {
        "undervaluation", "misclassification", "false_origin", "quantity", "smuggling",
        "vanishing_company", "splitting",
    }  # fmt: skip
    halves = cheats.group_by(
        pl.col("declaration_date") < date(2026, 7, 1),
        pl.col("importer"),
        "typology",
    ).len()
    early = set(halves.filter("declaration_date")["importer"])
    late = set(halves.filter(~pl.col("declaration_date"))["importer"])
    assert len(early & late) < 0.8 * len(early | late)


def test_truth_agrees_with_itself(declared):
    honest = declared.filter(~pl.col("illicit"))
    assert (honest["revenue"] == 0).all()
    assert (honest["severity"] == 0).all()
    assert honest["risk_area"].null_count() == honest.height
    assert (honest["true_hs6"] == honest["hs6"]).all()
    assert (honest["true_origin"] == honest["origin"]).all()
    hidden = declared.filter(typology="smuggling")
    assert set(hidden["risk_area"]) == {"drugs", "revenue", "security", "environment"}
    assert (hidden["severity"] == 2).all()
    assert (hidden.filter(pl.col("hidden") != "tobacco")["revenue"] == 0).all()
    for typology in ("undervaluation", "quantity"):
        lost = declared.filter((pl.col("typology") == typology) & (pl.col("customs_value") > 500))
        assert (lost["revenue"] > 0).all()


def test_taxes_are_reckoned_right(declared):
    duty = pl.col("customs_value") * pl.col("duty_rate") / 100
    off = declared.with_columns(
        by_duty=(pl.col("duty") - duty).abs(),
        by_tax=(
            pl.when(pl.col("additional_procedure").is_null())
            .then(pl.col("duty") + 0.2 * (pl.col("customs_value") + pl.col("duty")))
            .otherwise(0.0)
            - pl.col("taxes")
        ).abs(),
    )
    assert off["by_duty"].max() < 0.011
    assert off["by_tax"].max() < 0.011


def test_undervaluation_and_quantity_leave_their_traces(declared):
    peers = declared.filter(~pl.col("illicit")).group_by("hs6", "origin").agg(
        usual=pl.col("price").median(), count=pl.len()
    )  # fmt: skip
    near = declared.join(peers.filter(pl.col("count") >= 8), on=["hs6", "origin"])
    ratio = near.group_by("typology").agg(
        (pl.col("price") / pl.col("usual")).median().alias("price"),
        (pl.col("gross_mass") / pl.col("net_mass")).median().alias("gross"),
    )
    of = {row["typology"]: row for row in ratio.iter_rows(named=True)}
    assert of["none"]["price"] == pytest.approx(1, abs=0.1)
    assert of["undervaluation"]["price"] < 0.65
    assert of["quantity"]["price"] == pytest.approx(1, abs=0.2)
    assert of["quantity"]["gross"] > 1.2 > of["none"]["gross"]


def test_misclassification_saves_duty_and_keeps_the_price_of_the_true_goods(declared):
    wrong = declared.filter(typology="misclassification")
    assert (wrong["hs6"] != wrong["true_hs6"]).all()
    assert (wrong["hs6"].str.slice(0, 2) == wrong["true_hs6"].str.slice(0, 2)).all()
    assert (wrong["customs_value"] - wrong["true_value"]).abs().max() < 0.02


def test_false_origin_borrows_a_preference_but_comes_from_elsewhere(declared):
    lied = declared.filter((pl.col("typology") == "false_origin") & (pl.col("item_no") == 1))
    assert (lied["preference"] == "300").all()
    assert (lied["duty_rate"] == 0).all()
    honest = declared.filter(~pl.col("illicit") & (pl.col("item_no") == 1))

    def share(frame):
        return (frame["dispatch_country"] != frame["origin"]).mean()

    assert share(lied) > 0.9
    assert share(honest) < 0.1


def test_vanishing_companies_vanish(declared):
    shells = declared.filter(typology="vanishing_company")["importer"].unique()
    lives = declared.group_by("importer").agg(
        (pl.col("declaration_date").max() - pl.col("declaration_date").min()).alias("life"),
        pl.len(),
    )
    theirs = lives.filter(pl.col("importer").is_in(shells.implode()))
    assert theirs["life"].max() <= timedelta(days=121)
    assert lives.filter(pl.col("len") > 50)["life"].median() > timedelta(days=300)


def test_split_consignments_stay_under_the_threshold(declared):
    split = declared.filter(typology="splitting")
    totals = split.group_by("declaration_id").agg(
        pl.col("customs_value").sum(), pl.col("importer").first(), pl.col("exporter").first(),
        pl.col("taxes").sum(), pl.col("declaration_date").first(),
    )  # fmt: skip
    assert totals["customs_value"].max() <= 150
    assert totals["taxes"].max() == 0
    near = totals.group_by("importer", "exporter", "declaration_date").len()
    assert near.filter(pl.col("len") >= 2)["len"].sum() > 0.7 * totals.height


def test_container_numbers_have_their_check_digit(declared):
    weights = 2 ** np.arange(10)
    letters = [number for number in range(10, 39) if number % 11]
    for number in declared["containers"].drop_nulls().unique()[:50]:
        values = [letters[ord(c) - 65] if c.isalpha() else int(c) for c in number[:10]]
        assert int(weights @ np.array(values)) % 11 % 10 == int(number[10])


def test_outcomes_exist_only_for_what_was_inspected_and_tell_their_chance(everything):
    declarations, outcomes, truth = everything
    share = outcomes["declaration_id"].n_unique() / declarations["declaration_id"].n_unique()
    assert share == pytest.approx(SETTING.inspected_rate, abs=0.008)
    assert outcomes["selection_probability"].is_between(SETTING.random_rate, 1).all()
    firsts = outcomes.unique("declaration_id")
    random = firsts.filter(selected_by="random").height / declarations["declaration_id"].n_unique()
    assert random == pytest.approx(SETTING.random_rate, abs=0.003)
    both = outcomes.join(truth, on=["declaration_id", "item_no"])
    assert (both.filter("found")["illicit"]).all()
    assert (both["known_on"] > both["declaration_date"]).all()
    assert 0 < outcomes["found"].mean() < truth["illicit"].mean() * 2
    total = (1 / firsts["selection_probability"]).sum()
    assert total == pytest.approx(declarations["declaration_id"].n_unique(), rel=0.1)


def test_inspecting_finds_by_control_and_repeats_itself(everything):
    _, _, truth = everything
    ids = truth["declaration_id"].unique(maintain_order=True)
    result = inspect(truth, ids, "physical", seed=4)
    assert result.height == truth.height
    assert_frame_equal(result, inspect(truth, ids.reverse(), "physical", seed=4))
    assert not result.equals(inspect(truth, ids, "physical", seed=5))
    rates = (
        result.join(truth, on=["declaration_id", "item_no"])
        .group_by("typology")
        .agg(pl.col("found").mean(), pl.col("find_physical").mean(), pl.len())
    )
    for row in rates.iter_rows(named=True):
        error = 4 * (0.25 / row["len"]) ** 0.5
        assert row["found"] == pytest.approx(row["find_physical"], abs=error)
    part = inspect(truth, ids[:100], "scanner", seed=4)
    whole = inspect(truth, ids, "scanner", seed=4)
    assert_frame_equal(part, whole.head(part.height))
    with pytest.raises(ValueError, match="unknown control"):
        inspect(truth, ids, "psychic")


def test_declared_columns_leak_nothing_beyond_the_trace(everything):
    """A deep tree on everything that carries no trace by design learns nothing."""
    declarations, _, truth = everything
    bare = declarations.select(
        pl.col("functional_reference_id").str.slice(1).cast(pl.Float64),
        pl.col("documents").list.first().str.slice(5).cast(pl.Float64),
        pl.col("declaration_id").str.slice(4).cast(pl.Float64) % 1000,
        (pl.col("release_date") - pl.col("declaration_date")).dt.total_days(),
        (pl.col("customs_value") * 100).round(0) % 100,
        (pl.col("net_mass") * 1000).round(0) % 1000,
        (pl.col("gross_mass") * 1000).round(0) % 1000,
        pl.col("transport_means_id").hash() % 97,
    ).to_numpy()
    # splitting and vanishing firms pass small values and take turns: left out
    keep = ~truth["typology"].is_in(["splitting", "vanishing_company"]).to_numpy()
    label = truth["illicit"].to_numpy()
    half = len(label) // 2
    tree = DecisionTreeClassifier(min_samples_leaf=200, random_state=0)
    tree.fit(bare[:half][keep[:half]], label[:half][keep[:half]])
    score = tree.predict_proba(bare[half:][keep[half:]])[:, 1]
    truth_half = label[half:][keep[half:]]
    order = np.argsort(score)
    ranks = np.empty(len(order))
    ranks[order] = np.arange(len(order))
    positive = ranks[truth_half]
    count = truth_half.sum()
    auc = (positive.sum() - count * (count - 1) / 2) / (count * (len(order) - count))
    assert auc == pytest.approx(0.5, abs=0.05)


def test_capacity_serves_a_few_declarations_in_a_hundred(simulation):
    frame = capacity(simulation.place)
    assert set(frame["control"]) == {"physical", "scanner", "documentary", "post_clearance"}
    assert frame.select("office", "control").is_unique().all()
    daily = SETTING.declarations / SETTING.days
    minutes = frame.filter(control="physical")["minutes_per_day"].sum()
    assert 0.01 < minutes / 60 / daily < 0.12


@pytest.mark.parametrize(
    "wrong", [{"items": 0}, {"items": 1, "months": 0}, {"items": 1, "inspected_rate": 1.2}, {"items": 1, "illicit_rate": 0.9}]
)  # fmt: skip
def test_an_impossible_setting_is_refused(wrong):
    with pytest.raises(ValueError, match=r"must|rates"):
        Setting(**wrong)


def test_one_item_is_a_world_too():
    declarations, _, truth = joined(Simulation.of(Setting(items=1, months=1)).chunks())
    assert declarations.height == truth.height == 1
