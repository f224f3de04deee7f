"""The report as pages for printing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext

from tidewaiter.desks.performance.words import headline, number, rate, stratum_name, worth
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.cells import LANE_WORDS
from tidewaiter.platform.pages.paper import Bar, Paper

if TYPE_CHECKING:
    from datetime import datetime

    from tidewaiter.desks.performance.queries.compliance import Estimate
    from tidewaiter.desks.performance.queries.yields import Line
    from tidewaiter.desks.performance.report.content import Content
    from tidewaiter.engine.risk.measurement import Interval

MOST_PROFILES = 8


def typeset(content: Content, language: str, at: datetime) -> bytes:
    """PDF of two to four pages, in the active language."""
    month = date_format(content.first, "YEAR_MONTH_FORMAT")
    title = gettext("State of compliance")
    paper = Paper(title, month, language, at)
    offices = ", ".join(content.offices) or gettext("all customs offices")
    written = gettext("written %(at)s") % {"at": formats.moment(at)}
    paper.title(f"{title}: {month}", f"{offices} · {written}")
    paper.lead(content.headline)
    _figures(paper, content)
    _trend(paper, content)
    _where(paper, content)
    _yields(paper, content)
    _ranking(paper, content)
    _profiles(paper, content)
    _unknown(paper, content)
    _method(paper)
    return paper.finish()


def _figures(paper: Paper, content: Content) -> None:
    month, year = content.month.whole, content.year
    few, poor = gettext("too few controls by chance"), gettext("too few finds by chance")
    rows = [
        (gettext("Declarations"), *(formats.number(one.declarations) for one in (month, year))),
        (gettext("Controlled"), *(formats.number(one.controlled) for one in (month, year))),
        (gettext("of these chosen by chance"), *(formats.number(one.by_chance) for one in (month, year))),
        (gettext("Finds"), *(formats.number(one.found) for one in (month, year))),
        (gettext("Non-compliant, estimated"), *(rate(o.rate) if o.rate.known else few for o in (month, year))),
        (gettext("Non-compliant and not found"), *(number(o.missed) if o.missed.known else few for o in (month, year))),
        (gettext("Revenue assessed"), *(formats.money(one.revenue, settings.CURRENCY, 0) for one in (month, year))),
        (gettext("Revenue not assessed"), *(worth(o.lost) if o.lost.known else poor for o in (month, year))),
    ]  # fmt: skip
    paper.table(("", gettext("This month"), gettext("Twelve months")), rows, (40, 30, 30))
    if not month.rate.known and year.rate.known:
        paper.paragraph(f"{gettext('Over twelve months:')} {headline(year)}")


def _trend(paper: Paper, content: Content) -> None:
    bars = [
        _bar(date_format(one.name, "YEAR_MONTH_FORMAT"), one.rate, rate(one.rate))
        for one in content.month.months
    ]
    if sum(one.value is not None for one in bars) < 2:
        return
    paper.heading(gettext("Share of declarations that do not comply, with 95 % intervals"))
    paper.bars(bars)


def _where(paper: Paper, content: Content) -> None:
    titles = {
        "office": gettext("Where most was missed in twelve months: offices"),
        "chapter": gettext("Where most was missed in twelve months: chapters of goods"),
        "origin": gettext("Where most was missed in twelve months: origins"),
        "size": gettext("Where most was missed in twelve months: traders by declarations a month"),
    }
    for by, lines in content.where.items():
        if lines:
            paper.heading(titles[by])
            paper.bars([_stratum(by, one) for one in lines])


def _stratum(by: str, one: Estimate) -> Bar:
    words = gettext("%(missed)s not found; %(rate)s") % {
        "missed": number(one.missed),
        "rate": formats.percent(one.rate.value),
    }
    return _bar(stratum_name(by, one.name), one.missed, words)


def _yields(paper: Paper, content: Content) -> None:
    paper.heading(gettext("What controls found, beside what chance alone finds"))
    head = (
        gettext("Lane"), gettext("Controlled"), gettext("Hit rate"), gettext("By chance"),
        gettext("Revenue a control"), gettext("By chance"),
    )  # fmt: skip
    lines = [one for one in content.yields.lines if one.controlled]
    paper.table(head, [_lane(one) for one in lines], (18, 22, 34, 34, 38, 38))


def _lane(one: Line) -> tuple[str, ...]:
    return (
        str(LANE_WORDS.get(one.name, gettext("not selected"))),
        formats.number(one.controlled),
        rate(one.targeted),
        rate(one.random),
        worth(one.worth),
        worth(one.random_worth),
    )


def _ranking(paper: Paper, content: Content) -> None:
    known = [one for one in content.month.by_value if one.precision.known]
    if not known:
        return
    paper.heading(gettext("How well the ranking finds it"))
    head = (
        gettext("Best by expected value"), gettext("Precision"), gettext("Recall"),
        gettext("Share of revenue"), gettext("Times better than chance"),
    )  # fmt: skip
    rows = [
        (
            formats.percent(one.share, 0),
            rate(one.precision),
            rate(one.recall),
            rate(one.revenue),
            formats.number(one.lift.value, 1),
        )
        for one in known
    ]
    paper.table(head, rows, (26, 36, 36, 36, 24))


def _profiles(paper: Paper, content: Content) -> None:
    if not content.profiles:
        return
    paper.heading(gettext("What risk profiles add that no other finds"))
    head = (
        gettext("Risk profile"), gettext("Controlled"), gettext("Hit rate"), gettext("Finds"),
        gettext("Alone: finds"), gettext("Alone: revenue"),
    )  # fmt: skip
    rows = [
        (
            one.code,
            formats.number(one.controlled),
            rate(one.rate),
            formats.number(one.found),
            formats.number(one.alone_found),
            formats.money(one.alone_revenue, settings.CURRENCY, 0),
        )
        for one in content.profiles[:MOST_PROFILES]
    ]
    paper.table(head, rows, (38, 19, 36, 14, 20, 26))


def _unknown(paper: Paper, content: Content) -> None:
    whole = content.month.whole
    paper.heading(gettext("What is not known"))
    told_of = [
        gettext("What inspectors overlook when they look is in no figure: non-compliance means what a control would find."),
    ]  # fmt: skip
    if not whole.rate.known:
        told_of.append(
            gettext(
                "With so few controls by chance nothing can be said of the declarations nobody looked at."
            )
        )
    if not whole.lost.known:
        told_of.append(gettext("Chance has found too little revenue to tell how much is missed."))
    if whole.outside:
        told_of.append(
            gettext(
                "%(n)s declarations that an officer released by override are in no estimate: chance could not reach them."
            )
            % {"n": formats.number(whole.outside)}
        )
    told_of.append(
        gettext(
            "Offices, goods and origins with fewer than 30 controls by chance are not listed; that does not mean that they comply."
        )
    )
    told_of.append(gettext("Results recorded after this report was written are not in it."))
    for text in told_of:
        paper.paragraph(f"• {text}")


def _method(paper: Paper) -> None:
    paper.heading(gettext("Method"))
    paper.paragraph(
        gettext(
            "Every selection is recorded with its probability. What is selected for sure counts as it is; "
            "each control chosen by chance stands for as many declarations as the inverse of its "
            "probability says (Horvitz and Thompson 1952), scaled to the declarations there were (Hájek "
            "1971). Intervals of shares are Wilson's (1927) with the effective number of controls; those of "
            "revenue combine how often revenue is found with how much on average, on the logarithmic scale (Zou and "
            "Donner 2008); those of revenue a control are bootstrapped. On simulated worlds, where the truth is "
            "known, 95 % intervals held it in 93 to 97 of 100 months."
        ),
        quiet=True,
    )


def _bar(name: str, interval: Interval, words: str) -> Bar:
    if not interval.known:
        return Bar(name, gettext("too few controls by chance"), None)
    return Bar(name, words, interval.value, interval.low, interval.high)
