"""Models: trained as challengers, compared, promoted by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.fixtures import trade
from tidewaiter import __version__
from tidewaiter.desks.targeting.actions.learning import (
    RollBackRefused,
    current_model,
    current_version,
    promote,
    propose_promotion,
    roll_back,
    train,
)
from tidewaiter.desks.targeting.models import RiskModelVersion
from tidewaiter.desks.targeting.queries.learning import models_of, weights_of
from tidewaiter.engine.risk.models import TooFewOutcomes
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
FIRST, SECOND = trade.FIRST_DAY + timedelta(days=70), trade.FIRST_DAY + timedelta(days=110)


@pytest.fixture
def trainer(officer):
    return officer("analyst", national=True, username="tara")


@pytest.fixture
def approver(officer):
    return officer("profile_approver", national=True, username="pavel")


def made(trainer, version="f" * 64, **more):
    plain = {
        "trained_by": trainer,
        "learned_until": FIRST,
        "metrics": {"auc": 0.9, "precision_5": 0.5},
    }
    return RiskModelVersion.objects.create(version=version, **{**plain, **more})


def test_first_model_is_in_force_and_the_next_challenges_it(trading, trainer, approver, browse):
    first = train(trainer, until=FIRST)
    assert current_version() == first.version
    assert current_model().version == first.version
    second = train(trainer, until=SECOND)
    assert second.state == "challenger"
    comparison = second.metrics["comparison"]
    assert comparison["champion_version"] == first.version
    assert comparison["champion"]["rows"] == comparison["challenger"]["rows"]
    assert {"auc", "precision_1", "recall_10"} <= set(comparison["leads"])

    page = browse(approver).get(f"/targeting/models/{second.version}/").content.decode()
    assert "Beside the model in force" in page
    assert weights_of(second)[0].share >= weights_of(second)[-1].share

    with pytest.raises(Denied):
        promote(trainer, second.version)
    promote(approver, second.version)
    assert current_version() == second.version
    first.refresh_from_db()
    assert first.state == "retired"
    entry = Entry.objects.filter(action="model.promote").latest("pk")
    assert entry.detail["comparison"]["champion_version"] == first.version


def test_too_few_results_leave_everything_as_it_was(trading, trainer):
    with pytest.raises(TooFewOutcomes):
        train(trainer, until=trade.FIRST_DAY + timedelta(days=6))
    assert not models_of(trainer).exists()


def test_list_shows_state_and_quality(trainer, browse):
    made(trainer, state="champion")
    text = browse("targeting_officer").get("/targeting/models/").content.decode()
    assert "champion" in text
    assert "0.900" in text


def test_trainer_may_not_promote_on_the_page_either(browse, officer):
    both = officer("analyst", "profile_approver", national=True)
    model = made(both)
    propose_promotion(both, model.version, reason="It is better.")
    page = f"/targeting/models/{model.version}/"
    text = browse(both).get(page).content.decode()
    assert "You proposed it: a second officer decides." in text
    assert "promote" not in text
    answer = browse(both).post(f"{page}promote", follow=True)
    assert "You proposed it: a second officer decides." in answer.content.decode()
    model.refresh_from_db()
    assert model.state == "challenger"


def test_promoting_on_the_page(trainer, approver, browse):
    model, old = made(trainer), made(trainer, "e" * 64, state="champion")
    page = f"/targeting/models/{model.version}/"
    answer = browse(approver).post(f"{page}promote", follow=True)
    assert "has to be proposed first" in answer.content.decode()
    answer = browse(trainer).post(f"{page}propose", {"reason": " "})
    assert answer.status_code == 422
    answer = browse(trainer).post(f"{page}propose", {"reason": "It finds more."}, follow=True)
    assert "An officer with the permission models.promote decides." in answer.content.decode()
    assert "It finds more." in browse(approver).get(page).content.decode()
    answer = browse(approver).post(f"{page}promote", follow=True)
    assert "in force from now on" in answer.content.decode()
    model.refresh_from_db()
    old.refresh_from_db()
    assert (model.state, old.state) == ("champion", "retired")
    assert model.promoted_by == approver


def test_who_asks_for_training_is_its_trainer(trainer, browse):
    browse(trainer).post("/targeting/models/train")
    job = Job.objects.get(kind="targeting.train")
    assert job.parameters == {"officer": trainer.pk}
    assert Entry.objects.filter(action="model.train_asked", actor=trainer).exists()


def test_without_the_right_there_is_no_training(browse):
    assert browse("targeting_officer").post("/targeting/models/train").status_code == 403
    assert not Job.objects.filter(kind="targeting.train").exists()


def test_a_model_that_this_release_cannot_read_says_so(trainer, browse):
    model = made(trainer)
    text = browse("analyst").get(f"/targeting/models/{model.version}/").content.decode()
    assert "cannot read this model" in text


def test_unknown_models_are_not_found(browse):
    assert browse("analyst").get("/targeting/models/nothing/").status_code == 404


def test_rolling_back_brings_the_one_before_into_force(trading, trainer, approver, browse):
    first, second = train(trainer, until=FIRST), train(trainer, until=SECOND)
    promote(approver, second.version)
    page = f"/targeting/models/{second.version}/"
    assert "Roll back" in browse(approver).get(page).content.decode()
    assert "Roll back" not in browse("analyst").get(page).content.decode()
    with pytest.raises(Denied):
        roll_back(trainer, "misses textiles")

    no_reason = browse(approver).post(f"{page}roll-back", {"reason": " "})
    assert "This field is required" in no_reason.content.decode()
    assert current_version() == second.version
    answer = browse(approver).post(f"{page}roll-back", {"reason": "misses textiles"}, follow=True)
    assert "in force again" in answer.content.decode()
    assert current_version() == first.version
    assert "misses textiles" in browse(approver).get(page).content.decode()
    entry = Entry.objects.get(action="model.roll_back")
    assert (entry.detail["instead_of"], entry.reason) == (second.version, "misses textiles")  # fmt: skip
    # What was rolled back is not what the next roll-back goes to.
    with pytest.raises(RollBackRefused, match="no earlier model"):
        roll_back(approver, "again")


def test_who_trained_the_earlier_model_does_not_bring_it_back(browse, officer):
    both = officer("analyst", "profile_approver", national=True)
    made(both, "e" * 64, state="retired", promoted_at=timezone.now())
    champion = made(officer("analyst", national=True), state="champion")
    url = f"/targeting/models/{champion.version}/roll-back"
    text = browse(both).post(url, {"reason": "worse"}, follow=True).content.decode()
    assert "somebody else must do it" in text
    with pytest.raises(Denied):
        roll_back(both, "worse")
    assert current_version() == champion.version


def test_an_earlier_model_that_cannot_be_read_stays_out(trainer, approver):
    made(trainer, "e" * 64, state="retired", promoted_at=timezone.now())
    champion = made(trainer, state="champion")
    with pytest.raises(RollBackRefused, match="cannot read"):
        roll_back(approver, "worse")
    assert current_version() == champion.version


def test_its_page_names_the_days_and_the_release(trading, trainer, browse):
    model = train(trainer, until=FIRST)
    assert model.learned_from == trade.FIRST_DAY
    text = browse("analyst").get(f"/targeting/models/{model.version}/").content.decode()
    assert __version__ in text
    assert "Learnt from declarations since" in text


def test_risk_areas_told_apart_are_on_the_page(trainer, browse):
    by_area = {"finds_revenue": 200.0, "finds_ipr": 40.0, "auc_ipr": 0.912}
    model = made(trainer, metrics={"auc": 0.9} | by_area)
    text = browse("analyst").get(f"/targeting/models/{model.version}/").content.decode()
    assert "By risk area" in text
    assert "0.912" in text
    plain = made(trainer, "e" * 64)
    text = browse("analyst").get(f"/targeting/models/{plain.version}/").content.decode()
    assert "By risk area" not in text
