"""The engine: functions over data frames. No web framework, no database.

`import tidewaiter.engine as tw` works in a notebook; `tw.load`, `tw.facts` and the others come from
`tidewaiter.engine.analyst`, which is imported when one of them is first used. The desks call the
functions behind them.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = [
    "World",
    "assess",
    "baselines",
    "facts",
    "lists",
    "load",
    "plots",
    "profiles",
    "ranking",
    "select",
    "simulated",
    "train",
    "try_profiles",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("tidewaiter.engine.analyst"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
