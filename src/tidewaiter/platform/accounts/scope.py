"""Which offices somebody may see, as a filter for every store."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from django.db.models import Q


@dataclass(frozen=True, slots=True)
class OfficeScope:
    national: bool
    codes: frozenset[str]

    def allows(self, office: str | None) -> bool:
        return self.national or (office is not None and office in self.codes)

    def frame(self, column: str = "office") -> pl.Expr:
        """Filter for the lake."""
        if self.national:
            return pl.lit(True)  # noqa: FBT003  Polars takes the value so
        return pl.col(column).is_in(sorted(self.codes))

    def rows(self, field: str = "office") -> Q:
        """Filter for the database, on a field that holds the office code."""
        return Q() if self.national else Q(**{f"{field}__in": sorted(self.codes)})

    def within(self, limit: Limit | None) -> OfficeScope:
        """What of it a limit leaves: at most its one office."""
        if limit is None or not limit.office:
            return self
        return OfficeScope(
            national=False, codes=frozenset([limit.office] if self.allows(limit.office) else [])
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """What a token leaves of its account's rights: these permissions, and if named one office."""

    permissions: frozenset[str]
    office: str = ""
