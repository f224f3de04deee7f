"""A Delta table in a folder of any name: the library writes spaces and accents as in a web address,
and Polars reads that to the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from deltalake import DeltaTable

if TYPE_CHECKING:
    from pathlib import Path


class Table(DeltaTable):
    """A table of this machine's file system."""

    def __init__(self, folder: Path, version: int | None = None) -> None:
        super().__init__(str(folder), version=version)

    @property
    def table_uri(self) -> str:
        return unquote(super().table_uri)

    def file_uris(self, *filters: Any, **more: Any) -> list[str]:
        return [unquote(address) for address in super().file_uris(*filters, **more)]
