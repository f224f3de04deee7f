"""The kept past: facts of past days, encoded by month, so that a profile is tried in no time."""

from __future__ import annotations

from tidewaiter.engine.risk.past.matching import Matched, Window, matched, meaning, traffic
from tidewaiter.engine.risk.past.part import Part, write_part

__all__ = ["Matched", "Part", "Window", "matched", "meaning", "traffic", "write_part"]
