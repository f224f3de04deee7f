"""Filling the lanes of every office and day by value, for all of them at once.

A declaration of size s (hundredths of a one-item declaration) needs b·s/100 minutes of a lane's
control, b being that control's standard minutes. So one ranking, value per size, serves every lane:
each lane takes from the head of what is left until the first that does not fit, the next lane goes on
from there. A lane is a segment of the ranking, found by binary search in the running sum of sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

UNLIMITED = 2**60


@dataclass(frozen=True, slots=True)
class Room:
    """What value picks may use: sizes and numbers of declarations, each of shape [groups, lanes]."""

    sizes: Ints
    counts: Ints


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates sorted by group, then best value per size first.

    `before[i]` is the sum of the sizes of all candidates in front of position i (one longer).
    `floors[lane]` is the value per size that a control in that lane costs.
    """

    groups: Ints
    values: Floats
    before: Ints
    first: Ints
    floors: Floats

    @classmethod
    def of(
        cls, groups: Ints, values: Floats, sizes: Ints, *, group_count: int, floors: Floats
    ) -> Ranking:
        before = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        first = np.searchsorted(groups, np.arange(group_count + 1)).astype(np.int64)
        return cls(groups, values, before, first, floors)

    def worthwhile_end(self, lane: int) -> Ints:
        """Per group, the position behind the last candidate worth more than the lane costs."""
        worth = np.concatenate(([0], np.cumsum(self.values > self.floors[lane]))).astype(np.int64)
        ends: Ints = self.first[:-1] + worth[self.first[1:]] - worth[self.first[:-1]]
        return ends

    def reach(self, start: Ints, sizes: Ints, counts: Ints, stop: Ints) -> Ints:
        """How far from `start` a lane with this room gets, `stop` at most."""
        by_size = np.searchsorted(self.before, self.before[start] + sizes, side="right") - 1
        end: Ints = np.minimum(np.minimum(by_size, start + counts), stop)
        return np.maximum(end, start)


def fill(ranking: Ranking, room: Room) -> tuple[Ints, Ints]:
    """Where each lane's segment starts and ends, each of shape [lanes, groups]."""
    lanes = room.sizes.shape[1]
    start = ranking.first[:-1]
    starts, ends = [], []
    for lane in range(lanes):
        stop = ranking.worthwhile_end(lane)
        end = ranking.reach(start, room.sizes[:, lane], room.counts[:, lane], stop)
        starts.append(start)
        ends.append(end)
        start = end
    return np.array(starts), np.array(ends)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Declarations that chance picked: where each would stand in the ranking, and the room that it
    takes now and would free (shape [drawn, lanes])."""

    groups: Ints
    positions: Ints
    values: Floats
    sizes: Ints
    freed: Room


def would_pick(ranking: Ranking, room: Room, drawn: Drawn) -> NDArray[np.bool_]:
    """Whether value would have picked each drawn declaration had chance not picked it.

    Everything else stays as it is, so the answer depends on the other declarations only; that makes
    the inverse of the probability derived from it an unbiased weight.
    """
    picked = np.zeros(len(drawn.groups), dtype=bool)
    start = ranking.first[:-1][drawn.groups]
    sizes = room.sizes[drawn.groups] + drawn.freed.sizes
    counts = room.counts[drawn.groups] + drawn.freed.counts
    for lane in range(room.sizes.shape[1]):
        stop = ranking.worthwhile_end(lane)[drawn.groups]
        end = ranking.reach(start, sizes[:, lane], counts[:, lane], stop)
        reached = end >= drawn.positions
        used = ranking.before[drawn.positions] - ranking.before[start] + drawn.sizes
        fits = (
            (used <= sizes[:, lane])
            & (drawn.positions - start < counts[:, lane])
            & (drawn.values > ranking.floors[lane])
        )
        picked |= reached & fits
        start = np.where(reached, drawn.positions, end)
    return picked
