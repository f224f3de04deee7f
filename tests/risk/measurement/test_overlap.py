"""What profiles share, and what one adds."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.measurement.overlap import added, shared

SETS = pl.DataFrame(
    {
        "profiles": [["A"], ["A", "B"], ["B", "C"], ["C"], []],
        "declarations": [10, 6, 4, 5, 100],
        "controlled": [5, 3, 2, 5, 1],
        "found": [2, 3, 1, 0, 1],
        "revenue": [20.0, 30.0, 10.0, 0.0, 7.0],
        "minutes": [150.0, 90.0, 60.0, 150.0, 30.0],
    }
)


def test_a_profile_is_credited_with_what_no_other_found():
    rows = {row["profile"]: row for row in added(SETS).iter_rows(named=True)}
    assert list(rows) == ["A", "B", "C"]
    assert (rows["A"]["declarations"], rows["A"]["found"], rows["A"]["revenue"]) == (16, 5, 50.0)
    assert (rows["A"]["alone_found"], rows["A"]["alone_revenue"]) == (2, 20.0)
    assert (rows["B"]["alone_declarations"], rows["B"]["alone_found"]) == (0, 0)
    assert (rows["C"]["alone_controlled"], rows["C"]["alone_found"]) == (5, 0)


def test_pairs_are_counted_both_ways_round():
    rows = {(a, b): (n, f, s) for a, b, n, f, s in shared(SETS).iter_rows()}
    assert rows[("A", "B")] == (6, 3, 6 / 16)
    assert rows[("B", "A")] == (6, 3, 6 / 10)
    assert ("A", "C") not in rows
