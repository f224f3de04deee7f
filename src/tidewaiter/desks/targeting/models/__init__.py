from tidewaiter.desks.targeting.models.runs import DayKey, Pins, SelectionRun

__all__ = [
    "DayKey",
    "Pins",
    "SelectionRun",
]
