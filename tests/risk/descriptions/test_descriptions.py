from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tidewaiter.engine.risk.baselines.keys import hash_of, with_keys
from tidewaiter.engine.risk.descriptions import Descriptions, headings_and_said
from tidewaiter.engine.risk.descriptions.grams import LONGEST, grams
from tidewaiter.engine.risk.facts import conform
from tidewaiter.engine.simulate.settings import Setting
from tidewaiter.engine.simulate.simulation import Simulation

AS_OF = date(2026, 6, 1)
GOODS = {
    "6109": ["knitted cotton shirts", "Men's T-shirts of cotton, knitted", "棉制针织衬衫", "قمصان قطنية محبوكة"],
    "2204": ["red wine in bottles", "Wine, white, bottled", "瓶装红葡萄酒", "نبيذ أحمر في زجاجات"],
    "8504": ["static converters", "power supply units, converters", "静止式变流器", "ตัวแปลงไฟฟ้า"],
}  # fmt: skip
PAST = pl.DataFrame(
    [
        {"description": text, "heading": heading, "declaration_date": AS_OF - timedelta(days=9)}
        for heading, texts in GOODS.items()
        for text in texts
        for _ in range(5)
    ]
)
LEARNT = Descriptions.of(*headings_and_said(PAST.lazy(), AS_OF))


def judged(
    text: str | None, heading: str, learnt: Descriptions = LEARNT
) -> tuple[float, str | None]:
    """Probability of the declared heading, and the likeliest other one."""
    frame = pl.DataFrame(
        {"description": [text], "heading": [heading]}, schema_overrides={"description": pl.String}
    )
    fit = learnt.fit(frame["description"], frame.select(hash_of("heading")).to_series().to_numpy())
    return float(fit.declared[0]), learnt.codes[int(fit.heading[0])]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("SHIRTS, KNITTED", "6109"),
        ("wines", "2204"),
        ("converter", "8504"),
        ("针织棉衬衫", "6109"),
        ("红葡萄酒", "2204"),
        ("変流器 变流器", "8504"),
        ("قمصان", "6109"),
        ("ตัวแปลง", "8504"),
        ("ｗｉｎｅ ２０１９", "2204"),
    ],
)
def test_words_in_any_script_speak_for_their_heading(text: str, heading: str) -> None:
    for declared in GOODS:
        probability, other = judged(text, declared)
        if declared == heading:
            assert probability > 0.4
        else:
            assert probability < 0.35
            assert other == heading


def test_nothing_is_said_where_nothing_was_learnt() -> None:
    nothing = Descriptions.of(*headings_and_said(PAST.clear().lazy(), AS_OF))
    assert np.isnan(judged("red wine", "2204", nothing)[0])
    assert judged("red wine", "2204", nothing)[1] is None
    assert np.isnan(judged("zzzz qqqq", "2204")[0])  # words never seen
    assert np.isnan(judged("red wine", "0101")[0])  # a heading never seen
    assert np.isnan(judged(None, "2204")[0])
    assert np.isnan(judged("12345", "2204")[0])


def test_probabilities_of_all_headings_add_up_to_one() -> None:
    total = sum(judged("knitted wine converters", heading)[0] for heading in GOODS)
    assert total == pytest.approx(1.0)


def test_counts_add_up_over_days() -> None:
    """Learning all at once is learning parts and adding their counts."""
    days = [date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3)]
    spread = PAST.with_columns(
        declaration_date=pl.Series([days[n % 3] for n in range(PAST.height)])
    )
    whole = Descriptions.of(*headings_and_said(spread.lazy(), AS_OF))
    assert whole.pairs.equals(LEARNT.pairs)
    mixed = spread.sample(fraction=1, shuffle=True, seed=1)
    assert Descriptions.of(*headings_and_said(mixed.lazy(), AS_OF)).pairs.equals(LEARNT.pairs)


def test_a_text_gets_the_same_numbers_alone_and_among_others() -> None:
    texts = pl.Series(
        [text for group in GOODS.values() for text in group] + ["", "a\x1fb", "x" * 2_000, None]
    )
    together = grams(texts)
    for n in range(len(texts)):
        alone = grams(texts[n : n + 1])
        assert (
            alone.numbers.tolist()
            == together.numbers[together.start[n] : together.start[n + 1]].tolist()
        )
    assert len(grams(pl.Series(["y" * 9_999])).numbers) <= LONGEST


def test_misclassified_items_of_the_simulator_rank_above_honest_ones() -> None:
    """Of those declared under another heading than the goods', seven in ten keep the invoice's words."""
    parts = list(Simulation.of(Setting(items=30_000, seed=7, months=6, illicit_rate=0.2)).chunks())
    declared = with_keys(conform(pl.concat([part.declarations for part in parts])).lazy())
    items = declared.select(
        "description", "heading", "declaration_date", key=hash_of("heading")
    ).collect()
    truth = pl.concat([part.truth for part in parts])
    until = date(2026, 4, 1)
    before = items.lazy().filter(pl.col("declaration_date") < until)
    learnt = Descriptions.of(*headings_and_said(before, until))
    later = items["declaration_date"] >= until
    items, truth = items.filter(later), truth.filter(later)
    fit = learnt.fit(items["description"], items["key"].to_numpy())
    odds = np.log(fit.other.clip(1e-11) / fit.declared.clip(1e-11))
    other = (truth["true_hs6"].str.slice(0, 4) != items["heading"]).to_numpy()
    crooked = (truth["typology"] == "misclassification").to_numpy() & other & np.isfinite(odds)
    honest = (truth["typology"] == "none").to_numpy() & np.isfinite(odds)
    assert crooked.sum() >= 15
    above = (odds[crooked][:, None] > odds[honest]).mean()
    assert above > 0.7  # area under the curve; chance is 0.5
