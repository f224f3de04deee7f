"""What a reader says about input it could not, or could only partly, read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a message.

    place: where, as its sender would look for it: `line 17, column "Net Mass"` or an XPath.
    code: stable, snake_case; its sentence and remedy stand in `sentences.py`.
    parameters: the figures and words of the sentence.
    record: the offending piece of input as text (cut at 2,000 characters).
    severity: `error` keeps the record out of the lake, `warning` lets it in.
    rows: how many records this finding keeps out.
    """

    place: str
    code: str
    parameters: dict[str, Any] = field(default_factory=dict)
    record: str = ""
    severity: Literal["error", "warning"] = "error"
    rows: int = 1

    def __post_init__(self) -> None:
        """No NUL characters: senders write them, and databases refuse them."""
        for name in ("place", "record"):
            text = getattr(self, name)
            if "\0" in text:
                object.__setattr__(self, name, text.replace("\0", ""))
        if any(isinstance(value, str) and "\0" in value for value in self.parameters.values()):
            clean = {
                name: value.replace("\0", "") if isinstance(value, str) else value
                for name, value in self.parameters.items()
            }
            object.__setattr__(self, "parameters", clean)
