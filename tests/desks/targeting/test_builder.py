"""The comparisons that the profile editor offers are all of the language."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tidewaiter.desks.targeting.actions.lists import create_list
from tidewaiter.engine.risk.language import check
from tidewaiter.engine.risk.schema import SCHEMA

OPTION = re.compile(r'<option data-kinds="([^"]+)" data-form="([^"]+)">')
VALUES = {
    "{text}": {"date": "'2026-03-01'"}, "{begin}": {"": "'85%'"}, "{within}": {"": "'%part%'"},
    "{texts}": {"": "'8517', '8518'"}, "{number}": {"": "2.5"}, "{list}": {"": "'hubs'"},
}  # fmt: skip


@pytest.mark.django_db
def test_every_comparison_that_is_offered_can_be_judged(browse, officer):
    create_list(officer("targeting_officer", national=True), name="hubs")
    page = browse("targeting_officer", national=True).get("/targeting/profiles/new")
    offered = [
        (kinds.split(), unescape(form)) for kinds, form in OPTION.findall(page.content.decode())
    ]
    assert len(offered) == 20
    seen = set()
    for kinds, form in offered:
        for column in (one for one in SCHEMA.values() if one.kind in kinds):
            text = form.replace("{fact}", column.name)
            for part, values in VALUES.items():
                text = text.replace(part, values.get(column.kind) or values.get("", "'8517'"))
            assert not check(text, SCHEMA, {"hubs"}).errors, text
            seen.add(column.kind)
    assert seen == {column.kind for column in SCHEMA.values()}
