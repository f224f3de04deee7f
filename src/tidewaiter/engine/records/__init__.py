"""Canonical records: one schema a stream, and the lake that keeps them."""

from tidewaiter.engine.records.streams import (
    ASSESSMENTS,
    CHALLENGES,
    DECLARATIONS,
    OUTCOMES,
    SELECTIONS,
    SHADOW,
    STREAMS,
)

__all__ = [
    "ASSESSMENTS",
    "CHALLENGES",
    "DECLARATIONS",
    "OUTCOMES",
    "SELECTIONS",
    "SHADOW",
    "STREAMS",
]
