"""What can be done at the intake desk."""

from tidewaiter.desks.intake.actions.mappings import save_mapping
from tidewaiter.desks.intake.actions.recording import record_message, settle_journal
from tidewaiter.desks.intake.actions.submitting import Removed, replay, submit

__all__ = ["Removed", "record_message", "replay", "save_mapping", "settle_journal", "submit"]
