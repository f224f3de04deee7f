"""The language of risk profiles: one closed grammar, one typed tree, two evaluators."""

from __future__ import annotations

from tidewaiter.engine.risk.language.schema import Column, Kind, Schema

__all__ = ["Column", "Kind", "Schema"]
