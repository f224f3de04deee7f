"""Filling the lanes of every office and day by value, for all of them at once.

A declaration of size s (hundredths of a one-item declaration) needs b·s/100 minutes of a lane's
control, b being that control's standard minutes. So one ranking, value per size, serves every lane:
each lane goes down what the lanes before it left and takes whatever still fits.

What a lane takes is a segment of the ranking, up to the first that does not fit, found by binary
search in the running sum of sizes; and then a few single ones behind it, small enough for the rest.
As less is left than the size that did not fit, and sizes lie between one and a few, these are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

UNLIMITED = 2**60


@dataclass(frozen=True, slots=True)
class Room:
    """What value picks may use, each of shape [groups, lanes].

    `sizes`: what is left of the office's minutes, as sizes; groups that share an office have the same.
    `parts`: the group's part of it. `counts`: numbers of declarations.
    """

    sizes: Ints
    parts: Floats
    counts: Ints

    def of(self, groups: Ints, freed: Freed | None = None) -> tuple[Ints, Ints]:
        """Sizes and numbers that these groups may use, with something freed for each."""
        sizes, counts, parts = self.sizes[groups], self.counts[groups], self.parts[groups]
        if freed is not None:
            sizes, counts = sizes + freed.sizes, counts + freed.counts
        shared = np.floor(np.clip(sizes, -UNLIMITED, UNLIMITED) * parts).astype(np.int64)
        return np.where(parts == 1.0, sizes, shared), counts


@dataclass(frozen=True, slots=True)
class Freed:
    """Room that a declaration takes now and would free, each of shape [declarations, lanes]."""

    sizes: Ints
    counts: Ints


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates sorted by group, then best value per size first.

    `before[i]` is the sum of the sizes of all candidates in front of position i (one longer).
    `floors[lane]` is the value per size that a control in that lane costs. `steps` are the sizes that
    occur; `fitting[k, i]` the first position from i on with a candidate of at most `steps[k]`.
    """

    groups: Ints
    values: Floats
    sizes: Ints
    before: Ints
    first: Ints
    floors: Floats
    steps: Ints
    fitting: Ints

    @classmethod
    def of(
        cls, groups: Ints, values: Floats, sizes: Ints, *, group_count: int, floors: Floats
    ) -> Ranking:
        before = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        first = np.searchsorted(groups, np.arange(group_count + 1)).astype(np.int64)
        steps = np.unique(sizes).astype(np.int64)
        end = len(sizes)
        fitting = np.full((len(steps) + 1, end + 1), end, dtype=np.int64)
        for number, step in enumerate(steps):
            here = np.where(sizes <= step, np.arange(end), end)
            fitting[number, :-1] = np.minimum.accumulate(here[::-1])[::-1]
        padded = np.append(sizes, 0).astype(np.int64)
        return cls(groups, values, padded, before, first, floors, steps, fitting)

    def worthwhile_end(self, lane: int) -> Ints:
        """Per group, the position behind the last candidate worth more than the lane costs."""
        worth = np.concatenate(([0], np.cumsum(self.values > self.floors[lane]))).astype(np.int64)
        ends: Ints = self.first[:-1] + worth[self.first[1:]] - worth[self.first[:-1]]
        return ends

    def reach(self, start: Ints, sizes: Ints, counts: Ints, stop: Ints, gone: Ints) -> Ints:
        """How far from `start` a lane with this room gets without leaving one out, `stop` at most.

        `gone`: positions that lanes before took, -1 for none; they take no room.
        """
        end = start
        for _ in range(gone.shape[1] + 1):
            inside = (gone >= start[:, None]) & (gone <= end[:, None])
            free, number = (self.sizes[gone] * inside).sum(axis=1), inside.sum(axis=1)
            by_size = np.searchsorted(self.before, self.before[start] + sizes + free, side="right")
            further = np.minimum(np.minimum(by_size - 1, start + counts + number), stop)
            further = np.maximum(further, start)
            if np.array_equal(further, end):
                break
            end = further
        return end

    def singles(self, end: Ints, sizes: Ints, counts: Ints, stop: Ints, gone: Ints) -> Ints:
        """What a lane takes behind `end` into the room left to it: positions, -1 for none."""
        found: list[Ints] = []
        place, sizes, counts = end, sizes.copy(), counts.copy()
        while True:
            step = np.searchsorted(self.steps, sizes, side="right") - 1
            place = self.fitting[step, place]
            open_still = (place < stop) & (counts > 0)
            if not open_still.any():
                break
            free = open_still & ~(gone == place[:, None]).any(axis=1)
            found.append(np.where(free, place, -1))
            sizes -= np.where(free, self.sizes[place], 0)
            counts -= free
            place = np.where(open_still, place + 1, stop)
        return np.column_stack(found) if found else np.full((len(end), 0), -1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one lane takes: the segment from `start` to `end` less what is `gone`, and `singles`.

    `sizes` and `counts` are the room it had; all of one entry, or row, a question.
    """

    start: Ints
    end: Ints
    singles: Ints
    gone: Ints
    sizes: Ints
    counts: Ints

    def left(self, ranking: Ranking, place: Ints | None = None) -> tuple[Ints, Ints]:
        """Room left when the lane comes to this place of the ranking (or to the end of it)."""
        upto = self.end if place is None else np.clip(place, self.start, self.end)
        skipped = (self.gone >= self.start[:, None]) & (self.gone < upto[:, None])
        own = self.singles >= 0
        if place is not None:
            own &= self.singles < place[:, None]
        segment = ranking.before[upto] - ranking.before[self.start]
        sizes = segment + (ranking.sizes[self.singles] * own).sum(axis=1)
        sizes -= (ranking.sizes[self.gone] * skipped).sum(axis=1)
        counts = upto - self.start - skipped.sum(axis=1) + own.sum(axis=1)
        return self.sizes - sizes, self.counts - counts


def _lanes(ranking: Ranking, groups: Ints, room: tuple[Ints, Ints]) -> Iterator[Taken]:
    """What each lane takes in turn, for questions about these groups with this room."""
    start = ranking.first[:-1][groups]
    gone = np.full((len(groups), 0), -1, dtype=np.int64)
    for lane in range(room[0].shape[1]):
        sizes, counts = room[0][:, lane], room[1][:, lane]
        stop = ranking.worthwhile_end(lane)[groups]
        end = ranking.reach(start, sizes, counts, np.maximum(stop, start), gone)
        nothing = np.full((len(groups), 0), -1, dtype=np.int64)
        left = Taken(start, end, nothing, gone, sizes, counts).left(ranking)
        singles = ranking.singles(end, *left, stop, gone)
        yield Taken(start, end, singles, gone, sizes, counts)
        gone = np.hstack([gone, singles])
        start = end


def fill(ranking: Ranking, room: Room) -> list[Taken]:
    """What each lane takes of each group."""
    groups = np.arange(len(room.sizes))
    return list(_lanes(ranking, groups, room.of(groups)))


def lane_of(taken: list[Taken], candidates: int) -> Ints:
    """The lane of each candidate, -1 where none takes it."""
    lanes = np.full(candidates, -1, dtype=np.int64)
    for lane, one in enumerate(taken):
        marks = np.zeros(candidates + 1, dtype=np.int64)
        np.add.at(marks, one.start, 1)
        np.add.at(marks, one.end, -1)
        lanes[(np.cumsum(marks)[:-1] > 0) & (lanes < 0)] = lane
        lanes[one.singles[one.singles >= 0]] = lane
    return lanes


@dataclass(frozen=True, slots=True)
class Asked:
    """Declarations outside the ranking: where each would stand in it, and the room it takes now."""

    groups: Ints
    positions: Ints
    values: Floats
    sizes: Ints
    freed: Freed | None = None


def would_pick(ranking: Ranking, room: Room, asked: Asked) -> NDArray[np.bool_]:
    """Whether value would have picked each of them, had it been a candidate.

    Everything else stays as it is, so the answer depends on the other declarations only; that makes
    the inverse of the probability derived from it an unbiased weight. A declaration that a lane
    leaves out changes nothing for the others, so one walk without it answers for all lanes.
    """
    picked = np.zeros(len(asked.groups), dtype=bool)
    walk = _lanes(ranking, asked.groups, room.of(asked.groups, asked.freed))
    for lane, taken in enumerate(walk):
        sizes, counts = taken.left(ranking, asked.positions)
        picked |= (asked.sizes <= sizes) & (counts > 0) & (asked.values > ranking.floors[lane])
    return picked
