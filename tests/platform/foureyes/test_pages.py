"""The pages of proposals: what waits for whom, the difference, the decision, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tidewaiter.platform.accounts import delegations
from tidewaiter.platform.foureyes import actions
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
URL = "/four-eyes/"


def proposed(by, subject="figure", **more) -> Proposal:
    return actions.propose(by, "test.figure", subject, reason=f"Why {subject}.", **more)


def text(answer) -> str:
    return answer.content.decode()


def order_of(page: str, *subjects: str) -> list[str]:
    """Those that the page shows, in its order."""
    places = {one: page.find(f"Why {one}.") for one in subjects}
    return sorted((one for one in subjects if places[one] >= 0), key=places.get)


def test_what_he_may_decide_comes_first_and_is_counted(desk, anna, berta, browse):
    for subject in ("older", "mine", "done", "newest"):
        proposed(berta if subject == "mine" else anna, subject)
    actions.approve(berta, Proposal.objects.get(subject="done").pk)
    client = browse(berta)
    page = text(client.get(URL))
    assert order_of(page, "older", "mine", "done", "newest") == ["newest", "older", "mine", "done"]
    assert "2 that I may decide" in page
    assert page.count("Yours to decide") == 2
    assert "To decide as second officer" in text(client.get("/"))
    assert order_of(text(client.get(f"{URL}?mine=decide")), "older", "mine") == ["older"]
    assert order_of(text(client.get(f"{URL}?mine=own")), "older", "mine") == ["mine"]
    assert order_of(text(client.get(f"{URL}?state=approved")), "done", "mine") == ["done"]
    assert order_of(text(client.get(f"{URL}?q=old&kind=test.figure")), "older", "mine") == ["older"]
    assert order_of(text(client.get(f"{URL}?sort=subject")), "done", "older") == ["done", "older"]
    assert order_of(text(client.get(f"{URL}?who=nobody&page=9")), "done", "older") == []
    assert "that I may decide" not in text(browse(anna).get(URL))


def test_it_is_read_compared_and_approved(desk, anna, berta, browse):
    made = proposed(anna)
    client = browse(berta)
    page = text(client.get(f"{URL}{made.pk}/"))
    for told in ("A figure: figure", "anna", "Why figure.", "Figure", ">0<", ">1<", "Approve"):
        assert told in page
    silent = client.post(f"{URL}{made.pk}/return", {"remark": " "})
    assert silent.status_code == 422
    assert "Say why." in text(silent)
    done = client.post(f"{URL}{made.pk}/approve", {"remark": "Fine."}, follow=True)
    assert "Approved." in text(done)
    assert "Fine." in text(done)
    assert "/approve" not in text(done)
    # What it changed is shown as it was then.
    desk.now["figure"] = 7
    assert ">1<" in text(client.get(f"{URL}{made.pk}/"))
    again = client.post(f"{URL}{made.pk}/approve")
    assert (again.status_code, "approved by now" in text(again)) == (422, True)


def test_who_may_not_decide_reads_why_and_has_no_button(desk, anna, berta, browse, officer):
    made = proposed(berta)
    sentence = "You proposed it: a second officer decides."
    client = browse(berta)
    page = text(client.get(f"{URL}{made.pk}/"))
    assert sentence in page
    assert "/approve" not in page
    for step in ("approve", "return"):
        answer = client.post(f"{URL}{made.pk}/{step}", {"remark": "Mine."}, follow=True)
        assert sentence in text(answer)
    dora = officer("profile_approver", national=True)
    delegations.set_superior(None, dora, berta)
    page = text(browse(dora).get(f"{URL}{made.pk}/"))
    assert "berta leads you: somebody else decides." in page
    withdraw = browse(dora).post(f"{URL}{made.pk}/withdraw", follow=True)
    assert "Only who proposed it can withdraw it." in text(withdraw)
    assert "Withdrawn." in text(client.post(f"{URL}{made.pk}/withdraw", follow=True))
    assert [step for step, *_ in desk.done] == ["withdrawn"]


def test_what_is_out_of_sight_is_not_there(desk, officer, browse):
    made = proposed(officer("targeting_officer", offices=["A"]), offices=["A"])
    there = browse("profile_approver", offices=["B"])
    for step in ("", "approve", "return", "withdraw"):
        method = there.post if step else there.get
        assert method(f"{URL}{made.pk}/{step}").status_code == 404
    assert order_of(text(there.get(URL)), "figure") == []
    assert "Why figure." not in text_of(there.get(f"{URL}export"))
    assert browse("inspector", offices=["A"]).get(URL).status_code == 403
    here = browse("profile_approver", offices=["A"])
    assert order_of(text(here.get(f"{URL}?office=A")), "figure") == ["figure"]
    assert order_of(text(here.get(f"{URL}?office=B")), "figure") == []


def text_of(answer) -> str:
    return answer.getvalue().decode()


def test_earlier_proposals_of_the_same_thing_and_the_export(desk, anna, berta, browse):
    first = proposed(anna)
    actions.return_(berta, first.pk, remark="=HYPERLINK(1)")
    second = proposed(anna)
    client = browse(berta)
    page = text(client.get(f"{URL}{second.pk}/"))
    assert f"Proposal {first.pk}: returned" in page
    lines = text_of(client.get(f"{URL}export?state=returned")).splitlines()
    assert len(lines) == 2
    assert "'=HYPERLINK(1)" in lines[1]
    assert Entry.objects.get(action="proposal.export").detail["rows"] == 1


def test_a_kind_of_a_release_that_is_gone_stops_nothing(desk, anna, berta, browse):
    made = proposed(anna)
    Proposal.objects.update(kind="of.another.release")
    page = text(browse(anna).get(f"{URL}{made.pk}/"))
    assert "This release does not know such proposals any more." in page
    assert "of.another.release" in text(browse(anna).get(URL))


def test_people_note_who_stands_in_for_them(browse, officer):
    ada = browse("inspector", offices=["A"])
    ben, far = officer("inspector", offices=["A"]), officer("inspector", offices=["B"])
    today = timezone.localdate()
    days = {"since": today.isoformat(), "until": (today + timedelta(days=3)).isoformat()}
    refused = ada.post("/accounts/me/delegations", days | {"to": far.username})
    assert (refused.status_code, "no active account" in text(refused)) == (422, True)
    refused = ada.post("/accounts/me/delegations", days | {"to": ada.user.username})
    assert "Nobody stands in for himself." in text(refused)
    done = ada.post("/accounts/me/delegations", days | {"to": ben.username}, follow=True)
    assert f"{ben.username}," in text(done)
    assert ada.user.username in text(browse(ben).get("/accounts/me/"))
    made = delegations.of(ada.user).get()
    assert browse(ben).post(f"/accounts/delegations/{made.pk}/end").status_code == 404
    assert "It is ended." in text(ada.post(f"/accounts/delegations/{made.pk}/end", follow=True))
