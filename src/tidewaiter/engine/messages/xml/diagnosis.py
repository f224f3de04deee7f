"""Why an XML text is not well formed, where, and in words its sender can act on."""

from __future__ import annotations

import re
from contextlib import suppress

from lxml import etree

from tidewaiter.engine.messages.findings import Finding

_MISMATCH = re.compile(r"tag mismatch: (?P<opened>\S+) line (?P<line>\d+) and (?P<closed>\S+)")
_PLACEHOLDER = re.compile(r"\A[A-Z][A-Z0-9_.-]*\Z")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def diagnose(text: bytes, error: etree.XMLSyntaxError) -> Finding:
    """The finding for a syntax error in a text of which (at least the start of) is given."""
    line, column = error.position or (0, 0)
    reason = re.sub(r",? \(?(line \d+|<).*\Z", "", (error.msg or "").split(", line")[0]).strip()
    path = open_path(text)
    place = f"line {line}, column {column}" + (f", in {path}" if path else "")
    code, parameters = _kind(reason, error.msg or "")
    parameters |= {"line": line, "column": column, "path": path}
    return Finding(place, code, parameters, record=_line(text, line))


def _kind(reason: str, message: str) -> tuple[str, dict[str, object]]:
    if match := _MISMATCH.search(message):
        opened, closed = match["opened"], match["closed"].rstrip(",")
        if _PLACEHOLDER.match(opened) and opened != closed.upper():
            return "xml_placeholder", {"placeholder": f"<{opened}>", "element": closed}
        return "xml_tag_mismatch", {
            "opened": opened,
            "closed": closed,
            "opened_line": int(match["line"]),
        }
    if "hyphen within comment" in message:
        return "xml_comment_hyphens", {}
    if "Premature end" in message or "EndTag" in message:
        return "xml_cut_off", {"reason": reason}
    return "xml_not_well_formed", {"reason": reason}


def open_path(text: bytes) -> str:
    """The elements that were open where parsing failed: `/MetaData/Declaration/Agent[2]/ID`."""
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    )
    stack: list[str] = []
    counts: list[dict[str, int]] = [{}]
    with suppress(etree.XMLSyntaxError):  # that it fails is known; the events until then say where
        parser.feed(text)
    with suppress(etree.XMLSyntaxError):
        for event, element in parser.read_events():
            if event == "end":
                stack.pop()
                counts.pop()
                continue
            name = str(etree.QName(element).localname)
            number = counts[-1][name] = counts[-1].get(name, 0) + 1
            stack.append(name if number == 1 else f"{name}[{number}]")
            counts.append({})
    return "/" + "/".join(stack) if stack else ""


def _line(text: bytes, number: int) -> str:
    lines = _LINE_END.split(text[: 1 << 20], maxsplit=max(number, 1))
    if 0 < number <= len(lines):
        return lines[number - 1][:2000].decode(errors="replace").strip()
    return ""
