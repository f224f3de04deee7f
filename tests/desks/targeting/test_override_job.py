"""The job that finishes approved overrides."""

import pytest

from tests.desks.targeting.test_declaration import WHY, in_force
from tidewaiter.desks.targeting.actions import overrides as actions
from tidewaiter.desks.targeting.jobs import overrides as job

pytestmark = pytest.mark.django_db


class Quiet:
    def check(self):
        pass


def test_the_job_carries_out_what_was_approved(officer, traffic, monkeypatch):
    anna = officer("targeting_officer", national=True)
    berta = officer("profile_approver", national=True)
    override = actions.propose_override(anna, "26XT0002", lane="red", reason=WHY)
    with monkeypatch.context() as patch:
        patch.setattr(actions, "apply_override", lambda _: None)
        actions.approve_override(berta, override.pk)
    assert job(Quiet()) == {"overrides": 1}
    assert in_force(2)["lane"] == "red"
    assert job(Quiet()) == {"overrides": 0}
