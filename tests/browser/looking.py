"""How a page is looked at: axe against WCAG 2.2 AA, its width, what the browser complains of."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESKTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# How a page can be shown; a test over all of them is parametrized by the names.
LOOKS: dict[str, dict[str, object]] = {
    "light": DESKTOP,
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "rtl": {**DESKTOP, "locale": "ar"},
    "phone": PHONE,
}


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds, as `rule: element`; of all rules of level AA, or only of the named ones."""
    if not AXE.exists():
        pytest.fail("axe-core is not there: build the front end first")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    asked = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": LEVELS}
    found = page.evaluate("(only) => axe.run({runOnly: only})", asked)["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def at_rest(check: Callable[[], list[str]], seconds: float = 5.0) -> list[str]:
    """What `check` finds wrong and goes on finding: a page on a busy machine takes its time.

    Colours change over, charts are drawn anew for another width: only what stays is a fault.
    """
    end = time.monotonic() + seconds
    while (wrong := check()) and time.monotonic() < end:
        time.sleep(0.25)
    return wrong


def wait_for_parts(page: Page) -> None:
    """Until htmx has fetched what the page asked for; leaving earlier would be told as an error."""
    page.wait_for_function("() => !document.querySelector('.htmx-request')")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide, seen = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    # A phone zooms out to show what is too wide: the window is then wider than the screen.
    return max(wide, seen) - page.viewport_size["width"]


def widest(page: Page) -> list[str]:
    """The elements that reach beyond the screen, for whoever has to mend it."""
    return page.evaluate(
        """(wide) => [...document.body.querySelectorAll(":not(thead *)")]
          .filter((one) => { const box = one.getBoundingClientRect(); return box.right > wide + 1 || box.left < -1; })
          .map((one) => one.outerHTML.slice(0, 120))""",
        page.viewport_size["width"],
    )[:5]


def too_wide(page: Page) -> list[str]:
    """By how much the page is wider than its window and what reaches beyond it, if it is."""
    pixels = overflow(page)
    return [f"{pixels} pixels too wide: {widest(page)}"] if pixels > 0 else []


def look(page: Page, name: str = "") -> None:
    """Everybody can use the page as it stands; `name`: of the picture, if pictures are kept."""
    keep_picture(page, name)
    assert at_rest(lambda: violations(page)) == [], page.url
    assert at_rest(lambda: too_wide(page)) == [], page.url


def keep_picture(page: Page, name: str) -> None:
    """For the documentation, when TIDEWAITER_PICTURES names a folder."""
    folder = os.environ.get("TIDEWAITER_PICTURES")
    if folder and name:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def listen(page: Page) -> list[str]:
    """Errors that the page's console and scripts tell from now on."""
    told: list[str] = []
    page.on("console", lambda said: told.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told
