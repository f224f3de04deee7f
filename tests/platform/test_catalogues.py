"""The catalogues of translations: what a translator may not change, and that pages speak them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
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
    for message in filter(lambda one: one.id, catalogue):
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_to_translate(language):
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    forms = {
        message.id: [message.string] if isinstance(message.string, str) else message.string
        for message in catalogue
        if message.id
    }
    assert [text for text, said in forms.items() if not all(said)] == []


# The gallery is for developers.
TEMPLATES = [
    path
    for path in sorted(LOCALE.parents[1].rglob("templates/**/*.html"))
    if path.name != "gallery.html"
]
# What is no text of the page: comments, texts marked for translation, other tags and variables.
MARKED = re.compile(
    r"{#.*?#}|{% comment %}.*?{% endcomment %}|{% blocktranslate.*?{% endblocktranslate %}"
    r"|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
SPOKEN = {
    "title", "label", "lead", "caption", "placeholder", "alt", "submit", "aria-label", "data-failed",
    "data-denied",
}  # fmt: skip
SAME_EVERYWHERE = {"Tidewaiter", "SHA", "CSV", "Parquet", "Ctrl", "Esc", "Enter"}


class Texts(HTMLParser):
    """What a page says by itself, in text or in attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in ("c-code", "code", "script", "style", "svg")
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("c-code", "code", "script", "style", "svg")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.found.append(data)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_that_is_not_marked_for_translation(path):
    parser = Texts()
    parser.feed(MARKED.sub("", path.read_text("utf-8")))
    words = {word for text in parser.found for word in re.findall(r"[^\W\d_]{2,}", text)}
    assert words - SAME_EVERYWHERE == set()


def test_the_check_of_templates_sees_unmarked_text():
    parser = Texts()
    parser.feed(MARKED.sub("", "<p>{{ x }} Hello</p><a title=\"Go {% translate 'on' %}\">1</a>"))
    assert {text.strip() for text in parser.found} >= {"Hello", "Go"}
