"""Text against code: whether a description is what is usually declared under its heading."""

from tidewaiter.engine.risk.descriptions.classifier import Descriptions, Fit, texts_and_headings

__all__ = ["Descriptions", "Fit", "texts_and_headings"]
