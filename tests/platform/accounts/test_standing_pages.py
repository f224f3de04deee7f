"""On the page of an account: who leads him, and who stands in for him."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tidewaiter.platform.accounts import delegations
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(fresh, officer):
    return fresh(officer("administrator", offices=["A"]))


def test_an_administrator_says_who_leads_whom(boss, officer):
    ada, ben = (officer("inspector", offices=["A"], username=name) for name in ("ada", "ben"))
    page = f"/accounts/{ben.pk}/"
    done = boss.post(f"{page}superior", {"superior": "ada"}, follow=True)
    assert 'value="ada"' in done.content.decode()
    assert User.objects.get(pk=ben.pk).superior == ada
    refused = boss.post(f"/accounts/{ada.pk}/superior", {"superior": "ben"})
    assert (refused.status_code, "lead himself" in refused.content.decode()) == (422, True)
    refused = boss.post(f"{page}superior", {"superior": "nobody"})
    assert "no active account of this name" in refused.content.decode()
    boss.post(f"{page}superior", {"superior": ""})
    assert User.objects.get(pk=ben.pk).superior is None
    assert Entry.objects.filter(action="account.superior", actor=boss.user).count() == 2


def test_a_superior_out_of_sight_is_not_named(boss, officer):
    ben = officer("inspector", offices=["A"])
    far = officer("supervisor", offices=["B"], username="far-away")
    delegations.set_superior(None, ben, far)
    page = boss.get(f"/accounts/{ben.pk}/").content.decode()
    assert "Somebody leads him whose account you do not see." in page
    assert "far-away" not in page


def test_an_administrator_notes_who_stands_in(boss, officer):
    ada, ben = (officer("inspector", offices=["A"], username=name) for name in ("ada", "ben"))
    today = timezone.localdate().isoformat()
    page, days = f"/accounts/{ada.pk}/", {"since": today, "until": today}
    assert boss.post(f"{page}delegations", {"to": "ben"}).status_code == 422
    boss.post(f"{page}delegations", days | {"to": "ben"})
    made = delegations.of(ada).get()
    assert (made.to, made.made_by) == (ben, boss.user)
    assert "ben," in boss.get(page).content.decode()
    answer = boss.post(f"/accounts/delegations/{made.pk}/end")
    assert (answer.status_code, answer["Location"]) == (302, page)
