"""A process that ends with the one that started it, however that ends.

Otherwise what a killed server leaves keeps its port and its home folder, and the next one cannot
begin. Linux does it; elsewhere nothing is changed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """To be called by a process for itself. `parent`: who started it, who may be gone already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
