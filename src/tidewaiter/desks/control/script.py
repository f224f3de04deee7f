"""The text of the service worker, which is served from this desk's own address."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders


@cache
def worker_script() -> str:
    """Raises FileNotFoundError when the installation lacks its static files."""
    path = finders.find("js/control/worker.js")
    if path is None:
        raise FileNotFoundError("js/control/worker.js is missing among the static files")
    return Path(path).read_text("utf-8")
