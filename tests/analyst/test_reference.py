"""The reference page is what `scripts/reference` writes now."""

from __future__ import annotations

import runpy
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(REPOSITORY / "scripts" / "reference"))
    kept = (REPOSITORY / "docs" / "reference.md").read_text("utf-8")
    assert kept == script["page"](), "run scripts/reference"
