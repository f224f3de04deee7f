"""Hostile files: two kinds in one, names that are paths, archives that want out of their folder.

Bombs, damaged archives and hostile XML are in tests/messages; the vault's own walls in
tests/platform/vault.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from tests.access.of_control import own_order
from tests.security.walking import HERE, is_html, parsed
from tidewaiter.desks.control.models import Photograph
from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.journal.models import Message, Quarantined

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
SCRIPT = b"<html><script>alert(document.cookie)</script></html>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"
NAMES = (
    "../../../etc/cron.d/x.png",
    "..\\..\\x.jpg",
    "a\x00.png",
    "<script>.png",
    "/etc/x.png",
    "a.php",
)
SECRET = "root:x:0:0"


def picture(kind: str, tail: bytes = b"", **more: object) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (4, 3)).save(content, kind, **more)
    return content.getvalue() + tail


POLYGLOTS = {
    "a JPEG that goes on as a page": picture("JPEG", SCRIPT),
    "a page in the comment of a JPEG": picture("JPEG", comment=SCRIPT),
    "a PNG that goes on as an archive": picture("PNG", b"PK\x03\x04" + SCRIPT),
    "a WebP with a script": picture("WEBP", SCRIPT),
}
FOREIGN = {
    "a page": SCRIPT,
    "an SVG": SVG,
    "a PDF with a script": PDF,
    "a GIF that is a script": b"GIF89a/*" + b"\x00" * 10 + b"*/=alert(1)//",
    "a picture's first bytes, then a page": b"\x89PNG\r\n\x1a\n" + SCRIPT,
    "nothing": b"",
}


@pytest.fixture
def order(insider) -> int:
    return own_order(HERE, insider.user)["pk"]


def send(insider, order: int, content: bytes, name: str = "p.png"):
    file = SimpleUploadedFile("p", content, "image/png")
    file._name = name  # as it stands on the wire, before Django takes the path off
    url = reverse("control:api_photograph", args=[order])
    return insider.post(url, {"id": str(uuid.uuid4()), "file": file})


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_only_says_it_is_a_picture_is_refused(insider, order, kind):
    assert send(insider, order, FOREIGN[kind]).status_code == 400
    assert not Photograph.objects.exists()


@pytest.mark.parametrize("kind", POLYGLOTS)
def test_a_picture_that_is_something_else_as_well_stays_a_picture(insider, order, kind):
    """Kept as evidence, bit by bit, and a download; shown as a picture without the rest."""
    told = send(insider, order, POLYGLOTS[kind])
    assert told.status_code == 201
    url = reverse("control:my_photograph", args=[told.json()["id"]])
    whole, small = insider.get(url), insider.get(url, {"small": ""})
    for answer in (whole, small):
        assert answer["Content-Type"] in ("image/jpeg", "image/png", "image/webp")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert b"alert" not in answer.getvalue()
    original = insider.get(url, {"original": ""})
    assert original.getvalue() == POLYGLOTS[kind]
    assert original["Content-Disposition"].startswith("attachment")


def outside(home: Path) -> set[Path]:
    """Files that are not of this house; counts of requests come and go in those of other tests."""
    others = {path for path in home.parent.rglob("*") if home not in path.parents}
    return {path for path in others if not path.name.startswith("limits.sqlite3")}


def test_a_name_that_is_a_path_writes_nothing_elsewhere(insider, order, home):
    before = outside(home)
    for name in NAMES:
        assert send(insider, order, picture("PNG"), name).status_code in (201, 400), name
        file = SimpleUploadedFile("p", b"declaration_id,hs\nA,1\n" + name.encode(), "text/csv")
        file._name = name
        answer = insider.post(
            reverse("intake:upload"), {"messages": file, "stream": "declarations"}
        )
        assert answer.status_code in (302, 400), name
    assert outside(home) == before
    kept = {path.name for path in home.rglob("*") if path.is_file()}
    assert not kept & {"x", "x.png", "x.jpg", "a.php", "<script>.png"}
    for message in Message.objects.all():
        assert not set(message.name) & set("/\\\x00\r\n")
        raw = insider.get(reverse("intake:raw", args=[message.pk]))
        assert raw["Content-Disposition"].startswith("attachment")
        assert (raw["Content-Type"], raw["X-Content-Type-Options"]) == (
            "application/octet-stream", "nosniff",
        )  # fmt: skip


def zipped(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, inner in members.items():
            archive.writestr(name, inner)
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return content.getvalue()


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<Declaration><ID>&e;</ID><TypeCode>IMA</TypeCode></Declaration>"""
INCLUDED = b"""<Declaration xmlns:xi="http://www.w3.org/2001/XInclude"><ID>
<xi:include href="file:///etc/passwd" parse="text"/></ID></Declaration>"""
TABLE = b"declaration_id,declaration_date,hs\nA,2026-03-01,010101\n"
HOSTILE = {
    "an archive whose members climb": zipped(**{"../../x.csv": TABLE, "/etc/x.csv": TABLE}),
    "an outside entity": ENTITY,
    "an included file": INCLUDED,
    "a page named as a table": SCRIPT,
    "NUL in a table": TABLE.replace(b"A,", b"\x00\x00,").replace(b"010101", b"\x00'--"),
    "NUL in JSON": b'{"declaration_id": "\\u0000", "hs": "\\u0000", "x": "\\ud800"}',
    "numbers without end": TABLE.replace(b"A,", b"A" * 5_000 + b","),
    "a formula as a name of a column": b"=1+1,declaration_id\nA,B\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_handed_in_is_read_or_kept_out_and_never_obeyed(insider, home, kind):
    """Through the page, the job and back to the page that tells what became of it."""
    before = outside(home)
    file = SimpleUploadedFile("list.csv", HOSTILE[kind])
    insider.post(reverse("intake:upload"), {"messages": file, "stream": "declarations"})
    worker.drain()
    message = Message.objects.get()
    assert message.state in ("recorded", "quarantined")
    assert not Job.objects.filter(kind="intake.record").exclude(state="done").exists()
    told = repr(list(Quarantined.objects.values())) + repr(list(Message.objects.values()))
    page = insider.get(reverse("intake:message", args=[message.pk]))
    assert page.status_code == 200
    assert SECRET not in told + page.content.decode()
    assert outside(home) == before


def file_forms(insider, places):
    """Where the pages take files: the address, the fields of files, and what else is sent."""
    for place in places:
        answer = insider.get(place.url)
        for form in parsed(answer).iter("form") if is_html(answer) else ():
            names = [f.get("name") for f in form.iter("input") if f.get("type") == "file"]
            if names and form.get("method", "get").lower() == "post":
                yield form.get("action") or place.url, names, dict(form.fields)


def test_no_form_that_takes_a_file_breaks_on_one(insider, places):
    found = {url: (names, data) for url, names, data in file_forms(insider, places)}
    bombs = {
        "x.toml": b"a = " + b"[" * 5_000,
        "../../x.csv": b"value\n\x00\n" + b"\xff\xfe",
        "x.png": SVG,
        "x.xlsx": zipped(**{"xl/workbook.xml": ENTITY, "[Content_Types].xml": ENTITY}),
        "z.csv": b"value,note\n" + b"A" * 300 + b"," + b"B" * 600,
        "y.toml": b'[[entry]]\nvalue = "\\u0000"\n[[profile]]\ncode = "../../x"\n',
        "p.toml": b'[[profile]]\ncode = "P"\ntitle = "\\u0000"\ncondition = "net_mass > 5"\n',
    }
    wrong = []
    for url, (names, data) in found.items():
        for name, content in bombs.items():
            given = {k: v for k, v in data.items() if v} | {
                field: SimpleUploadedFile(name, content) for field in names
            }
            answer = insider.post(url, given)
            if answer.status_code >= 500:
                wrong.append((url, name))
    assert wrong == []
    assert len(found) >= 4
