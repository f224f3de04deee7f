"""Tidewaiter: integrated customs compliance and enforcement."""

import os

# Polars gives memory back to the system after half a second and then asks for it again with each
# part of a file; keeping it ten seconds saves a tenth of the time of an assessment.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:10000")

__version__ = "0.1.0"
