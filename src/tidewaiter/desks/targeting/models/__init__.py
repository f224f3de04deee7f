from tidewaiter.desks.targeting.models.learning import BaselineVersion, RiskModelVersion
from tidewaiter.desks.targeting.models.lists import ListValue, ListVersion, RiskList
from tidewaiter.desks.targeting.models.policies import PolicyVersion
from tidewaiter.desks.targeting.models.profiles import ProfileEvent, ProfileVersion, RiskProfile
from tidewaiter.desks.targeting.models.runs import Pins, SelectionRun
from tidewaiter.desks.targeting.models.studies import Study
from tidewaiter.desks.targeting.models.views import Override, SavedView

__all__ = [
    "BaselineVersion",
    "ListValue",
    "ListVersion",
    "Override",
    "Pins",
    "PolicyVersion",
    "ProfileEvent",
    "ProfileVersion",
    "RiskList",
    "RiskModelVersion",
    "RiskProfile",
    "SavedView",
    "SelectionRun",
    "Study",
]
