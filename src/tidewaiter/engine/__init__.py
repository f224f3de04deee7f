"""The engine: functions over data frames. No web framework, no database.

`import tidewaiter.engine` works in a notebook; the desks call the same functions.
"""
