"""Risk profiles: data, files, and the set that judges records."""

from __future__ import annotations

from tidewaiter.engine.risk.profiles.evaluation import ProfileSet
from tidewaiter.engine.risk.profiles.files import (
    FileProblem,
    parse_profiles,
    read_profiles,
    write_profiles,
)
from tidewaiter.engine.risk.profiles.hits import Hits
from tidewaiter.engine.risk.profiles.profile import (
    DIRECTIONS,
    LANES,
    RISK_AREAS,
    Broken,
    Profile,
    field_problems,
    reason_problem,
)

__all__ = [
    "DIRECTIONS",
    "LANES",
    "RISK_AREAS",
    "Broken",
    "FileProblem",
    "Hits",
    "Profile",
    "ProfileSet",
    "field_problems",
    "parse_profiles",
    "read_profiles",
    "reason_problem",
    "write_profiles",
]
