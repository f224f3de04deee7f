"""The catalogues of translations: what a translator may not change, and that pages speak them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.urls import reverse
from django.utils import translation

LOCALE = Path(__file__).parents[2] / "src" / "tidewaiter" / "site" / "locale"
LANGUAGES = sorted(folder.name for folder in LOCALE.iterdir())
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+[^>]*>")


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_placeholders_and_markup(language):
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert len(catalogue) > 1_000
    wrong = []
    for message in catalogue:
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        allowed = set().union(*(PLACEHOLDER.findall(text) for text in ids))
        needed = set() if len(ids) > 1 else allowed  # "one day ago" may leave the number out
        for form in filter(None, forms):
            said = set(PLACEHOLDER.findall(form))
            if not needed <= said <= allowed:
                wrong.append((ids[0], form))
    assert not wrong


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("fr", "Se connecter"),
        ("es", "Iniciar sesión"),
        ("pt", "Iniciar sessão"),
        ("ru", "Войти"),
        ("ar", "تسجيل الدخول"),
    ],
)
def test_the_log_in_page_speaks_the_language_of_the_browser(client, db, language, word):
    with translation.override("en"):  # a request leaves its language active in this thread
        answer = client.get(reverse("account_login"), headers={"accept-language": language})
    page = answer.content.decode()
    assert f'lang="{language}"' in page
    assert word in page
