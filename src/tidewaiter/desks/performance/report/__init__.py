"""The monthly report on the state of compliance: what goes into it, and how it is set."""
