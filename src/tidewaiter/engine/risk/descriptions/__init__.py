"""Text against code: whether a description is what is usually declared under its heading."""

from tidewaiter.engine.risk.descriptions.classifier import (
    DAYS,
    Descriptions,
    Fit,
    headings_and_said,
)

__all__ = ["DAYS", "Descriptions", "Fit", "headings_and_said"]
