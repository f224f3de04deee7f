"""The same engine on many machines, by Spark Connect: Apache Spark and Sail both speak it.

Spark reads the files of the lake, joins, groups and retries; what is computed is computed by the
functions that one machine uses. Nothing here schedules or shuffles. The Python of the executors
needs this release of Tidewaiter installed, and sees the lake under the same address.
"""

from tidewaiter.engine.scale.assessing import Asked, assess_span, due_days
from tidewaiter.engine.scale.baselines import build
from tidewaiter.engine.scale.cluster import Cluster, ClusterUnavailable
from tidewaiter.engine.scale.shipping import Shipped

__all__ = [
    "Asked",
    "Cluster",
    "ClusterUnavailable",
    "Shipped",
    "assess_span",
    "build",
    "due_days",
]
