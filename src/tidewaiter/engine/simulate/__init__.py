"""A trade world with known truth: traffic, fraud that shifts over the months, outcomes.

    for chunk in Simulation.of(Setting(items=100_000, seed=7)).chunks():
        chunk.declarations, chunk.outcomes, chunk.truth

Own data only; nobody and no place in it exists.
"""

from tidewaiter.engine.simulate.inspection import inspect
from tidewaiter.engine.simulate.settings import Setting
from tidewaiter.engine.simulate.simulation import Chunk, Simulation
from tidewaiter.engine.simulate.writing import capacity, write

__all__ = ["Chunk", "Setting", "Simulation", "capacity", "inspect", "write"]
