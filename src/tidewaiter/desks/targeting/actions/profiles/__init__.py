"""What an officer can do with risk profiles, and which of them are in force."""

from __future__ import annotations

from tidewaiter.desks.targeting.actions.profiles.deciding import decide, proposal_of, withdraw
from tidewaiter.desks.targeting.actions.profiles.exchange import (
    ProfileImport,
    export_profiles,
    import_profiles,
)
from tidewaiter.desks.targeting.actions.profiles.force import active_profile_set, load_profile_set
from tidewaiter.desks.targeting.actions.profiles.life import (
    discard_draft,
    end_the_ended,
    propose,
    propose_retirement,
    save_and_propose,
    save_draft,
)

__all__ = [
    "ProfileImport",
    "active_profile_set",
    "decide",
    "discard_draft",
    "end_the_ended",
    "export_profiles",
    "import_profiles",
    "load_profile_set",
    "proposal_of",
    "propose",
    "propose_retirement",
    "save_and_propose",
    "save_draft",
    "withdraw",
]
