"""WCO Data Model declarations (version 3, as the UK's CDS writes them) to documents.

Names are matched without their namespace: published samples and traders use several, or none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tidewaiter.engine.messages.carriers import refuse
from tidewaiter.engine.messages.documents import Document, Item
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.xml import wco_fields as at
from tidewaiter.engine.messages.xml.leaves import Leaves
from tidewaiter.engine.messages.xml.parsing import elements, local, refuse_document_type
from tidewaiter.engine.messages.xml.stated import Stated
from tidewaiter.engine.messages.xml.wco_item import containers, references, state_item

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lxml import etree

    from tidewaiter.engine.messages.carriers import Part
    from tidewaiter.engine.messages.results import Unreadable

GOODS_ITEM: Final = "GovernmentAgencyGoodsItem"
TYPES: Final = {"INV": "cancellation", "COR": "amendment"}  # national types of CDS
CODES: Final = {"1": "cancellation", "13": "amendment", "4": "amendment", "5": "replacement"}
_ANSWER = re.compile(r"(Response|Notification)\Z")
_FIRST_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def documents(part: Part, opening: str, today: date) -> Iterator[Document]:
    """The declarations of a file. Raises Unreadable when it holds none or is not well formed."""
    place = part.label or "file"
    refuse_document_type(opening, place)
    found, root = 0, ""
    for number, element in enumerate(elements(part, "Declaration"), 1):
        root = root or local(element.getroottree().getroot())
        if _is_summary(element, root):
            continue
        found += 1
        label = f"Declaration[{number}]"
        yield declaration(element, f"{part.label}, {label}" if part.label else label, today)
    if not found:
        raise _no_declaration(root, opening, part.label)


def _is_summary(element: etree._Element, root: str) -> bool:
    """Whether it only tells about a declaration, as answers of information services do."""
    if element.find(f".//{{*}}{GOODS_ITEM}") is not None:
        return False
    return bool(_ANSWER.search(root)) or element.find("{*}TypeCode") is None


def _no_declaration(root: str, opening: str, label: str) -> Unreadable:
    match = _FIRST_ELEMENT.search(_COMMENT.sub("", opening))
    root = root or (match[1] if match else "")
    code = "information_response" if _ANSWER.search(root) else "no_declaration"
    return refuse(code, f"{label}, /{root}" if label else f"/{root}", root=root)


def declaration(element: etree._Element, place: str, today: date) -> Document:
    """One Declaration element. An item states what its header states, unless it says otherwise."""
    header = Leaves(element, without=GOODS_ITEM)
    stated = _header(header, element, place)
    notes = _dated(stated, today)
    function = stated.raw["function"]
    items = element.findall(f".//{{*}}{GOODS_ITEM}")
    if function == "cancellation" or not items:
        if function == "original":
            notes.append(Finding(place, "no_goods_items", severity="warning", rows=0))
        for target, (_, paths) in at.ITEM_OR_HEADER.items():
            stated.pick(header, target, paths)
        stated.raw["item_no"] = 0
        rows = [Item(place, stated.raw, stated.places, _extra(header, None))]
    else:
        rows = [_item(item, number, header, stated) for number, item in enumerate(items, 1)]
    return Document(place, rows, partial=function == "amendment", notes=notes)


def _header(header: Leaves, element: etree._Element, place: str) -> Stated:
    stated = Stated(place)
    stated.pick(header, "declaration_id", ("ID", "FunctionalReferenceID", "LRN"))
    if "ID" not in header.texts and (reference := _retrieved_reference(element)):
        stated.raw["declaration_id"] = reference
    kind = header.texts.get("TypeCode", "")
    code = header.texts.get("FunctionCode", "9")
    function = stated.raw["function"] = TYPES.get(kind) or CODES.get(code, "original")
    if function == "original":
        stated.raw["direction"] = "export" if kind.startswith("EX") else "import"
        stated.pick(header, "functional_reference_id", ("FunctionalReferenceID", "LRN"))
        stated.pick(header, "type_code", ("TypeCode",))
    for target, paths in at.HEADER.items():
        stated.pick(header, target, paths)
    if boxes := containers(header, f"{at.SHIPMENT}/Consignment/TransportEquipment"):
        stated.raw["containers"] = boxes
    stated.add("documents", references(header, "AdditionalDocument"))
    stated.add("previous_documents", references(header, f"{at.SHIPMENT}/PreviousDocument"))
    return stated


def _retrieved_reference(element: etree._Element) -> str:
    """The MRN that a retrieval service states beside the declaration it returns."""
    for ancestor in element.iterancestors():
        found = ancestor.findtext("{*}HighLevelSummaryDetails/{*}MRN")
        if found and found.strip():
            return str(found).strip()
    return ""


def _dated(stated: Stated, today: date) -> list[Finding]:
    """A declaration lodged ahead bears no acceptance date yet: the day of receipt stands in."""
    if stated.raw.get("declaration_date") or stated.raw["function"] != "original":
        return []
    stated.raw["declaration_date"] = today.isoformat()
    parameters = {"date": today.isoformat()}
    return [Finding(stated.place, "date_of_receipt_taken", parameters, severity="warning", rows=0)]


def _item(element: etree._Element, number: int, header: Leaves, shared: Stated) -> Item:
    place = f"{shared.place}/{at.SHIPMENT}/{GOODS_ITEM}[{number}]"
    leaves = Leaves(element)
    stated = shared.within(place)
    stated.raw["item_no"] = number
    for target, (own, general) in at.ITEM_OR_HEADER.items():
        stated.pick(header, target, general, shared.place)
        stated.pick(leaves, target, own)
    state_item(stated, leaves)
    return Item(place, stated.raw, stated.places, _extra(header, leaves))


def _extra(header: Leaves, item: Leaves | None) -> dict[str, Any]:
    """Every leaf that no field takes, by path."""
    extra = {"declaration": header.rest, "item": item.rest if item else {}}
    return {name: rest for name, rest in extra.items() if rest}
