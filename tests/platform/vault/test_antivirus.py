"""A virus scanner is asked before anything is kept, and its silence is a no."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from tests.access.of_control import order_of, picture
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.vault import actions, antivirus
from tidewaiter.platform.vault.antivirus import NotScanned
from tidewaiter.platform.vault.models import Stored

pytestmark = pytest.mark.django_db
# The harmless file that every scanner takes for a virus; in two parts, for the sake of those that
# look through this repository.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """Speaks INSTREAM as clamd does, as far as `manner` has it."""

    def __init__(self, manner: str, listener: socket.socket) -> None:
        self.manner, self.listener = manner, listener
        self.scanned: list[bytes] = []

    def serve(self) -> None:
        while True:
            try:
                there, _address = self.listener.accept()
            except OSError:
                return
            with there:
                self.answer(there)

    def answer(self, there: socket.socket) -> None:
        if self.manner == "hangs up":
            return
        with there.makefile("rb") as said:
            assert said.read(10) == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack(">I", said.read(4))[0]:
                content += said.read(length)
                if self.manner == "small" and len(content) > 100:
                    there.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            self.scanned.append(content)
            if self.manner == "silent":
                said.read(1)  # until the other side gives up
            elif self.manner == "babbles":
                there.sendall(b"what?\0")
            elif EICAR in content:
                there.sendall(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")
            else:
                there.sendall(b"stream: ")
                there.sendall(b"OK\0")


@contextmanager
def running(settings, manner: str = "", path: str = ""):
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    listener.bind(path or ("127.0.0.1", 0))
    listener.listen()
    port = "" if path else listener.getsockname()[1]
    settings.ANTIVIRUS = path or f"127.0.0.1:{port}"
    clamd = FakeClamd(manner, listener)
    thread = threading.Thread(target=clamd.serve)
    thread.start()
    try:
        yield clamd
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def kept(home) -> list:
    return [path for path in (home / "vault").rglob("*") if path.is_file()]


def test_what_is_clean_is_kept_and_all_of_it_was_scanned(settings):
    content = b"clean " * 500_000
    with running(settings) as clamd:
        stored = actions.store(content, None)
    assert clamd.scanned == [content]
    assert actions.open_verified(stored.sha256).read() == content


def test_it_listens_at_a_socket_too(settings, tmp_path):
    with running(settings, path=str(tmp_path / "clamd.ctl")) as clamd:
        actions.store(b"clean", None)
    assert clamd.scanned == [b"clean"]


def test_what_it_finds_is_refused_and_stands_in_the_ledger(settings, home, officer):
    sender = officer("inspector")
    with running(settings), pytest.raises(ValidationError, match="EICAR"):
        actions.store(b"x" * 2_000_000 + EICAR, sender)
    assert kept(home) == []
    assert not Stored.objects.exists()
    entry = Entry.objects.get(action="vault.refuse")
    assert (entry.actor, entry.result) == (sender.username, "refused")
    assert entry.detail == {"found": "Win.Test.EICAR_HDB-1", "size": 2_000_068}


@pytest.mark.parametrize("manner", ["hangs up", "silent", "babbles", "small"])
def test_a_scanner_that_does_not_answer_lets_nothing_in(settings, home, manner, monkeypatch):
    monkeypatch.setattr(antivirus, "LONGEST", 0.5)
    with running(settings, manner), pytest.raises(NotScanned, match="tell the administrator"):
        actions.store(b"x" * 3_000_000, None)
    assert kept(home) == []


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/no/such/socket", "nonsense", "[::1]:1"])
def test_a_scanner_that_is_not_there_lets_nothing_in(settings, home, address):
    settings.ANTIVIRUS = address
    with pytest.raises(NotScanned, match="tell the administrator"):
        actions.store(b"x", None)
    assert kept(home) == []


def test_a_limit_that_is_too_small_for_clamd_is_said(settings):
    with running(settings, "small"), pytest.raises(NotScanned, match="size limit exceeded"):
        actions.store(b"x" * 200, None)


def test_an_inspectors_phone_keeps_what_could_not_be_scanned(settings, browse, officer):
    inspector = officer("inspector", offices=["A"])
    order, client = order_of("A", inspector), browse(inspector)
    address = reverse("control:api_photograph", args=[order.pk])
    sent = {"id": "6f1ee6a0-3d2f-4b9f-9a53-2f7c5c5a0001"}
    settings.ANTIVIRUS = "127.0.0.1:1"
    answer = client.post(address, {**sent, "file": picture()})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_scanned")
    with running(settings) as clamd:
        assert client.post(address, {**sent, "file": picture()}).status_code == 201
    assert len(clamd.scanned) == 1
    infected = picture()
    infected.seek(0, 2)
    infected.write(EICAR)
    infected.seek(0)
    other = {"id": "6f1ee6a0-3d2f-4b9f-9a53-2f7c5c5a0002"}
    with running(settings):
        answer = client.post(address, {**other, "file": infected})
    assert answer.status_code == 400
    assert "EICAR" in answer.json()["message"]
    assert Entry.objects.filter(action="vault.refuse", actor=inspector.username).exists()
