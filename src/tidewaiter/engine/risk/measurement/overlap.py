"""What risk profiles share, and what one adds that no other finds."""

from __future__ import annotations

import polars as pl

COUNTS = ("declarations", "controlled", "found", "revenue", "minutes")


def added(sets: pl.DataFrame) -> pl.DataFrame:
    """One row a profile: profile; the sums of COUNTS over what it matched; and, as alone_…, over what
    it alone matched. Sorted by what it alone found.

    sets: profiles (list of the codes that matched), and COUNTS of the declarations matched by just these.
    """
    alone = pl.col("profiles").list.len() == 1
    rows = sets.with_columns(pl.when(alone).then(pl.col(COUNTS)).otherwise(0).name.prefix("alone_"))
    counts = [*COUNTS, *(f"alone_{name}" for name in COUNTS)]
    return (
        rows.explode("profiles")
        .drop_nulls("profiles")
        .group_by(profile="profiles")
        .agg(pl.col(counts).sum())
        .sort("alone_found", "found", "profile", descending=[True, True, False])
    )


def shared(sets: pl.DataFrame) -> pl.DataFrame:
    """One row for each two profiles that matched the same declarations, both ways round: profile,
    other, declarations and found of both, and `share`: of the profile's declarations the other has."""
    rows = sets.with_row_index("set").explode("profiles").drop_nulls("profiles")
    own = rows.group_by(profile="profiles").agg(all=pl.col("declarations").sum())
    left = rows.select("set", "declarations", "found", profile="profiles")
    both = left.join(rows.select("set", other="profiles"), on="set")
    return (
        both.filter(pl.col("profile") != pl.col("other"))
        .group_by("profile", "other")
        .agg(pl.col("declarations", "found").sum())
        .join(own, on="profile")
        .with_columns(share=pl.col("declarations") / pl.col("all"))
        .drop("all")
        .sort("profile", "other")
    )
