"""Third-party browser code: built by `make frontend`, found through VENDOR.json."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.core.checks import Tags, register
from django.core.checks import Warning as Warn

FOLDER = Path(__file__).parent / "static" / "vendor"


@lru_cache(maxsize=1)
def packages() -> dict[str, dict[str, object]]:
    """What was built, by package name; empty if nothing was."""
    manifest = FOLDER / "VENDOR.json"
    if not manifest.exists():
        return {}
    return {entry["name"]: entry for entry in json.loads(manifest.read_text(encoding="utf-8"))}


def path(package: str, file: str) -> str:
    """Path below STATIC_URL, or empty if the front end has not been built."""
    entry = packages().get(package)
    return f"vendor/{entry['folder']}/{file}" if entry else ""


@register(Tags.staticfiles)
def built(**_: object) -> list[Warn]:
    if packages():
        return []
    return [
        Warn(
            "The front end has not been built: pages work without fonts, charts and live parts.",
            hint="Run `make frontend` (needs Node.js 20 or newer).",
            id="tidewaiter.W001",
        )
    ]
