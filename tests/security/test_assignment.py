"""Mass assignment: a form is sent with more fields than it has, named after columns of the house."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import models

from tests.security.poison import HOUSE
from tests.security.walking import HERE, THERE, all_forms, tried
from tidewaiter.platform.accounts.models import Office, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.security.walking import Form

pytestmark = pytest.mark.django_db
TEXT, NUMBER, DAY = "canary of a form", 77_123_457, "1901-02-03"
# Names that no column has, but a careless view might read.
MORE = {"actor": TEXT, "by": TEXT, "scope": "national", "is_admin": "1", "permissions": "all"}
# What a form sends besides its fields, and what is no column in the places it is read.
ITS_OWN = {"next", "officer"}


def tables() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in HOUSE]


def extras(victim: User) -> dict[str, Any]:
    """A field for every column of the house: an officer, a state, or a value found nowhere."""
    given: dict[str, Any] = dict(MORE)
    for model in tables():
        for field in model._meta.concrete_fields:
            value = _value(field, victim)
            given |= {field.name: value, field.attname: value}
    given |= {"roles": "administrator", "offices": THERE, "groups": "1", "user_permissions": "1"}
    return {name: value for name, value in given.items() if name not in ITS_OWN}


def _value(field: models.Field, victim: User) -> object:
    if isinstance(field, models.ForeignKey):
        return victim.pk if field.related_model is User else NUMBER
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateField):
        return DAY
    if field.choices:
        return field.choices[-1][0]
    texts = models.CharField | models.TextField | models.JSONField | models.BinaryField
    return TEXT if isinstance(field, texts) else NUMBER


def state(victim: User) -> dict[str, Counter]:
    """Who may what, who did what, and how far it is: states, flags, and persons of all tables."""
    kept = {}
    for model in tables():
        for field in model._meta.concrete_fields:
            person = getattr(field, "related_model", None) is User
            if person or field.choices or isinstance(field, models.BooleanField):
                values = model._base_manager.values_list(field.attname, flat=True)
                kept[f"{model._meta.label}.{field.name}"] = Counter(values)
    kept["offices"] = Counter(User.offices.through.objects.values_list("user", "office"))
    return kept


def canaries() -> Iterator[str]:
    for model in apps.get_models():
        for row in model._base_manager.values() if model._meta.managed else ():
            told = repr(row)
            if any(sign in told for sign in (TEXT, str(NUMBER), DAY, "datetime.date(1901")):
                yield f"{model._meta.label}: {told[:200]}"


def outcome(client, form: Form, more: dict, victim: User) -> tuple[int, dict, list[str]]:
    def act():
        data = {k: v for k, v in more.items() if k not in form.data} | form.data
        answer = client.post(form.url, data)
        return answer.status_code, state(victim), list(canaries())

    return tried(client, act)


@pytest.fixture
def victim(officer) -> User:
    """Somebody of another office, in whose name nothing may happen."""
    return officer("administrator", offices=[THERE], username="victim")


def test_a_form_takes_its_own_fields_only(insider, places, victim):
    """Every form of every page, as a browser sends it, and again with all that it has not."""
    more, wrong, changing = extras(victim), {}, set()
    before = state(victim)
    for form in all_forms(insider, places, "A plain text of some length."):
        status, plain, _none = outcome(insider, form, {}, victim)
        again, loaded, found = outcome(insider, form, more, victim)
        differing = [key for key in plain if loaded[key] != plain[key]]
        if status != again or differing or found:
            wrong[form.view] = (status, again, differing, found)
        if plain != before:
            changing.add(form.view)
    assert wrong == {}
    assert len(changing) > 15, sorted(changing)
