"""Declarations as JSON: an object, an array of objects, or one object a line.

The header's fields stand at the top, the items' in `items`; names are those of the stream.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any

import orjson

from tidewaiter.engine.messages import rules
from tidewaiter.engine.messages.carriers import refuse
from tidewaiter.engine.messages.documents import Builder, Document, Item, chunk_of
from tidewaiter.engine.messages.encodings import Transcoder, detect
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.results import Unreadable
from tidewaiter.engine.records.streams import DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tidewaiter.engine.messages.carriers import Part
    from tidewaiter.engine.messages.results import Chunk
    from tidewaiter.engine.records.schema import Kind

NAMES = frozenset(field.name for field in DECLARATIONS.fields)
HOUSE = frozenset({"key", "version", "month", "content", "message_id", "received_at", "place"})
REQUIRED = ("declaration_id", "declaration_date", "hs")
TYPES: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "code": {"type": "string"},
    "integer": {"type": "integer", "minimum": 0},
    "number": {"type": "number"},
    "money": {"type": "number"},
    "flag": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "date-time"},
    "texts": {"type": "array", "items": {"type": "string"}},
}


def read_json(body: object, today: date) -> Chunk:
    """The chunk of a decoded JSON value: one declaration or an array of them.

    A declaration that breaks a rule is a finding with a JSON pointer. Raises Unreadable when the
    value is neither an object nor an array of objects.
    """
    if isinstance(body, dict):
        return chunk_of([document(body, "")], today)
    if isinstance(body, list):
        return chunk_of((document(entry, f"/{n}") for n, entry in enumerate(body)), today)
    raise refuse("json_not_a_declaration", "/", found=_kind(body))


def read_json_part(part: Part, today: date, chunk_rows: int) -> Iterator[Chunk]:
    """The chunks of a JSON file; one object a line streams."""
    builder = Builder(today)
    for entry, place in _entries(part):
        builder.add(document(entry, place))
        if builder.rows >= chunk_rows:
            yield builder.take(part.position())
    yield builder.take(part.position())


def document(entry: object, place: str) -> Document:
    """One declaration. What is no field goes to `extra`, unless its name is reserved."""
    where = place or "/"
    if isinstance(entry, Finding):
        return Document(where, [], notes=[entry])
    if not isinstance(entry, dict):
        return _refused(where, "json_not_a_declaration", entry)
    header = {name: value for name, value in entry.items() if name != "items"}
    if "items" not in entry:
        return Document(where, [_item(header, {}, place, place)], required=_required(header))
    items = entry["items"]
    if not isinstance(items, list) or not items:
        return _refused(f"{place}/items", "json_items", items)
    rows = [_item(header, item, place, f"{place}/items/{n}") for n, item in enumerate(items)]
    for number, row in enumerate(rows, 1):
        row.raw.setdefault("item_no", number)
    return Document(where, rows, required=_required(header))


def _refused(place: str, code: str, found: object) -> Document:
    return Document(place, [], notes=[Finding(place, code, {"found": _kind(found)})])


def _required(header: dict[str, Any]) -> tuple[str, ...]:
    function = rules.FUNCTIONS.get(str(header.get("function", "")).strip().lower())
    return REQUIRED[:1] if function in rules.CHANGES else REQUIRED


def _item(header: dict[str, Any], item: object, above: str, place: str) -> Item:
    if not isinstance(item, dict):
        return Item(place, {}, trouble="json_item")
    raw: dict[str, object] = {}
    places: dict[str, str] = {}
    extra: dict[str, Any] = {}
    for source, where in ((header, above), (item, place)):
        for name, value in source.items():
            if name == "extra":
                extra |= value if isinstance(value, dict) else {"extra": value}
            elif name in NAMES:
                raw[name], places[name] = value, f"{where}/{name}"
            elif name not in HOUSE:
                extra[name] = value
    return Item(place or "/", raw, places, extra)


def _entries(part: Part) -> Iterator[tuple[object, str]]:
    """Each declaration of the file and its place: a pointer, or its line."""
    label = f"{part.label}, " if part.label else ""
    encoding, _ = detect(part.head)
    first = part.stream.readline(part.limits.document + 1)
    if encoding != "utf-8" or not isinstance(_decoded(first, ""), dict):
        yield from _whole(part, first, label)
        return
    number, line = 1, first
    while line:
        if len(line) > part.limits.line:
            raise refuse("line_too_long", f"{label}line {number}", limit=part.limits.line)
        if line.strip():
            yield _decoded(line, f"{label}line {number}"), f"{label}line {number}"
        number, line = number + 1, part.stream.readline(part.limits.line + 1)


def _whole(part: Part, first: bytes, label: str) -> Iterator[tuple[object, str]]:
    limit = part.limits.document
    text = first + part.stream.read(limit + 1 - min(len(first), limit))
    if len(text) > limit:
        raise refuse("json_too_large", part.label or "file", limit=limit)
    encoding, mark = detect(text[:4096])
    body = _decoded(Transcoder(encoding)(text[mark:], final=True), part.label or "file")
    if isinstance(body, Finding):
        raise Unreadable(body)
    if isinstance(body, list):
        yield from ((entry, f"{label}/{n}") for n, entry in enumerate(body))
    else:
        yield body, label


def _decoded(text: bytes, place: str) -> object:
    """The value of a JSON text, or the finding why it is none."""
    try:
        return orjson.loads(text.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        parameters = {"reason": error.msg, "line": error.lineno, "column": error.colno}
        where = f"{place}, line {error.lineno}, column {error.colno}".removeprefix(", ")
        return Finding(where, "json_not_well_formed", parameters)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a text", bool: "a flag", type(None): "null"}
    return names.get(type(value), "a number")


def declaration_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one declaration, generated from the stream."""
    properties = {
        field.name: TYPES[field.kind] | {"title": field.label} | _remarks(field.source, field.unit)
        for field in DECLARATIONS.fields
        if field.name != "extra"
    }
    properties["extra"] = {"type": "object", "title": "Everything else that was declared"}
    item = {"type": "object", "properties": properties, "additionalProperties": True}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Declaration",
        "description": "Fields of the header; each item may repeat or add any of them.",
        "type": "object",
        "required": ["declaration_id", "declaration_date"],
        "properties": properties | {"items": {"type": "array", "minItems": 1, "items": item}},
        "additionalProperties": True,
    }


def _remarks(source: str, unit: str) -> dict[str, Any]:
    remark = ", ".join(filter(None, (source, unit)))
    return {"description": remark} if remark else {}
