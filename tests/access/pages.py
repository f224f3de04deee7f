"""Every address of the house, read off the URL map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import URLPattern, get_resolver

from tidewaiter.platform.accounts.middleware import LIBRARY_DOORS

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Page:
    name: str
    arguments: frozenset[str]
    mark: str | None
    library: bool

    def __str__(self) -> str:
        return self.name


def pages() -> list[Page]:
    return sorted(_walk(get_resolver(), ""), key=lambda page: page.name)


def _walk(resolver, namespace: str) -> Iterator[Page]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            view = entry.callback
            yield Page(
                f"{namespace}{entry.name or entry.pattern}",
                frozenset(entry.pattern.converters),
                getattr(view, "permission", None),
                view.__module__.startswith(LIBRARY_DOORS),
            )
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner)
