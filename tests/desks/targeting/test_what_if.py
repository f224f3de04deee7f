"""What if: another policy tried on the last month, beside the one in force."""

import io

import polars as pl
import pytest

from tests.fixtures.traffic import NORTH
from tidewaiter.desks.control.actions import set_capacity
from tidewaiter.engine.risk.selection import SelectionPolicy
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.worker import drain
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/targeting/what-if/"


@pytest.fixture
def anna(browse, traffic):
    client = browse("targeting_officer", "supervisor", national=True)
    set_capacity(client.user, office=NORTH, control="physical", minutes_per_day=75)
    return client


def asked(client, **changes):
    """The form as shown, with changes."""
    form = client.get(URL).context["form"]
    return {name: field.initial for name, field in form.fields.items()} | changes


def tried(client, **changes):
    answer = client.post(URL, asked(client, **changes))
    assert answer.status_code == 302
    drain()
    return answer["Location"]


def test_twice_the_capacity_is_twice_the_controls(anna):
    address = tried(anna, red_capacity=200, red_random_rate=0)
    page = anna.get(address)
    assert page.status_code == 200
    sheet = pl.read_csv(
        io.BytesIO(anna.get(f"{address}export").getvalue()), infer_schema_length=None
    )
    north = sheet.filter(by="office", name=NORTH).row(0, named=True)
    assert north["declared_now"] == north["declared_then"] == 15
    assert north["controls_then"] > north["controls_now"]
    assert north["finds_then"] > north["finds_now"]
    whole = sheet.filter(by="all").row(0, named=True)
    lanes = sheet.filter(by="lane")
    for figure in ("declared_now", "controls_then", "finds_then", "known_then"):
        assert lanes[figure].sum() == pytest.approx(whole[figure])
    assert NORTH in page.content.decode()
    assert {"policy.try", "policy.export"} <= set(Entry.objects.values_list("action", flat=True))


def test_the_changed_policy_is_given_as_a_file(anna):
    address = tried(anna, red_random_rate=5, weight_drugs=3, limit=20, blue_minutes=90)
    policy = SelectionPolicy.from_toml(anna.get(f"{address}policy.toml").content.decode())
    assert policy.lanes[0].random_rate == 0.05
    assert (policy.weights, policy.trader_limit.rate) == ({"drugs": 3.0}, 0.2)
    assert policy.minutes_of("post_clearance") == 90
    assert policy.lanes[1:] == SelectionPolicy().lanes[1:]


def test_what_is_not_changed_is_the_policy_in_force(anna):
    address = tried(anna)
    text = anna.get(f"{address}policy.toml").content.decode()
    assert SelectionPolicy.from_toml(text).version == SelectionPolicy().version


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"red_random_rate": 101}, "100"),
        ({"red_minutes": 0}, "minutes: must be above 0"),
        ({"red_random_rate": 60, "blue_random_rate": 60}, "random rates add up to more than 1"),
        ({"limit": "many"}, "number"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_with_the_reason(anna, changes, said):
    answer = anna.post(URL, asked(anna, **changes))
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Job.objects.filter(kind="targeting.whatif").exists()


def test_a_trial_that_waits_says_so(anna):
    address = anna.post(URL, asked(anna))["Location"]
    page = anna.get(address).content.decode()
    assert "Waiting for a worker" in page
    assert anna.get(f"{address}export").status_code == 404


def test_an_empty_lake_is_no_error(browse, home):
    client = browse("analyst", national=True)
    page = client.get(tried(client)).content.decode()
    assert "Nothing came of this trial" in page
