"""The monthly report on the state of compliance: what goes into it, and how it is set."""

from tidewaiter.desks.performance.report.content import Content, content_of
from tidewaiter.desks.performance.report.setting import typeset

__all__ = ["Content", "content_of", "typeset"]
