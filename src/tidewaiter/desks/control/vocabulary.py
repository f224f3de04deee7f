"""The words of this desk: lanes, controls, risk areas, severities, and what follows from a lane."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lane(models.TextChoices):
    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    YELLOW = "yellow", _("Yellow")
    BLUE = "blue", _("Blue")


class Control(models.TextChoices):
    """What is done in a lane. A profile may ask for further controls under codes of its own."""

    PHYSICAL = "physical", _("Physical examination")
    SCANNER = "scanner", _("Non-intrusive inspection")
    DOCUMENTARY = "documentary", _("Documentary check")
    POST_CLEARANCE = "post_clearance", _("Post-clearance check")


class RiskArea(models.TextChoices):
    """The same codes as risk profiles use."""

    REVENUE = "revenue", _("Revenue")
    DRUGS = "drugs", _("Drugs")
    SECURITY = "security", _("Security")
    IPR = "ipr", _("Counterfeits")
    HEALTH = "health", _("Health and safety")
    ENVIRONMENT = "environment", _("Environment")
    EMERGING = "emerging", _("Emerging risks")


class Severity(models.IntegerChoices):
    """As in the outcomes stream."""

    NONE = 0, _("none")
    IRREGULARITY = 1, _("irregularity")
    CRITICAL = 2, _("critical")


class State(models.TextChoices):
    """waiting → assigned → in progress → recorded → (returned → recorded); or cancelled."""

    WAITING = "waiting", _("waiting")
    ASSIGNED = "assigned", _("assigned")
    IN_PROGRESS = "in_progress", _("in progress")
    RECORDED = "recorded", _("recorded")
    RETURNED = "returned", _("returned")
    CANCELLED = "cancelled", _("cancelled")


# What an inspector still has to do something about.
IN_HAND = (State.ASSIGNED, State.IN_PROGRESS, State.RETURNED)
OPEN = (State.WAITING, *IN_HAND)
NOT_BEGUN = (State.WAITING, State.ASSIGNED)

# Strictest first: a control of an earlier lane includes what a later one would look at.
STRICTNESS: dict[str, int] = {lane: rank for rank, lane in enumerate(Lane.values)}

LANE_CONTROL: dict[str, str] = {
    Lane.RED: Control.PHYSICAL,
    Lane.ORANGE: Control.SCANNER,
    Lane.YELLOW: Control.DOCUMENTARY,
    Lane.BLUE: Control.POST_CLEARANCE,
}

# Days from the day an order may begin to the day it is due. Goods wait for the first three;
# after release nobody waits.
DUE_DAYS: dict[str, int] = {Lane.RED: 0, Lane.ORANGE: 0, Lane.YELLOW: 0, Lane.BLUE: 30}


def control_label(code: str) -> str:
    """The name of a control; a code that only a profile knows is shown as it is."""
    return str(Control(code).label) if code in Control.values else code.replace("_", " ")
