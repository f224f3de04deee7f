"""Which passwords are taken."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.conftest import REPOSITORY
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.accounts.passwords import WORDS, is_listed


def refusal(password: str, user: User | None = None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    ["the tide waits for no one", "ajqkdhwzpvmxn", "пароль которого нет", "1029384756473829",
     "x" * 40 + "yz" * 60, "customs at four winds", "correct horse battery staple",
     " spaces around it "],
)  # fmt: skip
def test_any_composition_will_do(password):
    assert refusal(password) == set()


@pytest.mark.parametrize("password", ["elevenchars", ""])
def test_short_ones_will_not(password):
    assert "password_too_short" in refusal(password)


@pytest.mark.parametrize(
    "password", ["qwerty123456", "michaeljordan1", "PASSWORD1234", "letmeinletmein"]
)
def test_common_ones_will_not(password):
    assert "password_too_common" in refusal(password)


def test_the_name_of_the_account_will_not():
    user = User(username="annapurna.schmidt")
    assert "password_too_similar" in refusal("annapurna.schmidt1", user)


@pytest.mark.parametrize("password", ["Tidewaiter2026!", "customs-inspector", "DouaneDouane12"])
def test_words_of_the_house_will_not(password):
    assert "password_of_own_words" in refusal(password)


def test_nor_words_of_the_administration(settings):
    assert refusal("Ruritania-1234") == set()
    settings.PASSWORD_WORDS = ["ruritania"]
    assert refusal("Ruritania-1234") == {"password_of_own_words"}


def test_the_words_are_documented():
    page = (REPOSITORY / "docs" / "administrator" / "accounts.md").read_text("utf-8")
    listed = re.search(r"Words that do not count: (.+)", page)
    assert listed
    assert set(re.findall(r"\w+", listed[1])) >= set(WORDS)


@pytest.fixture
def breached(tmp_path, settings):
    """A file as it is published: SHA-1 and a count, sorted."""
    known = ["correct horse battery staple", "let me in please now"]
    known += [f"breached {n}" for n in range(500)]
    digests = sorted(hashlib.sha1(w.encode(), usedforsecurity=False).hexdigest() for w in known)
    path = tmp_path / "breached.txt"
    path.write_bytes(b"".join(f"{one.upper()}:{n}\r\n".encode() for n, one in enumerate(digests)))
    settings.BREACHED_PASSWORDS = str(path)
    return path, known


def test_breached_ones_will_not(breached):
    assert refusal("correct horse battery staple") == {"password_breached"}
    assert refusal("a horse of another colour") == set()


def test_every_line_of_the_list_is_found_and_nothing_else(breached):
    path, known = breached
    assert all(is_listed(path, word) for word in known)
    assert not any(is_listed(path, f"{word}x") for word in known)
    path.write_bytes(b"")
    assert not is_listed(path, known[0])
