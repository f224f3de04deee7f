"""Baselines: what is normal, as of a date.

A baseline for day d knows declarations accepted before d and results recorded before d, nothing
else: whatever happens on d or later cannot change it.
"""

from tidewaiter.engine.risk.baselines.baselines import Baselines
from tidewaiter.engine.risk.baselines.histories import HISTORIES, History
from tidewaiter.engine.risk.baselines.peers import PEERS, Peers

__all__ = ["HISTORIES", "PEERS", "Baselines", "History", "Peers"]
