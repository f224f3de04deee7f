"""Reading the lake against its seals: which file of which table is missing, altered, exchanged, not
the house's own, and whether the seals are those that the ledger was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from tidewaiter.engine.records.sealing import LOG
from tidewaiter.platform.ledger.canonical import GENESIS
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.seals import chain, folder
from tidewaiter.platform.seals.actions import seal_all
from tidewaiter.platform.seals.models import Seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.platform.seals.folder import Sum

    Told = Callable[[int, int, str], None]  # bytes so far, in all, of what

PROBLEMS = {
    "missing": _("it is missing"),
    "cut": _("the log was cut off: this commit and all after it are missing"),
    "altered": _("its content was altered"),
    "length": _("its content was altered: it has another length"),
    "exchanged": _("it holds the content of another file"),
    "commit": _("the house did not make this commit"),
    "foreign": _("the house did not put this file into the log"),
    "seal": _("this seal was altered, or one before it is missing"),
    "ledger": _("this seal is not the one that the ledger was told"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` under the folder of the table, or the number of a seal."""

    table: str
    path: str
    problem: str

    @property
    def place(self) -> str:
        return f"{self.table}/{self.path}" if self.path else self.table


@dataclass(slots=True)
class Report:
    """`left`: data files that no commit names, of writers that were killed or are at work; nobody
    reads them, and vacuuming removes them."""

    files: int = 0
    bytes: int = 0
    seals: int = 0
    left: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.faults


def verify(told: Told | None = None) -> Report:
    """Read every file of every table, while work goes on: what changes meanwhile is looked at again.

    `told` hears how far it is, and may raise to end it.
    """
    seal_all()
    report = Report()
    tables = _tables()
    expected = {table: _sums(table) for table in tables}
    reading = _Reading(report, expected, told)
    for table in tables:
        report.seals += Seal.objects.filter(table=table).count()
        report.faults += [*_chain(table), *_ledger(table)]
        first = reading.table(table)
        if first:
            seal_all()
            again = _Reading(Report(), expected | {table: _sums(table)}, None)
            still = set(again.table(table, only={one.path for one in first}))
            report.faults += [one for one in first if one in still]
    return report


def _tables() -> list[str]:
    """Those that have seals; and those that the ledger says had some, and those on the disk."""
    sealed = set(Seal.objects.order_by().values_list("table", flat=True).distinct())
    last = Entry.objects.filter(action="lake.seal").order_by("-sequence").first()
    return sorted(sealed | set(last.detail["tables"] if last else ()))


def _sums(table: str) -> dict[str, Sum]:
    return {path: told for path, (told, _seal) in chain.standing(table).items()}


class _Reading:
    """`expected`: by table, the sums of all its files."""

    def __init__(
        self, report: Report, expected: dict[str, dict[str, Sum]], told: Told | None
    ) -> None:
        self._report, self._expected, self._told = report, expected, told
        self._known = {told for sums in expected.values() for told in sums.values()}
        self._total = sum(size for _sha256, size in self._known)

    def table(self, table: str, only: set[str] | None = None) -> list[Fault]:
        expected = self._expected[table]
        wanted = sorted(expected) if only is None else sorted(expected.keys() & only)
        problems = {path: self._problem(table, path) for path in wanted}
        _cut(problems, expected)
        for path in folder.files(table):
            if path not in expected and (only is None or path in only):
                problems[path] = self._unknown(table, path)
        return [Fault(table, path, problem) for path, problem in problems.items() if problem]

    def _problem(self, table: str, path: str) -> str:
        expected = self._expected[table][path]
        try:
            found = folder.summed(table, path, lambda read: self._read(read, f"{table}/{path}"))
        except OSError:
            return "missing"
        self._report.files += 1
        if found == expected:
            return ""
        if found in self._known:
            return "exchanged"
        return "altered" if found[1] == expected[1] else "length"

    def _unknown(self, table: str, path: str) -> str:
        if not path.startswith(f"{LOG}/") or folder.HALVES.fullmatch(path):
            self._report.left.append(f"{table}/{path}")
            return ""
        return "commit" if folder.COMMIT.fullmatch(path) else "foreign"

    def _read(self, size: int, what: str) -> None:
        self._report.bytes += size
        if self._told:
            self._told(self._report.bytes, self._total, what)


def _cut(problems: dict[str, str], expected: dict[str, Sum]) -> None:
    """The newest commits missing one after the other: the log was cut off."""
    for path in sorted((path for path in expected if folder.COMMIT.fullmatch(path)), reverse=True):
        if problems.get(path) != "missing":
            return
        problems[path] = "cut"


def _chain(table: str) -> list[Fault]:
    faults, previous, number = [], GENESIS, 0
    for seal in Seal.objects.filter(table=table).order_by("number").iterator(chunk_size=500):
        number += 1
        if (seal.number, seal.previous) != (number, previous) or seal.digest != chain.digest_of(
            seal
        ):
            faults.append(Fault(table, f"seal {seal.number}", "seal"))
        number, previous = seal.number, seal.digest
    return faults


def _ledger(table: str) -> list[Fault]:
    """Seals that differ from what any entry of the ledger says, or that are no more."""
    known = dict(Seal.objects.filter(table=table).values_list("number", "digest"))
    told: dict[int, str] = {}
    for detail in Entry.objects.filter(action="lake.seal").values_list("detail", flat=True):
        if table in detail.get("tables", {}):
            number, digest = detail["tables"][table]
            told[number] = digest
    wrong = sorted(number for number, digest in told.items() if known.get(number) != digest)
    return [Fault(table, f"seal {number}", "ledger") for number in wrong[:1]]
