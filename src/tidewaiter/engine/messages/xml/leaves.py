"""An XML element as its leaves: path -> text, nothing left out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lxml import etree

from tidewaiter.engine.messages.carriers import refuse
from tidewaiter.engine.messages.xml.parsing import DEEPEST, local

if TYPE_CHECKING:
    from collections.abc import Iterator

_IGNORED_ATTRIBUTES = "{http://www.w3.org/2001/XMLSchema-instance}"


class Leaves:
    """The texts and attributes below an element by path of local names.

    The second of several like-named siblings is `Name[2]`; an attribute is `Name/@unitCode`.
    `take` marks a leaf as read; `rest` is what nobody took.
    """

    def __init__(self, element: etree._Element, *, without: str = "") -> None:
        """`without`: local name of descendants to leave out."""
        self.texts = dict(_walk(element, without))
        self._taken: set[str] = set()

    def first(self, *paths: str) -> tuple[str, str] | None:
        """The first path that holds a text, and the text."""
        for path in paths:
            text = self.texts.get(path)
            if text:
                return path, text
        return None

    def take(self, *paths: str) -> None:
        self._taken.update(paths)

    def groups(self, path: str) -> list[str]:
        """The paths of all like-named siblings at a path: `A/B`, `A/B[2]`, ..."""
        found: list[str] = []
        number = 1
        while True:
            group = path if number == 1 else f"{path}[{number}]"
            if not any(text.startswith(group + "/") for text in self.texts):
                return found
            found.append(group)
            number += 1

    @property
    def rest(self) -> dict[str, str]:
        return {path: text for path, text in self.texts.items() if path not in self._taken}


def _walk(root: etree._Element, without: str) -> Iterator[tuple[str, str]]:
    stack: list[tuple[etree._Element, str, int]] = [(root, "", 0)]
    while stack:
        element, path, depth = stack.pop()
        if depth > DEEPEST:
            raise refuse("xml_too_deep", path[:200], limit=DEEPEST)
        for name, text in element.attrib.items():
            if not str(name).startswith(_IGNORED_ATTRIBUTES) and depth:
                yield f"{path}/@{etree.QName(name).localname}", str(text).strip()
        text = (element.text or "").strip()
        if text and depth:
            yield path, text
        tails = [tail for child in element if (tail := (child.tail or "").strip())]
        if tails:
            yield f"{path}/text()", " ".join(tails)
        stack += reversed(_children(element, path, depth, without))


def _children(
    element: etree._Element, path: str, depth: int, without: str
) -> list[tuple[etree._Element, str, int]]:
    seen: Counter[str] = Counter()
    children = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = local(child)
        if name == without:
            continue
        seen[name] += 1
        step = name if seen[name] == 1 else f"{name}[{seen[name]}]"
        children.append((child, f"{path}/{step}" if path else step, depth + 1))
    return children
