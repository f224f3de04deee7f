"""The language of risk profiles: one closed grammar, one typed tree, two evaluators."""

from __future__ import annotations

from tidewaiter.engine.risk.language.parsing import DEEPEST, LONGEST, Checked, check, parse
from tidewaiter.engine.risk.language.printing import canonical, text_of, version
from tidewaiter.engine.risk.language.problems import Problem, ProfileError
from tidewaiter.engine.risk.language.schema import Column, Kind, Schema
from tidewaiter.engine.risk.language.tree import Condition

__all__ = [
    "DEEPEST",
    "LONGEST",
    "Checked",
    "Column",
    "Condition",
    "Kind",
    "Problem",
    "ProfileError",
    "Schema",
    "canonical",
    "check",
    "parse",
    "text_of",
    "version",
]
