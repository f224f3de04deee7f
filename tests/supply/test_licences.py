"""Licences of what ships, the browser code to the bit, and the bill of materials."""

from __future__ import annotations

import hashlib
import json
import re
import runpy

import pytest

from tests.conftest import REPOSITORY

SUPPLY = runpy.run_path(str(REPOSITORY / "scripts" / "supply"))
PAGE = (REPOSITORY / "docs" / "security" / "licences.md").read_text("utf-8")
PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0", "MIT-CMU",
    "OFL-1.1", "PSF-2.0", "Zlib",
}  # fmt: skip
LGPL = {"LGPL-2.1-only", "LGPL-3.0-only"}
# Weak copyleft of single files that ship unchanged: decided for these packages, one by one.
DECIDED = {("certifi", "MPL-2.0"), ("fido2", "MPL-2.0"), ("orjson", "MPL-2.0")}
COMPONENTS = SUPPLY["locked"]() + SUPPLY["browser"]()


def terms(licence: str) -> set[str]:
    """The licences that an SPDX expression names; all of them must be allowed."""
    return set(re.findall(r"[\w.+-]+", licence)) - {"AND", "OR"}


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: f"{c.name} {c.version}")
def test_its_licence_is_permissive_or_the_lgpl(component):
    found = terms(component.licence)
    assert found, "no licence: read its licence file and put it into READ of scripts/supply"
    decided = {licence for name, licence in DECIDED if name == component.name}
    assert found - PERMISSIVE - LGPL - decided == set()


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "MIT AND AGPL-3.0-or-later", "UNKNOWN"])
def test_another_licence_would_be_noticed(licence):
    assert terms(licence) - PERMISSIVE - LGPL


def test_the_page_names_every_component_and_no_other():
    rows = set(re.findall(r"^\| ([\w@/.-]+) \| (\S+) \| (.+?) \|", PAGE, re.MULTILINE))
    rows -= {("package", "version", "licence"), ("---", "---", "---")}
    assert rows == {(c.name, c.version, c.licence) for c in COMPONENTS}, "run make licences"


def test_browser_code_is_pinned_with_hashes():
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", c.version) for c in SUPPLY["browser"]())
    assert all(len(c.sha512[0]) == 128 for c in SUPPLY["browser"]())
    asked = json.loads((REPOSITORY / "frontend" / "package.json").read_text("utf-8"))
    listed = {(c.name, c.version) for c in SUPPLY["browser"]()}
    assert set(asked["dependencies"].items()) <= listed


def test_the_built_browser_code_is_what_the_page_says_to_the_bit():
    folder = SUPPLY["VENDOR"]
    if not (folder / "VENDOR.json").exists():
        pytest.skip("the browser code is not built: make install")
    said = dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", PAGE, re.MULTILINE))
    built = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "VENDOR.json"
    }
    assert built == said
    assert dict(SUPPLY["vendored"]()) == said


def test_the_bill_of_materials_is_whole_and_always_the_same():
    bill = SUPPLY["sbom"]()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {(c["name"], c["version"]) for c in bill["components"]}
    assert listed == {(c.name, c.version) for c in COMPONENTS}
    assert all(c["hashes"] and c["licenses"][0]["expression"] for c in bill["components"])
    refs = [c["bom-ref"] for c in (bill["metadata"]["component"], *bill["components"])]
    assert len(refs) == len(set(refs))
    named = {ref for d in bill["dependencies"] for ref in (d["ref"], *d["dependsOn"])}
    assert named <= set(refs)
    # Every package is there because something needs it.
    assert set(refs) - {r for d in bill["dependencies"] for r in d["dependsOn"]} == {refs[0]}
    assert SUPPLY["sbom"]() == bill
