"""Reasons of assessments in words: the house's own sentences, and officers' for their profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from tidewaiter.engine.risk.reasons import PROFILE, figure, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidewaiter.engine.risk.profiles import Profile


class Words:
    """Turns stored reasons into sentences. profiles: those the assessment used."""

    def __init__(
        self, profiles: tuple[Profile, ...] = (), gettext: Callable[[str], str] = str
    ) -> None:
        self._profiles = {profile.code: profile for profile in profiles}
        self._gettext = gettext

    def of(self, reasons: str | None) -> list[str]:
        """reasons: the JSON array of an assessment; heaviest first."""
        return [self.one(reason) for reason in orjson.loads(reasons or "[]")]

    def one(self, reason: Mapping[str, Any]) -> str:
        code, facts = reason["code"], reason["facts"]
        profile = self._profiles.get(code.removeprefix(PROFILE))
        if profile is None or not code.startswith(PROFILE):
            return sentence(code, facts, self._gettext)
        if not profile.reason:
            return profile.title
        return profile.reason.format_map(_Figures(facts))


class _Figures(dict[str, Any]):
    def __getitem__(self, name: str) -> str:
        return figure(self.get(name))

    def __missing__(self, name: str) -> str:
        return "–"
