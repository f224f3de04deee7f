"""A set of profiles, compiled once, that judges batches of records or single ones."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.batch import Batch, encode, encode_ordered
from tidewaiter.engine.risk.language.checking import Checker
from tidewaiter.engine.risk.language.kernel import Kernel
from tidewaiter.engine.risk.language.parsing import check
from tidewaiter.engine.risk.language.printing import version
from tidewaiter.engine.risk.language.problems import Problem
from tidewaiter.engine.risk.language.rowindex import RowIndex
from tidewaiter.engine.risk.language.steps import Compiled, Compiler
from tidewaiter.engine.risk.profiles.hits import Hits
from tidewaiter.engine.risk.profiles.profile import Broken, Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from tidewaiter.engine.risk.language.schema import Schema
    from tidewaiter.engine.risk.lists import NamedLists


@dataclass(frozen=True, slots=True)
class Figures:
    """What profiles say in numbers, in their order; `area`: places in `areas`, sorted."""

    weight: npt.NDArray[np.float64]
    severity: npt.NDArray[np.intp]
    mandatory: npt.NDArray[np.float64]
    areas: tuple[str, ...]
    area: npt.NDArray[np.intp]

    @classmethod
    def of(cls, profiles: Sequence[Profile]) -> Figures:
        areas = sorted({profile.risk_area for profile in profiles})
        return cls(
            np.array([profile.weight for profile in profiles], dtype=np.float64),
            np.array([profile.severity for profile in profiles], dtype=np.intp),
            np.array([profile.mandatory for profile in profiles], dtype=np.float64),
            tuple(areas),
            np.array([areas.index(profile.risk_area) for profile in profiles], dtype=np.intp),
        )


class ProfileSet:
    """Profiles in the order of their codes. Broken ones are in `broken`; the others work.

    `version` depends on every profile given (broken ones too) and on what its condition means,
    not on the order in which they were given, nor on the lists (which have their own version).
    """

    def __init__(self, profiles: Iterable[Profile], schema: Schema, lists: NamedLists) -> None:
        self.given = tuple(sorted(profiles, key=lambda p: p.code))
        self.schema = schema
        self.lists = lists
        self.broken: list[Broken] = []
        usable: list[tuple[Profile, t.Condition]] = []
        for profile in self.given:
            condition = self._whole(profile, {p.code for p, _ in usable})
            if condition is not None:
                usable.append((profile, condition))
        self.profiles = tuple(profile for profile, _ in usable)
        self.conditions = tuple(condition for _, condition in usable)
        self.codes = tuple(profile.code for profile in self.profiles)
        self.columns = frozenset[str]().union(*(t.columns(c) for c in self.conditions))

    @cached_property
    def version(self) -> str:
        meanings = dict(zip(self.codes, map(version, self.conditions), strict=True))
        content = [[p.version, meanings.get(p.code, "")] for p in self.given]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @cached_property
    def figures(self) -> Figures:
        return Figures.of(self.profiles)

    def __len__(self) -> int:
        return len(self.profiles)

    def __getitem__(self, code: str) -> Profile:
        return self.profiles[self.codes.index(code)]

    def encode(self, frame: pl.DataFrame) -> Batch:
        """The columns these profiles read, encoded to be asked many times, also by any set that reads
        no others."""
        return encode_ordered(frame, sorted(self.columns), self.schema)

    def evaluate(self, records: pl.DataFrame | Batch, *, unknown: bool = True) -> Hits:
        """Judge every record by every profile. Without `unknown`, only hits are looked for."""
        if isinstance(records, Batch):
            batch = records
        else:  # asked once: putting it in order would not pay
            batch = encode(records, sorted(self.columns), self.schema)
        found = Kernel(batch, self.lists).evaluate(self._compiled, unknown=unknown)
        return Hits.of(self.codes, batch.rows, found)

    def evaluate_row(self, facts: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """Codes of the profiles that hit one record, and of those that could not be judged.

        Facts are Python values by name: str, bool, int, float, Decimal, date or None.
        """
        hits, unknown = self._rows.judge(facts)
        return [self.codes[n] for n in hits], [self.codes[n] for n in unknown]

    def to_json(self) -> str:
        """All profiles given, for keeping under `version`."""
        plain = [profile.to_dict() for profile in self.given]
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str, schema: Schema, lists: NamedLists) -> ProfileSet:
        return cls(map(Profile.from_dict, json.loads(text)), schema, lists)

    @cached_property
    def _compiled(self) -> list[Compiled]:
        compiler = Compiler()
        return [compiler.compile(condition) for condition in self.conditions]

    @cached_property
    def _rows(self) -> RowIndex:
        return RowIndex(self.conditions, self.schema, self.lists)

    def _whole(self, profile: Profile, taken: set[str]) -> t.Condition | None:
        """The officer's condition within its scope; None, with a note in `broken`, if unusable."""
        checked = check(profile.condition, self.schema, self.lists)
        checker = Checker(self.schema, self.lists)
        scope = tuple(checker.condition(part) for part in profile.scope())
        problems = [*checked.errors]
        problems += [replace(p, start=0, end=0) for p in checker.problems if p.level == "error"]
        if profile.code in taken:
            problems.append(Problem(0, 0, "code_taken", {"name": profile.code}))
        if problems or checked.tree is None:
            self.broken.append(Broken(profile, tuple(problems)))
            return None
        return t.And((*scope, checked.tree)) if scope else checked.tree
