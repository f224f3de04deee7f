"""Every finding has a sentence and a remedy, and no sentence is left without a finding."""

from __future__ import annotations

import re
from pathlib import Path

import tidewaiter
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.sentences import SENTENCES, explain

SOURCES = [
    path.read_text(encoding="utf-8")
    for folder in ("engine/messages", "desks/intake")
    for path in (Path(tidewaiter.__file__).parent / folder).rglob("*.py")
    if path.name != "sentences.py"
]
GIVEN_BY_CALLS = re.compile(
    r"""(?:refuse\(|Wrong\(|_refused\([^)]*?,\s|_note\(\s*(?:[\w.]+,\s*)?|Finding\(\s*[^()]*?(?:\([^()]*\))?[^()]*?,\s*"""
    r"""|trouble=|self\._add\(\s*[^,]+,\s*)"([a-z_]+)\"""",
    re.VERBOSE,
)


def test_every_code_in_the_sources_has_both() -> None:
    used = {code for source in SOURCES for code in GIVEN_BY_CALLS.findall(source)}
    assert len(used) > 30
    assert used - SENTENCES.keys() == set()


def test_every_sentence_belongs_to_a_code_in_the_sources() -> None:
    text = "\n".join(SOURCES)
    stems = {code for code in SENTENCES if f'"{code}"' not in text}
    assert stems == {"date_order_open", "date_order_mixed"}  # composed from the order found


def test_sentences_take_parameters_and_translations() -> None:
    finding = Finding("line 1", "negative", {"value": "-4", "column": "Zollwert"})
    assert explain(finding)[0] == '"-4" in "Zollwert" is less than zero.'
    assert explain(finding, lambda text: f"[{text}]")[1].startswith("[Correct")
    assert explain(Finding("x", "ragged_line"))[0] == "The line has ? cells where the header has ?."
