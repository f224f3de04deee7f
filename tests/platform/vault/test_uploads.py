"""What is uploaded is not written down plain while it waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.access.of_control import order_of
from tests.platform.vault.test_vault import picture
from tidewaiter.platform.vault import files
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.uploads import SealedUploadHandler


def received(pieces: list[bytes]):
    handler = SealedUploadHandler()
    handler.new_file("file", "name.csv", "text/csv", None, "utf-8", {})
    for piece in pieces:
        handler.receive_data_chunk(piece, 0)
    return handler.file_complete(sum(map(len, pieces)))


@given(st.lists(st.binary(max_size=500)), st.integers(0, 1000))
def test_it_is_read_as_it_was_sent(pieces, place):
    plain = b"".join(pieces)
    file = received(pieces)
    assert (file.name, file.size) == ("name.csv", len(plain))
    assert b"".join(file.chunks()) == plain
    file.seek(place)
    assert file.read() == plain[place:]


def test_the_disk_does_not_see_it():
    file = received([b"EVIDENCE" * 65_536] * 8)
    contents = [
        one.read_bytes()
        for one in Path("/proc/self/fd").iterdir()
        if one.is_file() and "(deleted)" in str(one.readlink())
    ]
    assert any(len(content) > 4_000_000 for content in contents)
    assert not any(b"EVIDENCE" in content for content in contents)
    file.close()


@pytest.mark.django_db
def test_a_large_photograph_reaches_the_vault(browse, officer):
    inspector = officer("inspector", offices=["A"])
    order = order_of("A", inspector)
    content = picture("JPEG") + os.urandom(5_000_000)
    fields = {
        "id": "6f1ee6a0-3d2f-4b9f-9a53-2f7c5c5a0001",
        "file": SimpleUploadedFile("p.jpg", content, "image/jpeg"),
    }
    address = reverse("control:api_photograph", args=[order.pk])
    answer = browse(inspector).post(address, fields)
    assert answer.status_code == 201, answer.content
    with files.open_verified(Stored.objects.get().sha256) as file:
        assert file.read() == content
