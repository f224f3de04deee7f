"""The figures of a monthly report, within what the writing officer may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidewaiter.desks.performance.queries.compliance import Compliance, compliance, estimates_by
from tidewaiter.desks.performance.queries.counts import Wanted, counts
from tidewaiter.desks.performance.queries.profiles import Added, profile_overlap
from tidewaiter.desks.performance.queries.reports import month_of
from tidewaiter.desks.performance.queries.yields import Overview, overview
from tidewaiter.desks.performance.words import headline

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.desks.performance.queries.compliance import Estimate
    from tidewaiter.platform.accounts.models import User

MOST = 8  # strata of a table


@dataclass(frozen=True, slots=True)
class Content:
    """year: the twelve months that end with this one; where: the strata that missed most in them, by
    `office`, `chapter`, `origin` and `size`: a month has too few controls by chance in most. offices:
    empty for all of the country."""

    first: date
    offices: list[str]
    headline: str
    month: Compliance
    year: Estimate
    yields: Overview
    profiles: list[Added]
    where: dict[str, list[Estimate]]


def content_of(user: User, first: date) -> Content:
    """The report of the month that begins on `first`. Raises Denied."""
    wanted = month_of(first)
    month = compliance(user, wanted)
    year = counts(user, Wanted(_year_before(first), wanted.until), days=0)
    scope = user.scope()
    return Content(
        first=first,
        offices=[] if scope.national else sorted(scope.codes),
        headline=headline(month.whole),
        month=month,
        year=estimates_by(year)[0],
        yields=overview(user, wanted, "lane"),
        profiles=[one for one in profile_overlap(user, wanted).profiles if one.controlled],
        where={by: _most(estimates_by(year, by)) for by in ("office", "chapter", "origin", "size")},
    )


def _year_before(first: date) -> date:
    return first.replace(year=first.year - (first.month < 12), month=first.month % 12 + 1)


def _most(lines: list[Estimate]) -> list[Estimate]:
    """Those that are known to miss most, if they miss any."""
    known = [one for one in lines if one.missed.known and one.missed.value >= 0.5]
    return sorted(known, key=lambda one: (-one.missed.value, one.name))[:MOST]
