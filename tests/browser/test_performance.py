"""Performance and models in a real browser: charts are drawn, tabs work, everybody can read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.desks.performance.test_performance import controlled  # noqa: F401  a fixture
from tests.desks.targeting.conftest import traffic  # noqa: F401  a fixture
from tests.desks.targeting.test_models import house  # noqa: F401  a fixture
from tests.fixtures import trade
from tidewaiter.desks.targeting.actions.learning import train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGE = "/performance/?since=2026-03-01&until=2026-03-31"


@pytest.fixture
def desk(browser: Browser, live_server, browse) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_desk(who: object, **options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        client = browse(who, national=True) if isinstance(who, str) else browse(who)
        cookies = [("sessionid", client.cookies["sessionid"].value)]
        if options.get("locale") == "ar":
            cookies.append(("django_language", "ar"))
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies]
        )
        return context.new_page()

    yield open_desk
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    if not AXE.exists():
        pytest.skip("axe-core is not there: build the front end first")
    page.evaluate(AXE.read_text())
    found = page.evaluate("(tags) => axe.run({runOnly: tags})", RULES)["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


@pytest.mark.usefixtures("controlled")
@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"locale": "ar"}, {"viewport": {"width": 390, "height": 844}}],
    ids=["light", "dark", "right-to-left", "phone"],
)
def test_charts_are_drawn_and_everybody_can_read_them(options, desk):
    page = desk("head_of_enforcement", **options)
    page.goto(PAGE)
    expect(page.locator("#hits svg, #hits canvas").first).to_be_visible()
    assert violations(page) == []


@pytest.mark.usefixtures("controlled")
def test_tabs_keep_the_window(desk):
    page = desk("head_of_enforcement")
    page.goto(PAGE)
    page.locator("nav.tabs a").nth(1).click()
    expect(page.locator("#yield")).to_contain_text("XT000100")
    assert "since=2026-03-01" in page.url


@pytest.mark.usefixtures("house")
def test_a_challenger_is_promoted_by_somebody_else(desk, officer):
    trainer = officer("analyst", national=True)
    train(trainer, until=trade.FIRST_DAY.replace(month=3, day=15))
    second = train(trainer)
    page = desk("profile_approver")
    page.goto(f"/targeting/models/{second.version}/")
    expect(page.locator("#weights svg, #weights canvas").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Promote").click()
    expect(page.locator(".page-head")).to_contain_text("champion")
