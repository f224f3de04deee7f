"""What an analyst uses in a notebook, as `import tidewaiter.engine as tw`."""

from tidewaiter.engine.analyst import plots
from tidewaiter.engine.analyst.judging import (
    assess,
    baselines,
    facts,
    lists,
    profiles,
    select,
    train,
)
from tidewaiter.engine.analyst.measuring import ranking, try_profiles
from tidewaiter.engine.analyst.sources import World, load, simulated

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
