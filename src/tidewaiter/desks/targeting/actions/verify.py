"""Checking the whole house: what is written in one store against what another says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db.models import Sum

from tidewaiter.desks.control.queries import draws
from tidewaiter.desks.targeting.actions.explaining import COMPARED, masked_since, recomputed
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.desks.targeting.queries.chance import drawn_again
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, STREAMS
from tidewaiter.engine.risk import chance
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.chance.models import DayKey
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.journal.spool import intact
from tidewaiter.platform.ledger.verify import verify as verify_ledger
from tidewaiter.platform.seals.verify import PROBLEMS
from tidewaiter.platform.seals.verify import verify as verify_lake
from tidewaiter.platform.store import lake
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.verification import faults

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

SAMPLE = 200  # assessments computed again
FAULTS_TOLD = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    check: str
    ok: bool
    said: str


def verify_house(actor: User) -> list[Line]:
    """One line a check; nothing is changed. Raises Denied."""
    check(actor, "ledger.read")
    files = _lake_files()
    own = [_ledger(), _journal(), _vault(), *files, _chance(), _draws(), _policies()]
    if not all(line.ok for line in files):
        said = "not read: first put back the files that are wrong"
        return [*own, Line("facts of the lake", ok=False, said=said)]
    return [*own, _counts(), *_unique(), _shares(), _replay()]


def _ledger() -> Line:
    report = verify_ledger()
    told = f"{report.entries:,} entries, head {report.head[:16]}"
    return Line(
        "ledger", report.sound, told if report.sound else f"{report.problem} at {report.at}"
    )


def _journal() -> Line:
    hashes = Message.objects.filter(removed_at=None).values_list("sha256", flat=True).distinct()
    broken = [sha256 for sha256 in hashes.iterator() if not intact(sha256)]
    said = f"{hashes.count():,} files as received"
    if removed := Message.objects.exclude(removed_at=None).count():
        said += f"; {removed:,} messages removed by the retention schedule"
    return Line("journal", not broken, said if not broken else f"changed or missing: {broken[:5]}")


def _vault() -> Line:
    """Every file of evidence is what was stored."""
    broken = [sha256 for sha256, _wrong in faults()]
    said = f"{Stored.objects.count():,} files as stored"
    return Line("vault", not broken, said if not broken else f"changed or missing: {broken[:5]}")


def _lake_files() -> list[Line]:
    """Every file of the lake is as it was sealed; a line for each that is not."""
    report = verify_lake()
    said = f"{report.files:,} files, {report.seals:,} seals"
    if report.left:
        said += f"; {len(report.left):,} left by stopped writers, which vacuuming removes"
    faults = [
        Line("lake file", ok=False, said=f"{one.place}: {PROBLEMS[one.problem]}")
        for one in report.faults[:FAULTS_TOLD]
    ]
    return [Line("lake files", report.sound, said), *faults]


def _counts() -> Line:
    """What the journal counts as accepted is what the lake holds."""
    told = Message.objects.filter(stream=DECLARATIONS.name).aggregate(n=Sum("accepted"))["n"] or 0
    held = lake().scan(DECLARATIONS).select(pl.len()).collect().item()
    return Line("lake against journal", told == held, f"journal {told:,}, lake {held:,}")


def _unique() -> list[Line]:
    """No fact is written twice."""
    lines = []
    for stream in STREAMS.values():
        facts = lake().scan(stream).select("key", "version")
        rows = facts.select(pl.len()).collect().item()
        distinct = facts.unique().select(pl.len()).collect(engine="streaming").item()
        lines.append(Line(f"{stream.name} once each", rows == distinct, f"{rows:,} facts"))
    return lines


def _chance() -> Line:
    broken = [
        str(key.date)
        for key in DayKey.objects.all()
        if chance.commitment(key.key) != key.commitment
    ]
    return Line("day keys", not broken, f"broken: {broken}" if broken else "all match")


def _draws() -> Line:
    """Every inspector was drawn by lot as the day's key says."""
    broken = [draw for draw, same in draws() if not same]
    return Line("inspectors by lot", not broken, f"broken: {broken}" if broken else "all as drawn")


def _policies() -> Line:
    """Every version of the selection policy still says what its digest says."""
    versions = PolicyVersion.objects.all()
    broken = [one.number for one in versions if one.as_policy.version != one.digest]
    said = f"{len(versions)} versions as approved"
    return Line("selection policy", not broken, said if not broken else f"changed: {broken}")


def _shares() -> Line:
    """What the random share took is what the day's key and the policy of its moment draw."""
    again = drawn_again()
    told, wrong = again.height, again.filter(pl.col("due") != pl.col("drawn")).height
    said = f"{told:,} selections drawn again"
    return Line("random share", not wrong, said if not wrong else f"{wrong:,} of them differ")


def _replay() -> Line:
    """A sample of assessments, computed again from what was known then."""
    stored = lake().current(ASSESSMENTS, pl.col("masked_at").is_null()).head(SAMPLE).collect()
    stored = stored.filter(
        pl.Series(masked_since(stored), dtype=pl.Datetime("us", "UTC")).is_null()
    )
    if stored.is_empty():
        return Line("replay", ok=True, said="nothing assessed yet, or all of it masked")
    same = stored.select(COMPARED).equals(recomputed(stored).select(COMPARED), null_equal=True)
    return Line("replay", same, f"{stored.height} assessments computed again")
