"""XML from strangers: no entities, no network, no document types, bounded memory; streamed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from tidewaiter.engine.messages.carriers import refuse
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.results import Unreadable
from tidewaiter.engine.messages.xml.diagnosis import diagnose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.messages.carriers import Part

LONGEST_DECLARATION = 64 << 20
KEPT_FOR_DIAGNOSIS = 16 << 20
DEEPEST = 60
_PROLOGUE = re.compile(
    r"\A\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<!DOCTYPE\s+(?P<name>[^\s>\[]+)", re.DOTALL
)
OPTIONS = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(etree.QName(element).localname)


def refuse_document_type(opening: str, place: str) -> None:
    """No declaration needs a DOCTYPE; entity bombs and external fetches do."""
    if match := _PROLOGUE.search(opening):
        raise refuse("document_type", place, name=match["name"])


def elements(part: Part, name: str) -> Iterator[etree._Element]:
    """Each element of that local name when it is complete; what precedes it is forgotten.

    Raises Unreadable with line, column and path when the text is not well formed.
    """
    meter = _Meter(part)
    try:
        events = etree.iterparse(meter, events=("end",), tag=f"{{*}}{name}", **OPTIONS)
        for _, element in events:
            tree = element.getroottree()
            if tree.docinfo.doctype:
                raise refuse("document_type", part.label or "file", name=tree.docinfo.root_name)
            yield element
            _forget(element)
            meter.since = 0
    except etree.XMLSyntaxError as error:
        raise Unreadable(_explained(part, meter, error)) from None


def _forget(element: etree._Element) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _explained(part: Part, meter: _Meter, error: etree.XMLSyntaxError) -> Finding:
    finding = diagnose(bytes(meter.start), error)
    if not part.label:
        return finding
    return Finding(
        f"{part.label}, {finding.place}", finding.code, finding.parameters, finding.record
    )


class _Meter:
    """The stream as the parser reads it: keeps its start for the diagnosis, bounds a declaration."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self.start = bytearray()
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        block = self._part.stream.read(size if size > 0 else 1 << 16)
        self.since += len(block)
        if self.since > LONGEST_DECLARATION:
            raise refuse("too_large", self._part.label or "file", limit=LONGEST_DECLARATION)
        if len(self.start) < KEPT_FOR_DIAGNOSIS:
            self.start += block
        return block
