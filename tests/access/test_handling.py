"""Handling codes × pages: what is above an officer's clearance is not there, and not counted."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from tests.access.factories import CHANGING
from tests.access.of_control import photograph_of
from tests.access.test_matrix import PLAIN, content
from tests.fixtures.machines import token_of
from tests.fixtures.traffic import NORTH
from tidewaiter.desks.control import actions as control
from tidewaiter.desks.control.models import ControlOrder, Photograph
from tidewaiter.desks.targeting.actions.export import write_export
from tidewaiter.desks.targeting.actions.lists import add_values, create_list, lists_for
from tidewaiter.desks.targeting.actions.profiles import import_profiles, save_draft
from tidewaiter.desks.targeting.actions.profiles.life import problems_of
from tidewaiter.desks.targeting.models import RiskList, RiskProfile
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.engine.risk.profiles import Profile, write_profiles
from tidewaiter.platform.accounts.actions import set_clearance
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.handling import CODES, level_of
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
HIT = "PHONES"  # the profile that the traffic hit, by its code
WORDS = "Phones at"  # of its reason
INSTRUCTIONS = "Open every third carton."
LEVELS = [code.level for code in CODES]
# Roles of whoever sees the pages of every desk; not the ledger, whose readers see all that was done.
READERS = [role for role in ROLES if role not in ("internal_affairs", "operator")]


@pytest.fixture
def author(officer):
    return officer("targeting_officer", "profile_approver", national=True, clearance=5)


@pytest.fixture
def confidential(author, traffic, tmp_path, officer):
    """A profile of intelligence that selects, the list it reads, and a photograph."""
    made = create_list(author, name="whispers", title="Whispered names", handling=4)
    add_values(author, made, [ListEntry("SECRETVALUE")])
    profile = Profile(
        HIT, "Whispered phones", "importer IN LIST('whispers')", reason="Phones at {value_per_kg}",
        handling_code="confidential", mandatory=True, lane="red", instructions=INSTRUCTIONS,
    )  # fmt: skip
    path = tmp_path / "whispers.toml"
    path.write_text(write_profiles([profile]), "utf-8")
    assert not import_profiles(author, [path], approve=True).problems
    picture = photograph_of(NORTH, officer("inspector", offices=[NORTH]))
    Photograph.objects.filter(pk=picture.pk).update(handling=4)
    return picture


@pytest.fixture
def reader(browse):
    def enter(clearance: int):
        return browse(*READERS, national=True, clearance=clearance)

    return enter


@pytest.mark.parametrize("level", LEVELS)
def test_pages_by_clearance(level, reader, confidential):
    """Code, words, list and values are on some page for who is cleared, on none for who is not."""
    client, cleared = reader(level), level >= 4
    secrets = (HIT, WORDS, "whispers", "Whispered", "SECRETVALUE")
    shown = {}
    for door in PLAIN:
        if door.mark == "ledger.read":
            continue
        answer = client.get(reverse(door.name))
        if answer.status_code == 200:
            shown[door.name] = answer.getvalue().decode(errors="replace")
    told = {name for name, text in shown.items() if any(secret in text for secret in secrets)}
    assert bool(told) == cleared, told
    if cleared:
        assert {"targeting:worklist", "targeting:profiles", "targeting:lists"} <= told


@pytest.mark.parametrize("level", LEVELS)
def test_what_has_an_address_of_its_own(level, reader, confidential):
    client, expected = reader(level), 200 if level >= 4 else 404
    picture = {"pk": confidential.pk}
    for name, arguments in (
        ("targeting:profile", {"code": HIT}),
        ("targeting:profile_edit", {"code": HIT}),
        ("targeting:list", {"name": "whispers"}),
        ("targeting:list_export", {"name": "whispers"}),
        ("control:photograph", picture),
    ):
        assert client.get(reverse(name, kwargs=arguments)).status_code == expected, name
    original = reverse("control:photograph", kwargs=picture)
    assert client.get(original, {"original": ""}).status_code == expected
    changed = client.post(reverse("control:photograph_handling", kwargs=picture), {"handling": "1"})
    assert changed.status_code == (302 if level >= 4 else 404)


def test_nothing_differs_for_who_is_not_cleared(reader, author, officer, tmp_path, traffic):
    """Not one byte of a page depends on what is confidential: neither seen nor counted."""
    client = reader(3)
    doors = [d for d in PLAIN if d.mark != "ledger.read" and d.name not in CHANGING]
    before = {door.name: content(client, door) for door in doors}
    made = create_list(author, name="whispers", handling=4)
    add_values(author, made, [ListEntry("SECRETVALUE")])
    save_draft(author, Profile("WHISPER", "Whispers", "net_mass > 5", handling_code="closed"))
    after = {door.name: content(client, door) for door in doors}
    assert [name for name in before if after[name] != before[name]] == []


def test_a_hit_is_told_without_its_profile(reader, confidential):
    page = reader(1).get("/targeting/declarations/26XT0000/").content.decode()
    assert "A risk profile that you may not read." in page
    assert HIT not in page
    assert WORDS not in page
    assert WORDS in reader(4).get("/targeting/declarations/26XT0000/").content.decode()


def test_the_filter_by_profile_tells_nobody_which_were_hit(reader, confidential):
    query = {"profile": HIT, "since": "2026-03-01", "until": "2026-03-31"}
    address = reverse("targeting:worklist")
    assert "26XT00" not in reader(1).get(address, query).content.decode()
    assert "26XT00" in reader(4).get(address, query).content.decode()


def test_an_inspector_gets_the_instructions_and_no_more(browse, officer, confidential):
    inspector = officer("inspector", offices=[NORTH])
    order = ControlOrder.objects.get(pk=confidential.order_id)
    order.inspector, order.state = inspector, "assigned"
    order.selected_by, order.instructions = f"mandatory:{HIT}", INSTRUCTIONS
    told = {"code": f"profile:{HIT}", "facts": {"reason": WORDS}}
    order.reasons = [{"item_no": 1, "reasons": [told]}]
    order.save()
    page = browse(inspector).get(reverse("control:my_order", args=[order.pk])).content.decode()
    assert INSTRUCTIONS in page
    assert "A risk profile that you may not read." in page
    for secret in (HIT, WORDS):
        assert secret not in page
    supervisor = browse("supervisor", offices=[NORTH])
    for address in (reverse("control:order", args=[order.pk]), reverse("control:export")):
        answer = supervisor.get(address).getvalue().decode()
        assert HIT not in answer
        assert WORDS not in answer


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_exports(kind, reader, officer, confidential, tmp_path):
    for level, cleared in ((1, False), (4, True)):
        analyst = officer("analyst", national=True, clearance=level)
        out = tmp_path / f"{level}.{kind}"
        write_export(analyst, "assessments", out)
        assert (HIT.encode() in out.read_bytes()) == cleared
        listed = reader(level).get(
            reverse("targeting:export_worklist"), {"format": kind, "since": "2026-03-01"}
        )
        assert (HIT.encode() in listed.getvalue()) == cleared


def test_a_machine_hears_no_more_than_its_account_may(client, officer, confidential):
    for level, cleared in ((1, False), (4, True)):
        _token, secret = token_of(officer("analyst", national=True, clearance=level))
        headers = {"Authorization": f"Bearer {secret}"}
        told = client.get("/api/assessments/26XT0000", headers=headers).content.decode()
        assert (HIT in told) == cleared


def test_nobody_learns_a_list_by_trying_it_on_the_past(officer, confidential):
    anna = officer("targeting_officer", national=True, clearance=3)
    assert "whispers" not in lists_for(anna)
    probe = Profile("PROBE", "Probe", "importer IN LIST('whispers')", handling_code="restricted")
    assert "condition" in problems_of(anna, probe)


def test_a_profile_is_never_told_more_freely_than_the_list_it_reads(author, confidential):
    open_one = Profile("OPEN", "Open", "importer IN LIST('whispers')")
    assert "handling_code" in problems_of(author, open_one)
    assert "handling_code" in problems_of(
        author, Profile("X", "X", "net_mass > 5", handling_code="?")
    )
    assert level_of("?") == 5


def test_nobody_writes_what_he_may_not_read(officer, confidential):
    anna = officer("targeting_officer", national=True, clearance=2)
    with pytest.raises(ValidationError):
        save_draft(anna, Profile("NEW", "New", "net_mass > 5", handling_code="confidential"))
    with pytest.raises(PermissionDenied):
        save_draft(anna, Profile(HIT, "Mine now", "net_mass > 5"))
    with pytest.raises(PermissionDenied):
        create_list(anna, name="mine", handling=3)
    with pytest.raises(PermissionDenied):
        add_values(anna, RiskList.objects.get(name="whispers"), [ListEntry("X")])
    assert RiskProfile.objects.get(code=HIT).versions.count() == 1


def test_an_earlier_version_keeps_a_profile_closed(author, confidential, officer):
    """Opening the newest version does not open what was written before."""
    save_draft(author, Profile(HIT, "Open now", "net_mass > 5"))
    assert RiskProfile.objects.get(code=HIT).handling == 4


def test_clearance_is_given_by_somebody_else_and_stands_in_the_ledger(officer):
    boss = officer("administrator", national=True)
    clerk = officer("analyst", offices=["A"])
    with pytest.raises(PermissionDenied):
        set_clearance(boss, boss, 5)
    for stranger in (officer("analyst", national=True), officer("administrator", offices=["B"])):
        with pytest.raises(PermissionDenied):
            set_clearance(stranger, clerk, 3)
    for wrong in (0, 6, -1):
        with pytest.raises(ValidationError):
            set_clearance(boss, clerk, wrong)
    set_clearance(boss, clerk, 3)
    entry = Entry.objects.get(action="account.clearance")
    assert (entry.subject, entry.detail["before"], entry.detail["clearance"]) == (
        clerk.username, 1, 3,
    )  # fmt: skip


def test_an_inspector_sees_what_he_took_himself(browse, officer):
    inspector = officer("inspector", offices=[NORTH])
    picture = photograph_of(NORTH, inspector)
    supervisor = officer("supervisor", offices=[NORTH], clearance=4)
    control.set_handling(supervisor, picture, 4)
    with pytest.raises(PermissionDenied):
        control.set_handling(officer("supervisor", offices=[NORTH]), picture, 1)
    address = reverse("control:my_photograph", args=[picture.pk])
    assert browse(inspector).get(address).status_code == 200
    assert (
        browse(inspector).get(reverse("control:my_photograph", args=[uuid.uuid4()])).status_code
        == 404
    )
