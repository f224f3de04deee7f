"""Tidewaiter: integrated customs compliance and enforcement."""

__version__ = "0.1.0"
