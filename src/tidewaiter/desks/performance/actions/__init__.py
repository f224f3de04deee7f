from tidewaiter.desks.performance.actions.summaries import refresh_summaries

__all__ = ["refresh_summaries"]
