"""What is installed is pinned, with the hash of every file, and is all that is asked for."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "requirements"
FILES = sorted(path.name for path in FOLDER.glob("*.txt"))
PIN = re.compile(r"[a-z0-9][\w.-]*==[^\s;=]+( ; .+)?")


def entries(file: str) -> list[list[str]]:
    """Each requirement with what is said of it: its line, then its hashes; comments left out."""
    text = re.sub(r"(?m)^\s*#.*$", "", (FOLDER / file).read_text("utf-8"))
    lines = re.sub(r"\\\n\s*", "\t", text).split("\n")
    return [[part.strip() for part in line.split("\t")] for line in lines if line]


def asked(file: str) -> list[Requirement]:
    """What pyproject.toml asks for; the development file holds the rest as well."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    lines = project["project"]["dependencies"]
    if file == "dev.txt":
        lines = lines + project["dependency-groups"]["dev"]
    return [Requirement(line) for line in lines]


def test_there_is_a_file_to_run_and_one_to_develop():
    assert FILES == ["dev.txt", "runtime.txt"]


@pytest.mark.parametrize("file", FILES)
def test_every_line_is_pinned_and_has_hashes(file):
    wrong = [
        entry[0]
        for entry in entries(file)
        if not PIN.fullmatch(entry[0])
        or len(entry) < 2
        or not all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", part) for part in entry[1:])
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES)
def test_what_is_asked_for_is_locked_at_a_version_that_will_do(file):
    pins: dict[str, list[str]] = {}
    for line, *_hashes in entries(file):
        name, version = line.partition(" ;")[0].split("==")
        pins.setdefault(canonicalize_name(name), []).append(version)
    missing = [
        str(one)
        for one in asked(file)
        if not (found := pins.get(canonicalize_name(one.name)))
        or not all(one.specifier.contains(version, prereleases=True) for version in found)
    ]
    assert missing == []


def test_both_files_agree():
    run, develop = (
        {(entry[0].partition(" ;")[0], *entry[1:]) for entry in entries(file)}
        for file in ("runtime.txt", "dev.txt")
    )
    assert run - develop == set()
