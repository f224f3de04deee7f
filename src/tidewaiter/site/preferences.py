"""How an officer wants pages to look: theme, density, single-key shortcuts, time zone.

Kept in one cookie on the device, because the same officer uses a desk screen and a phone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

COOKIE = f"{settings.COOKIE_PREFIX}tidewaiter_preferences"
A_YEAR = 365 * 24 * 3600
THEMES = (("", _("As the device")), ("light", _("Light")), ("dark", _("Dark")))
DENSITIES = (("", _("As the device")), ("dense", _("Dense")), ("comfortable", _("Comfortable")))


@dataclass(frozen=True, slots=True)
class Preferences:
    theme: str = ""
    density: str = ""
    shortcuts: bool = True
    zone: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Preferences:
        """What the cookie says; anything unknown in it counts as not said."""
        said = dict(parse_qsl(request.COOKIES.get(COOKIE, "")))
        zone = said.get("zone", "")
        return cls(
            theme=_known(said.get("theme", ""), THEMES),
            density=_known(said.get("density", ""), DENSITIES),
            shortcuts=said.get("shortcuts") != "off",
            zone=zone if zone in _zones() else "",
        )

    def save(self, response: HttpResponse) -> None:
        said = {**asdict(self), "shortcuts": "on" if self.shortcuts else "off"}
        response.set_cookie(
            COOKIE,
            urlencode(said),
            max_age=A_YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )


@cache
def _zones() -> frozenset[str]:
    """Names of all time zones; finding them walks the time zone folder of the machine."""
    return frozenset(available_timezones())


def _known(value: str, choices: tuple[tuple[str, object], ...]) -> str:
    return value if any(value == code for code, _label in choices) else ""


class ApplyPreferences:
    """Shows times in the officer's zone and hands the preferences to the templates."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.preferences = Preferences.of(request)
        with timezone.override(
            ZoneInfo(request.preferences.zone) if request.preferences.zone else None
        ):
            return self.get_response(request)


class PreferencesForm(forms.Form):
    theme = forms.ChoiceField(
        label=_("Theme"), choices=THEMES, required=False, widget=forms.RadioSelect
    )
    density = forms.ChoiceField(
        label=_("Density"),
        choices=DENSITIES,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Dense shows more rows; comfortable is easier to hit with a finger."),
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Dates and times on all pages are shown in this zone."),
    )
    shortcuts = forms.BooleanField(
        label=_("Single-key shortcuts (/, j, k, ?)"),
        required=False,
        help_text=_("Turn off if you use speech input or if keys are pressed by accident."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in sorted(_zones())]
        self.fields["zone"].choices = [("", _("Administration's: %s") % settings.TIME_ZONE), *zones]

    def preferences(self) -> Preferences:
        return Preferences(**self.cleaned_data)
