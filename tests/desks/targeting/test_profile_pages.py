"""Pages of profiles and lists, as an officer uses them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.actions.lists import add_values, create_list, current_lists
from tidewaiter.desks.targeting.models import ListValue, ProfileVersion, RiskProfile
from tidewaiter.desks.targeting.queries.trial import trial
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from django.test import Client

pytestmark = pytest.mark.django_db
WRITER, APPROVER = "targeting_officer", "profile_approver"
FIELDS = {
    "code": "P1", "title": "Heavy", "condition": "net_mass > 5\r\nAND origin = 'CN'",
    "risk_area": "revenue", "severity": "2", "weight": "1", "controls": ["documentary"],
    "valid_to": "2027-01-31", "change": "first",
}  # fmt: skip


@pytest.fixture(autouse=True)
def operator(officer: Callable[..., object]) -> object:
    """In whose name the house works by itself."""
    return officer("operator", national=True, username="operator")


def page(client: Client, view: str, /, *args: object, **query: object) -> HttpResponse:
    return client.get(reverse(f"targeting:{view}", args=args), query)


def post(client: Client, view: str, /, *args: object, **data: object) -> HttpResponse:
    return client.post(reverse(f"targeting:{view}", args=args), data)


def text(response: HttpResponse) -> str:
    """The page without its random tokens, which may hold any short code."""
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", response.getvalue().decode())


def test_from_the_editor_to_force(browse: Callable[..., Client]) -> None:
    writer, approver = browse(WRITER, national=True), browse(APPROVER, national=True)
    assert page(writer, "profile_new").status_code == 200
    assert post(writer, "profile_new", **FIELDS, save="1").status_code == 302
    assert "draft" in text(page(writer, "profile", "P1")).lower()
    changed = FIELDS | {"title": "Heavy goods", "seen": ProfileVersion.objects.get().digest}
    response = post(writer, "profile_edit", "P1", **changed, propose="1")
    assert response.status_code == 302
    shown = text(page(approver, "profile", "P1"))
    assert "net_mass &gt; 5" in shown
    assert "Agree" in shown
    assert "Agree" not in text(page(writer, "profile", "P1"))
    assert post(writer, "profile_decide", "P1", version="1", agree="1").status_code == 403
    assert post(approver, "profile_decide", "P1", version="1", agree="1").status_code == 302
    (active,) = actions.active_profile_set(date(2026, 1, 1)).profiles
    assert (active.title, active.valid_to) == ("Heavy goods", date(2027, 1, 31))
    assert active.condition == "net_mass > 5\nAND origin = 'CN'"


def test_the_editor_shows_what_is_wrong_and_keeps_the_text(browse: Callable[..., Client]) -> None:
    writer = browse(WRITER, national=True)
    wrong = FIELDS | {"condition": "net_mas > 5", "reason": "{orgin}"}
    response = post(writer, "profile_new", **wrong, propose="1")
    assert response.status_code == 400
    assert "did you mean" in text(response)
    assert "orgin" in text(response)
    assert RiskProfile.objects.count() == 0
    # A draft may be saved as it is.
    assert post(writer, "profile_new", **wrong, save="1").status_code == 302


def test_the_text_is_checked_while_it_is_written(browse: Callable[..., Client]) -> None:
    writer = browse(WRITER, national=True)
    shown = text(post(writer, "profile_check", condition="orgin = 'CN'", caret="5"))
    assert '<mark class="editor-error">orgin</mark>' in shown
    assert 'data-from="0" data-to="5"' in shown
    shown = text(post(writer, "profile_check", condition="orig", caret="4"))
    assert 'data-insert="origin" data-start="0"' in shown
    shown = text(post(writer, "profile_check", condition="<script>", caret="x"))
    assert "<script>" not in shown
    shown = text(post(writer, "profile_check", condition="net_mass > 5 AND origin = 'CN'"))
    assert "AND origin = " in shown
    assert "Can be judged" in shown


def _traffic(days: int = 40) -> None:
    """Two items a day at two offices; even days are heavy, every fourth was controlled."""
    declared = pl.DataFrame(
        [
            {
                "declaration_id": f"{office}-{n}", "item_no": 1, "office": office, "function": "original",
                "declaration_date": date.fromordinal(date(2026, 1, 1).toordinal() + n),
                "net_mass": None if n % 5 == 0 else float(10 * (n % 2 == 0)), "origin": "CN",
                "importer": f"IMP{n}", "hs": "851712",
            }
            for n in range(days)
            for office in ("A", "B")
        ]
    )  # fmt: skip
    outcomes = declared.filter(pl.col("declaration_id").str.contains(r"^A-.*[02468]$")).select(
        "declaration_id", "item_no", "office", "declaration_date", control_ref=pl.lit("c"),
        known_on="declaration_date", found=pl.lit(value=True),
    )  # fmt: skip
    for stream, frame in ((DECLARATIONS, declared), (OUTCOMES, outcomes)):
        kept = frame.with_columns(
            key=record_key(*stream.natural_key), version=pl.lit(1, dtype=pl.Int64),
            month=pl.col("declaration_date").dt.strftime("%Y-%m"),
        )  # fmt: skip
        lake().append(stream, [stream.conform(kept)], cause="test")


def test_a_profile_is_tried_on_the_last_month_of_the_officers_offices(
    browse: Callable[..., Client],
) -> None:
    writer = browse(WRITER, offices=["A"])
    assert "of 30" not in text(post(writer, "profile_check", condition="net_mass > 5"))
    assert "no traffic yet" in text(post(writer, "profile_try", condition="net_mass > 5"))
    _traffic()
    shown = text(post(writer, "profile_try", condition="net_mass > 5"))
    assert "of 30" in shown
    assert "A-38" in shown or "A-12" in shown
    assert "B-" not in shown
    # From then on the count is told while he types.
    shown = text(post(writer, "profile_check", condition="net_mass > 5 AND origin = 'CN'"))
    assert "12 items of 30" in shown
    assert "mended" in text(post(writer, "profile_try", condition="net_mas > 5"))
    shown = text(post(browse(WRITER, national=True), "profile_try", condition="net_mass > 5"))
    assert "of 60" in shown


def test_the_trial_counts(officer: Callable[..., object]) -> None:
    _traffic()
    done = trial(officer(WRITER, offices=["A"]), Profile("", "", "net_mass > 5"))
    # Days 10 to 39: even and not a multiple of five are heavy, multiples of five unknown.
    assert (done.items, done.hits, done.unknown) == (30, 12, 6)
    assert (done.controlled, done.found) == (12, 12)
    scoped = replace(Profile("", "", "net_mass > 5"), offices=("B",))
    assert trial(officer(WRITER, offices=["A"]), scoped).hits == 0


def test_list_of_profiles_filters_sorts_pages_and_exports(browse: Callable[..., Client]) -> None:
    writer = browse(WRITER, national=True)
    for n in range(60):
        area = "drugs" if n % 2 else "revenue"
        made = Profile(f"P{n:02d}", f"Title {n}", "net_mass > 5", risk_area=area)
        actions.save_draft(writer.user, made)
    shown = text(page(writer, "profiles"))
    assert "P00" in shown
    assert "P59" not in shown
    assert "P59" in text(page(writer, "profiles", page=2))
    assert "P59" in text(page(writer, "profiles", sort="-code"))
    shown = text(page(writer, "profiles", area="drugs", q="title 5"))
    assert "P51" in shown
    assert "P50" not in shown
    exported = text(page(writer, "profiles_export", area="drugs"))
    assert exported.count("[[profile]]") == 30
    back = SimpleUploadedFile("x.toml", exported.replace("Title 51", "Renamed").encode())
    assert post(writer, "profiles_import", file=back).status_code == 302
    assert RiskProfile.objects.get(code="P51").title == "Renamed"


def test_versions_are_compared(browse: Callable[..., Client]) -> None:
    writer, approver = browse(WRITER, national=True), browse(APPROVER, national=True)
    for number, limit in enumerate((5, 9), start=1):
        version = actions.save_draft(writer.user, Profile("P1", "T", f"net_mass > {limit}"))
        actions.decide(approver.user, actions.propose(writer.user, version), agree=True)
        assert version.number == number
    shown = text(page(writer, "profile", "P1", version=2, against=1))
    assert "<del>net_mass &gt; 5</del>" in shown
    assert "<ins>net_mass &gt; 9</ins>" in shown
    retired = post(writer, "profile_retire", "P1", version="2", remark="")
    assert retired.status_code == 400
    assert post(writer, "profile_retire", "P1", version="2", remark="old").status_code == 302
    assert post(approver, "profile_decide", "P1", version="2", agree="1").status_code == 302
    assert not ProfileVersion.objects.filter(state="active").exists()


def test_a_list_is_kept_under_four_eyes_on_its_page(browse: Callable[..., Client]) -> None:
    writer, approver = browse(WRITER), browse(APPROVER)
    assert post(writer, "list_create", name="suspended", title="Suspended").status_code == 302
    assert post(writer, "list_create", name="Suspended").status_code == 400
    assert post(writer, "list_add", "suspended", value="I1", note="x").status_code == 302
    bad = post(
        writer, "list_add", "suspended", value="I1", valid_from="2026-02-01", valid_to="2026-01-01"
    )
    assert bad.status_code == 400
    file = SimpleUploadedFile("more.csv", b"value,note\nI2,\nI3,=1+1\n")
    assert post(writer, "list_upload", "suspended", file=file).status_code == 302
    broken = SimpleUploadedFile("more.csv", b"code\nI2\n")
    assert post(writer, "list_upload", "suspended", file=broken).status_code == 400
    assert current_lists()["suspended"] == {"I1", "I2", "I3"}
    assert text(page(writer, "list_export", "suspended")).splitlines()[1] == "I1,,,x"
    row = str(ListValue.objects.in_force().get(value="I1").pk)
    post(writer, "list_remove", "suspended", value=row, reason="acquitted")
    assert "removal proposed" in text(page(writer, "list", "suspended", state="removal"))
    assert post(writer, "list_decide", "suspended", value=row, agree="1").status_code == 403
    post(approver, "list_decide", "suspended", value=row, agree="1")
    assert current_lists()["suspended"] == {"I2", "I3"}
    assert ">I1<" in text(page(writer, "list", "suspended", state="removed"))
    assert ">I1<" not in text(page(writer, "list", "suspended", q="I1"))
    assert "suspended" in text(page(writer, "lists", q="susp"))
    assert "suspended" in text(page(writer, "lists_export"))


def test_a_list_names_the_profiles_that_use_it(browse: Callable[..., Client]) -> None:
    writer, approver = browse(WRITER, national=True), browse(APPROVER, national=True)
    add_values(writer.user, create_list(writer.user, name="hubs"), [ListEntry("HK")])
    made = Profile("P1", "T", "origin IN LIST('hubs')")
    version = actions.propose(writer.user, actions.save_draft(writer.user, made))
    actions.decide(approver.user, version, agree=True)
    assert reverse("targeting:profile", args=["P1"]) in text(page(writer, "list", "hubs"))


def test_an_active_profile_that_broke_is_told(browse: Callable[..., Client]) -> None:
    writer, approver = browse(WRITER, national=True), browse(APPROVER, national=True)
    for code in ("GOOD", "BAD"):
        version = actions.save_draft(writer.user, Profile(code, "T", "net_mass > 5"))
        version = actions.decide(approver.user, actions.propose(writer.user, version), agree=True)
    # As if an upgrade had taken a field away.
    version.content["condition"] = "gone_mass > 5"
    version.save()
    shown = text(page(writer, "profiles"))
    assert "cannot be judged" in shown
    assert "gone_mass" in shown
    assert actions.active_profile_set(date(2026, 1, 1)).codes == ("GOOD",)


def test_two_officers_edit_one_draft(browse: Callable[..., Client]) -> None:
    first, second = browse(WRITER, national=True), browse(WRITER, national=True)
    post(first, "profile_new", **FIELDS, save="1")
    seen = ProfileVersion.objects.get().digest
    assert f'value="{seen}"' in text(page(second, "profile_edit", "P1"))
    changed = FIELDS | {"title": "Other"}
    assert post(second, "profile_edit", "P1", **changed, seen=seen, save="1").status_code == 302
    refused = post(first, "profile_edit", "P1", **FIELDS | {"title": "Mine"}, seen=seen, save="1")
    assert refused.status_code == 400
    assert second.user.username in text(refused)
    assert "Mine" in text(refused)


def test_versions_are_shown_side_by_side_and_reviews_are_called_for(
    browse: Callable[..., Client],
) -> None:
    writer, approver = browse(WRITER, national=True), browse(APPROVER, national=True)
    first = FIELDS | {"review_on": "2026-01-31", "valid_to": ""}
    post(writer, "profile_new", **first, propose="1")
    post(approver, "profile_decide", "P1", version="1", agree="1")
    second = first | {"condition": "net_mass > 7 AND origin = 'CN'", "severity": "4"}
    post(writer, "profile_edit", "P1", **second, save="1")
    shown = text(page(approver, "profile", "P1", version="2"))
    assert "<del>net_mass &gt; 5</del>" in shown
    assert "<ins>net_mass &gt; 7</ins>" in shown
    assert "AND origin = &#x27;CN&#x27;</td>" in shown
    assert "Severity" in shown.split("Fields changed")[1]
    assert "due for review" in text(page(writer, "profiles"))
    assert "P1" in text(page(writer, "profiles", state="review"))


def test_save_and_backtest_leads_to_the_answer(browse: Callable[..., Client]) -> None:
    writer = browse(WRITER, national=True)
    response = post(writer, "profile_new", **FIELDS, backtest="1")
    assert response.status_code == 302
    assert "/backtests/" in response["Location"]
    waiting = text(writer.get(response["Location"]))
    assert "Waits for its turn" in waiting
    assert "Stop" in waiting
    assert ProfileVersion.objects.get().state == ProfileVersion.State.DRAFT
