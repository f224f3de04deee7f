"""Breaking the glass: with a reason, for some hours, seen at once and looked at afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tidewaiter.platform.accounts import delegations, emergencies
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.models import Emergency, Office, User
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
REASON = "A truck with ivory has left for the other office."


@pytest.fixture
def there():
    return Office.objects.create(code="THERE")


@pytest.fixture
def ivan(officer):
    return officer("inspector", offices=["HERE"], username="ivan")


def fresh(user: User) -> User:
    """As the next request finds him."""
    return User.objects.get(pk=user.pk)


def test_an_office_is_open_for_some_hours_and_shut_by_itself(ivan, there):
    assert not ivan.scope().allows("THERE")
    made = emergencies.begin(ivan, there, reason=REASON, hours=2)
    assert ivan.scope().codes == fresh(ivan).scope().codes == {"HERE", "THERE"}
    entry = Entry.objects.first()
    assert (entry.action, entry.reason, entry.office) == ("emergency.begin", REASON, "THERE")
    Emergency.objects.filter(pk=made.pk).update(ends_at=timezone.now())
    assert fresh(ivan).scope().codes == {"HERE"}


def test_it_can_be_ended_before_its_time_by_himself(ivan, there):
    made = emergencies.begin(ivan, there, reason=REASON, hours=2)
    emergencies.end(ivan, made)
    assert fresh(ivan).scope().codes == {"HERE"}
    assert not made.lasts


@pytest.mark.parametrize(
    ("field", "given"),
    [("reason", {"reason": "urgent"}), ("hours", {"hours": 9}), ("hours", {"hours": 0})],
)
def test_what_is_no_reason_or_too_long_is_refused(ivan, there, field, given):
    with pytest.raises(ValidationError) as refused:
        emergencies.begin(ivan, there, **{"reason": REASON, "hours": 2, **given})
    assert field in refused.value.message_dict
    assert not Emergency.objects.exists()


def test_ones_own_office_needs_none(ivan):
    with pytest.raises(ValidationError, match="already"):
        emergencies.begin(ivan, Office.objects.get(code="HERE"), reason=REASON, hours=1)


def test_nobody_breaks_it_who_could_give_away_what_he_sees(officer, there):
    for roles in (("inspector", "administrator"), ("intake_clerk",)):
        with pytest.raises(Denied):
            emergencies.begin(officer(*roles, offices=["HERE"]), there, reason=REASON, hours=1)


def test_those_who_lead_either_office_and_internal_affairs_see_it_and_others_do_not(
    officer, ivan, there
):
    made = emergencies.begin(ivan, there, reason=REASON, hours=1)
    for sees in (
        officer("supervisor", offices=["HERE"]),
        officer("supervisor", offices=["THERE"]),
        officer("internal_affairs", national=True),
    ):
        assert list(emergencies.to_look_at(sees)) == [made]
    assert list(emergencies.to_look_at(officer("supervisor", offices=["ELSEWHERE"]))) == []


def test_nobody_looks_at_his_own(officer, there):
    sara = officer("supervisor", offices=["HERE"])
    made = emergencies.begin(sara, there, reason=REASON, hours=1)
    emergencies.end(sara, made)
    assert list(emergencies.to_look_at(sara)) == []
    with pytest.raises(Denied):
        emergencies.review(sara, made, "All was well.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Emergency.objects.filter(pk=made.pk).update(reviewed_by=sara)


def test_whom_he_leads_or_who_stands_in_for_him_does_not_look_at_it_either(
    officer, browse, ivan, there
):
    made = emergencies.begin(ivan, there, reason=REASON, hours=1)
    emergencies.end(ivan, made)
    led, stands_in = (officer("supervisor", offices=["HERE"]) for _ in range(2))
    delegations.set_superior(None, led, ivan)
    today = timezone.localdate()
    delegations.delegate(ivan, ivan, stands_in, since=today, until=today)
    for sara, why in ((led, "ivan leads you"), (stands_in, "You stand in for ivan")):
        assert list(emergencies.to_look_at(sara)) == []
        page = browse(sara).get(f"/accounts/emergencies/{made.pk}/").content.decode()
        assert why in page
        assert "remark" not in page
        with pytest.raises(Denied, match=why):
            emergencies.review(sara, made, "All was well.")


def test_it_is_ended_and_looked_at_in_the_pages(browse, ivan, there):
    officer = browse(ivan)
    assert reverse("accounts:begin_emergency") in officer.get("/accounts/me/").content.decode()
    form = {"office": there.code, "reason": "x", "hours": 1}
    nowhere = officer.post("/accounts/emergencies/new/", form | {"office": "NOWHERE"})
    assert "no office of this code" in nowhere.content.decode()
    assert "in a sentence" in officer.post("/accounts/emergencies/new/", form).content.decode()
    answer = officer.post("/accounts/emergencies/new/", form | {"reason": REASON}, follow=True)
    assert "you see the office THERE" in answer.content.decode()

    sara = browse("supervisor", offices=["THERE"])
    assert "Emergencies to look at" in sara.get("/").content.decode()
    made = Emergency.objects.get()
    page = f"/accounts/emergencies/{made.pk}/"
    assert REASON in sara.get("/accounts/emergencies/?state=waiting").content.decode()
    assert "It still lasts" in sara.post(page, {"remark": "Right."}).content.decode()
    sara.post(f"{page}end")
    assert "you see the office THERE" not in officer.get("/").content.decode()
    sara.post(page, {"remark": "Right, and quickly done."})
    made.refresh_from_db()
    assert (made.reviewed_by, made.remark) == (sara.user, "Right, and quickly done.")
    assert "looked at" in sara.get("/accounts/emergencies/").content.decode()
    actions = list(Entry.objects.filter(action__startswith="emergency").values_list("action"))
    assert actions == [("emergency.review",), ("emergency.end",), ("emergency.begin",)]


def test_an_emergency_of_strangers_is_not_found(browse, ivan, there):
    made = emergencies.begin(ivan, there, reason=REASON, hours=1)
    client = browse("supervisor", offices=["ELSEWHERE"])
    assert client.get(f"/accounts/emergencies/{made.pk}/").status_code == 404
    assert client.post(f"/accounts/emergencies/{made.pk}/end").status_code == 404
    assert made.lasts
    assert made.begun_at > timezone.now() - timedelta(minutes=1)
