"""The schedule: what differs from the shipped one, and mistakes told with place and remedy."""

from __future__ import annotations

import re

import pytest

from tidewaiter.engine.records import STREAMS
from tidewaiter.platform.privacy.schedule import KINDS, Rule, ScheduleError, catalogue, in_force


@pytest.fixture
def schedule(settings, tmp_path):
    def read(text: str):
        path = tmp_path / f"{abs(hash(text))}.toml"
        path.write_text(text)
        settings.RETENTION = str(path)
        return in_force()

    return read


def test_every_personal_field_has_a_rule(schedule) -> None:
    known = catalogue()
    lines = schedule("").lines
    assert {(line.store, line.field): line.kind for line in lines} == known
    assert set(known.values()) == set(KINDS)
    for stream in STREAMS.values():
        named = {f.name for f in stream.fields if re.search(r"name$|^importer|^exporter", f.name)}
        assert named - {f for f in named if "country" in f} <= set(stream.personal)


def test_an_own_file_says_what_differs(schedule) -> None:
    found = schedule(
        '[kind.name]\nmask = 900\n[store.declarations.seller_name]\nlink = "none"\ndelete = "never"\n'
    ).of("declarations")
    assert found["importer_name"].rule == Rule(900, 3650, link=True)
    assert found["seller_name"].rule == Rule(900, None, link=False)
    assert found["description"].rule.mask is None
    assert found["importer"].rule == Rule(1825, 3650, link=True)


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("[kind.nam]\nmask = 900", "kind.nam", "use one of name,"),
        ("[kind.name]\nmaks = 900", "kind.name.maks", "use mask, delete and link"),
        ("[kind.name]\nmask = 3", "mask", "30 or more"),
        ("[kind.identifier]\nmask = 100", "store.declarations.", "760 or more"),
        ("[kind.name]\nmask = true", "mask", "30 or more"),
        ("[kind.name]\ndelete = 31", "delete", "as many days as mask"),
        ('[kind.name]\nlink = "yes"', "link", "use “token” or “none”"),
        ("[store.nowhere.x]\nmask = 900", "store.nowhere", "use one of"),
        ("[store.declarations.hs]\nmask = 900", "store.declarations.hs", "importer_name"),
        ("[stores.declarations]\nx = 1", "stores", "use [kind.…]"),
        ("store = 1\n", "store", "write"),
        ("[store]\ndeclarations = 1\n", "store.declarations", "write"),
        ("[kind.name\n", "TIDEWAITER_RETENTION", "mend the file"),
    ],
)
def test_a_mistake_is_told_with_place_and_remedy(schedule, text, place, remedy) -> None:
    with pytest.raises(ScheduleError) as told:
        schedule(text)
    assert place in told.value.place
    assert remedy in str(told.value)


def test_a_file_that_is_not_there(settings) -> None:
    settings.RETENTION = "/nowhere/own.toml"
    with pytest.raises(ScheduleError, match="name a file that is there"):
        in_force()
