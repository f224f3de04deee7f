"""The selection policy: which version is in force, and how another one comes into force."""

from __future__ import annotations

from tidewaiter.desks.targeting.actions.policy.force import (
    current_policy,
    in_force,
    policy_of,
    unread_file,
)
from tidewaiter.desks.targeting.actions.policy.life import (
    Trial,
    decide,
    import_policy,
    proposal_of,
    propose,
    withdraw,
    write_policy,
)

__all__ = [
    "Trial",
    "current_policy",
    "decide",
    "import_policy",
    "in_force",
    "policy_of",
    "proposal_of",
    "propose",
    "unread_file",
    "withdraw",
    "write_policy",
]
