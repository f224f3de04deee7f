"""Files are kept under their hash, verified, and answered with harmlessly."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import time
import tracemalloc
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.vault import actions, container, files, responses
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.pictures import SIDE, VIEW_SIDE, NoPicture
from tidewaiter.platform.vault.sniffing import media_type
from tidewaiter.platform.vault.verification import faults

pytestmark = pytest.mark.django_db


def picture(kind="JPEG", size=(1200, 800), mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(out, kind, **options)
    return out.getvalue()


def damage(sha256: str) -> None:
    path = files.path_of(sha256)
    path.chmod(0o640)
    path.write_bytes(b"something else")


def test_a_file_is_kept_under_its_hash_and_read_back(officer):
    stored = actions.store(b"a packing list\n", officer("inspector"))
    assert stored.sha256 == hashlib.sha256(b"a packing list\n").hexdigest()
    assert (stored.size, stored.media_type) == (15, "text/plain")
    with actions.open_verified(stored.sha256) as file:
        assert file.read() == b"a packing list\n"


def test_the_same_bytes_twice_are_one_file(officer, home):
    first = actions.store(io.BytesIO(b"x" * 3_000_000), officer("inspector"))
    assert actions.store(b"x" * 3_000_000, None) == first
    assert actions.store(b"x" * 3_000_000, None).actor is not None
    kept = [path for path in (home / "vault").rglob("*") if path.is_file()]
    assert kept == [files.path_of(first.sha256)]


def test_too_large_a_file_is_refused_and_leaves_nothing(home):
    with pytest.raises(ValidationError, match="at most 1 MB"):
        actions.store(io.BytesIO(b"x" * 1_048_577), None, limit=1_048_576)
    assert not [path for path in (home / "vault").rglob("*") if path.is_file()]
    assert actions.store(b"x" * 1_048_576, None, limit=1_048_576).size == 1_048_576


def test_a_damaged_or_missing_file_is_not_given_out_and_storing_it_again_mends_it():
    stored = actions.store(b"evidence", None)
    damage(stored.sha256)
    with pytest.raises(files.Corrupt, match="restore it"):
        actions.open_verified(stored.sha256)
    actions.store(b"evidence", None)
    assert actions.open_verified(stored.sha256).read() == b"evidence"
    files.path_of(stored.sha256).unlink()
    with pytest.raises(FileNotFoundError):
        actions.open_verified(stored.sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 63 + "/"])
def test_only_a_hash_names_a_file(name):
    with pytest.raises(ValueError, match="no SHA-256"):
        files.path_of(name)


def test_the_weekly_job_finds_what_is_damaged():
    stored = [actions.store(bytes([n]), None) for n in range(3)]
    good = enqueue("vault.verify", actor=None)
    worker.drain()
    good.refresh_from_db()
    assert (good.state, good.result) == ("done", {"files": 3})
    damage(stored[1].sha256)
    bad = enqueue("vault.verify", actor=None)
    worker.drain()
    bad.refresh_from_db()
    assert (bad.state, bad.error.split(":")[0]) == ("failed", "1 of 3 files are missing or damaged")
    assert stored[1].sha256 in bad.log


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_pictures_are_known_by_their_bytes_and_shown_small(kind):
    stored = actions.store(picture(kind), None)
    assert stored.media_type == f"image/{kind.lower()}"
    small = Image.open(io.BytesIO(actions.thumbnail(stored.sha256)))
    assert small.format == "JPEG"
    assert small.size == (SIDE, SIDE * 2 // 3)


def test_a_thumbnail_stands_upright_and_tells_nothing_of_the_camera():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010F] = "Secret Camera"
    original = picture("JPEG", exif=exif)
    stored = actions.store(original, None)
    small = actions.thumbnail(stored.sha256)
    assert Image.open(io.BytesIO(small)).size == (SIDE * 2 // 3, SIDE)
    assert b"Secret Camera" in original
    assert b"Secret Camera" not in small
    assert actions.open_verified(stored.sha256).read() == original
    assert actions.thumbnail(stored.sha256) == small


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "1", "CMYK"])
def test_pictures_of_every_kind_of_colour_are_shown(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    stored = actions.store(picture(kind, mode=mode, size=(20, 10)), None)
    assert Image.open(io.BytesIO(actions.thumbnail(stored.sha256))).mode == "RGB"


def bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\x00" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content", [b"no picture", picture()[:500], b"\xff\xd8\xff" + os.urandom(200), bomb()]
)
def test_what_is_no_sound_picture_gets_no_thumbnail(content):
    stored = actions.store(content, None)
    with pytest.raises(NoPicture):
        actions.thumbnail(stored.sha256)
    assert responses.thumbnail_response(stored).status_code == 415


@pytest.mark.parametrize(
    "content",
    [
        picture("PNG", size=(9, 9)),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"<html><script>1</script>",
        b"%PDF-1.7 ...",
    ],
)
def test_an_original_is_for_download_only(content):
    stored = actions.store(content, None)
    response = responses.file_response(stored, 'a "nasty"\r\nname.html')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Disposition"].startswith("attachment")
    assert "\n" not in response["Content-Disposition"]
    assert response["Content-Type"] == "application/octet-stream"
    assert int(response["Content-Length"]) == len(content)
    assert b"".join(response.streaming_content) == content
    assert stored.sha256 in responses.file_response(stored)["Content-Disposition"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_what_hides_in_or_behind_a_picture_is_not_shown(kind):
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (51.0, 55.0, 9.0)  # GPS latitude
    hidden = b"<script>alert(1)</script>"
    options = {"exif": exif} if kind in ("JPEG", "PNG", "WEBP", "TIFF") else {}
    if kind in ("JPEG", "GIF"):
        options["comment"] = b"Secret comment"
    stored = actions.store(picture(kind, **options) + hidden, None)
    response = responses.view_response(stored)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert "Content-Disposition" not in response
    shown = Image.open(io.BytesIO(response.content))
    assert shown.size == (1200, 800)
    assert dict(shown.getexif()) == {}
    assert response.content.endswith(b"\xff\xd9")
    for secret in (hidden, b"Secret"):
        assert secret not in response.content
    with actions.open_verified(stored.sha256) as file:
        assert file.read().endswith(hidden)


def test_a_large_picture_is_shown_smaller_and_what_is_none_not_at_all():
    wide = actions.store(picture("PNG", size=(VIEW_SIDE * 2, 10)), None)
    shown = Image.open(io.BytesIO(responses.view_response(wide).content))
    assert shown.size == (VIEW_SIDE, 5)
    assert responses.view_response(actions.store(b"text", None)).status_code == 415


def test_nothing_plain_is_on_the_disk(home, officer):
    marks = [b"EVIDENCE-OF-SMUGGLING", b"Secret Camera"]
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    shot = actions.store(picture("JPEG", exif=exif), officer("inspector"))
    actions.store(marks[0] * 100, None)
    actions.thumbnail(shot.sha256)
    actions.viewing_copy(shot.sha256)
    kept = [path for path in (home / "vault").rglob("*") if path.is_file()]
    assert len(kept) == 4
    for path in kept:
        content = path.read_bytes()
        assert not [mark for mark in (*marks, b"\xff\xd8\xff", b"JFIF") if mark in content]
        assert path.stat().st_mode & 0o077 == 0


def test_what_an_interrupted_upload_leaves_nobody_can_read(home):
    """Its key was in memory only: not even the keys of the house open it."""

    class Broken(io.RawIOBase):
        """A line that breaks after a while."""

        def read(self, _size=-1):
            (path,) = (home / "vault" / "incoming").iterdir()
            content = path.read_bytes()
            if len(content) > 3_000_000:
                left.append(content)
                raise OSError("the line broke")
            return b"EVIDENCE" * 131_072

    left = []
    with pytest.raises(OSError, match="broke"):
        actions.store(Broken(), None)
    (content,) = left
    assert b"EVIDENCE" not in content
    assert content[: container.HEADER] == bytes(container.HEADER)
    assert not list((home / "vault" / "incoming").iterdir())


def test_derived_pictures_that_were_damaged_are_made_anew():
    stored = actions.store(picture(), None)
    small = actions.thumbnail(stored.sha256)
    path = files.path_of(stored.sha256, "small")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])
    assert actions.thumbnail(stored.sha256) == small
    path.write_bytes(files.path_of(stored.sha256).read_bytes())
    assert actions.thumbnail(stored.sha256) == small


def test_a_file_of_an_earlier_release_is_read_and_sealed_by_a_job(home):
    content = b"kept plain" * 200_000
    sha256 = hashlib.sha256(content).hexdigest()
    plain = files.path_of(sha256, "files")
    plain.parent.mkdir(parents=True)
    plain.write_bytes(content)
    Stored.objects.create(
        sha256=sha256, size=len(content), media_type="text/plain", stored_at=timezone.now()
    )
    thumbnail = files.path_of(sha256, "thumbnails")
    thumbnail.parent.mkdir(parents=True)
    thumbnail.write_bytes(b"small")
    assert actions.open_verified(sha256).read() == content
    assert list(faults()) == []
    job = enqueue("vault.seal", actor=None)
    worker.drain()
    job.refresh_from_db()
    assert job.result == {"sealed": 1}
    assert actions.open_verified(sha256).read() == content
    assert not plain.exists()
    assert not thumbnail.exists()
    assert b"kept plain" not in files.path_of(sha256).read_bytes()


def test_a_damaged_file_of_an_earlier_release_is_named_and_stays(home):
    plain = files.path_of("0" * 64, "files")
    plain.parent.mkdir(parents=True)
    plain.write_bytes(b"not what its name says")
    job = enqueue("vault.seal", actor=None)
    worker.drain()
    job.refresh_from_db()
    assert job.state == "failed"
    assert str(plain) in job.log
    assert plain.exists()
    assert not files.path_of("0" * 64).exists()


def test_abandoned_uploads_are_removed(home):
    incoming = home / "vault" / "incoming"
    incoming.mkdir(parents=True)
    for name, age in (("old", 2 * 86_400), ("new", 60)):
        (incoming / name).touch()
        os.utime(incoming / name, (time.time() - age,) * 2)
    enqueue("vault.seal", actor=None)
    worker.drain()
    assert [path.name for path in incoming.iterdir()] == ["new"]


def test_a_large_file_never_stands_in_memory():
    class Endless(io.RawIOBase):
        """100 MB that are nowhere."""

        left = 100

        def read(self, _size=-1):
            self.left -= 1
            return b"x" * 1_048_576 if self.left >= 0 else b""

    tracemalloc.start()
    try:
        stored = actions.store(Endless(), None)
        with actions.open_verified(stored.sha256) as file:
            while file.read(65_536):
                pass
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stored.size == 100 * 1_048_576
    assert most < 20 * 1_048_576


@given(st.binary(max_size=5000))
def test_telling_what_a_file_is_never_fails(content):
    assert "/" in media_type(content)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_text_is_text_wherever_its_head_ends(text):
    content = ("x" + text).encode()
    repeated = (content * (5000 // len(content) + 1))[:4096]
    known = {"text/plain", media_type(content)}
    assert media_type(repeated) in known


def test_a_row_is_never_without_its_bytes(monkeypatch):
    def fail(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(files, "_place", fail)
    with pytest.raises(OSError, match="disk full"):
        actions.store(b"x", None)
    assert not Stored.objects.exists()
