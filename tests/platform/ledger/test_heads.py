"""Heads: signed, handed to witnesses, and what they betray."""

from __future__ import annotations

import base64
import json
import random
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction

from tidewaiter.cli.main import main
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.ledger import guard, keys, standalone, stored, tree
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.canonical import digest
from tidewaiter.platform.ledger.handout import VERIFIER, hand_out
from tidewaiter.platform.ledger.heads import WitnessError, hand_over, make_head
from tidewaiter.platform.ledger.models import Entry, Head, Tile
from tidewaiter.platform.ledger.notes import BadNote, Checkpoint, Verifier, opened, parted
from tidewaiter.platform.ledger.proving import NotProvable, prove_entry, prove_growth
from tidewaiter.platform.ledger.verify import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_tiles(monkeypatch):
    for module in ("stored", "heads", "verify"):
        monkeypatch.setattr(f"tidewaiter.platform.ledger.{module}.TILE", 8)


def write(count: int) -> None:
    for number in range(count):
        record(None, "ledger.export", f"case {number}", reason="why", number=number)


def test_a_head_is_signed_over_all_entries_and_made_once():
    assert make_head().size == 1  # the key itself
    write(2)
    head = make_head()
    said = opened(head.note, keys.verifiers())
    assert (said.size, said.root.hex()) == (3, head.root)
    assert make_head() == head
    assert verify().heads == 2


def test_nobody_else_can_sign_a_head():
    head = make_head()
    said = opened(head.note, keys.verifiers())
    forged = Checkpoint(said.origin, said.size, b"x" * 32).signed(Ed25519PrivateKey.generate())
    with pytest.raises(BadNote, match="not signed"):
        opened(forged, keys.verifiers())
    altered = head.note.replace("\n1\n", "\n2\n")
    with pytest.raises(BadNote, match="not signed"):
        opened(altered, keys.verifiers())


@pytest.mark.parametrize("text", ["", "a\nb\n\nc", "log\n7\n%%%\n\n— log AAAA\n"])
def test_what_is_no_note_is_refused(text):
    with pytest.raises(BadNote):
        opened(text, keys.verifiers())


def test_a_public_key_is_written_and_read_and_a_wrong_one_refused():
    make_head()
    (key,) = keys.verifiers()
    assert Verifier.of(str(key)) == key
    with pytest.raises(BadNote):
        Verifier.of(str(key).replace(key.id.hex(), "00000000"))


def test_a_renewed_key_signs_and_old_heads_stay_good(officer):
    write(1)
    make_head()
    old = keys.verifiers()
    renewed = keys.renew(officer("operator"))
    write(1)
    head = make_head()
    assert opened(head.note, [renewed]).size == head.size
    with pytest.raises(BadNote):
        opened(head.note, old)
    assert verify().heads == 2
    assert Entry.objects.filter(action="ledger.key").count() == 2
    with pytest.raises(Denied):
        keys.renew(officer("internal_affairs"))


@pytest.mark.parametrize("table", [Tile, Head])
def test_the_database_refuses_to_change_tiles_and_heads(small_tiles, table):
    write(9)
    make_head()
    for change in (lambda: table.objects.update(root="x"), lambda: table.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


# Witnesses


def test_a_file_gets_each_head_once(tmp_path):
    kept = tmp_path / "heads.txt"
    write(1)
    make_head()
    assert hand_over([str(kept)]) == 1
    assert hand_over([str(kept)]) == 0
    write(1)
    make_head()
    assert hand_over([str(kept)]) == 1
    notes = list(parted(kept.read_text()))
    assert notes == list(Head.objects.order_by("size").values_list("note", flat=True))
    assert verify(witness=kept.read_text()).heads == 4


@pytest.mark.parametrize("wrong", [503, 302])
def test_an_address_gets_heads_by_post_and_those_missed_later(wrong):
    got: list[str] = []
    broken = threading.Event()

    class Witness(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            away = broken.is_set()  # asked once: it is mended while this answers
            if not away:
                got.append(text)
            self.send_response(wrong if away else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not into the test's output."""

    server = HTTPServer(("127.0.0.1", 0), Witness)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    try:
        make_head()
        broken.set()
        with pytest.raises(WitnessError, match=str(wrong)):
            hand_over([address])
        broken.clear()
        write(1)
        make_head()
        assert hand_over([address]) == 2
    finally:
        server.shutdown()
        server.server_close()
    assert got == list(Head.objects.order_by("size").values_list("note", flat=True))


def test_the_job_signs_and_hands_over_and_fails_when_a_witness_is_away(settings, tmp_path):
    settings.LEDGER_WITNESSES = [str(tmp_path / "kept.txt")]
    done = enqueue("ledger.head", actor=None)
    worker.drain()
    done.refresh_from_db()
    assert (done.state, done.result["handed_over"]) == ("done", 1)
    settings.LEDGER_WITNESSES = [str(tmp_path / "nowhere" / "kept.txt")]
    away = enqueue("ledger.head", actor=None)
    worker.drain()
    away.refresh_from_db()
    assert "could not be given a head" in away.error


def test_a_ledger_written_anew_from_scratch_is_betrayed_by_the_witness(tmp_path):
    """Whoever has the database and the keys can make all agree again, but for what is outside."""
    kept = tmp_path / "heads.txt"
    write(5)
    make_head()
    hand_over([str(kept)])
    guard.take_down(connection)
    Head.objects.all().delete()
    previous = Entry.objects.get(sequence=1).digest
    for entry in Entry.objects.filter(sequence__gt=1).order_by("sequence"):
        entry.actor, entry.previous = "somebody else", previous
        content = Entry.objects.filter(pk=entry.pk).values().get()
        previous = entry.digest = digest(content | {"actor": entry.actor, "previous": previous})
        entry.save()
    make_head()
    assert verify().sound
    report = verify(witness=kept.read_text())
    assert (report.problem, report.at) == ("head", 6)


def test_newest_entries_cut_off_with_their_head_are_missed_by_the_witness(tmp_path):
    kept = tmp_path / "heads.txt"
    write(3)
    make_head()
    write(3)
    make_head()
    hand_over([str(kept)])
    guard.take_down(connection)
    Entry.objects.filter(sequence__gt=5).delete()
    assert verify().problem == "cut"
    Head.objects.filter(size__gt=5).delete()
    assert verify().sound
    assert verify(witness=kept.read_text()).problem == "cut"


# Proofs


def test_entries_and_growth_are_proved_across_tiles(small_tiles):
    sizes = []
    for count in (3, 6, 8, 20):
        write(count)
        sizes.append(make_head().size)
    head = Head.objects.first()
    assert Tile.objects.count() == head.size // 8
    for number in (1, 8, 9, 17, head.size):
        proof = prove_entry(number)
        path = [base64.b64decode(part) for part in proof.path]
        leaf = stored.leaf_of(Entry.objects.get(sequence=number).digest)
        assert leaf.hex() == proof.leaf
        assert tree.includes(number - 1, head.size, leaf, path, bytes.fromhex(head.root))
    for size in sizes:
        old, proof = Head.objects.get(size=size), prove_growth(size)
        path = [base64.b64decode(part) for part in proof.path]
        assert tree.extends(
            size, head.size, bytes.fromhex(old.root), bytes.fromhex(head.root), path
        )


def test_what_cannot_be_proved_says_why():
    with pytest.raises(NotProvable, match="no head has been signed"):
        prove_entry(1)
    make_head()
    write(1)
    with pytest.raises(NotProvable, match="no head covers entry 2 yet"):
        prove_entry(2)
    with pytest.raises(NotProvable, match="no entry 9"):
        prove_entry(9)
    with pytest.raises(NotProvable, match="exactly 7"):
        prove_growth(7)


# Handed out


@pytest.fixture
def handed_out(officer, tmp_path):
    write(20)
    make_head()
    write(5)
    folder = tmp_path / "out"
    hand_out(officer("internal_affairs", national=True), folder)
    return folder


def test_a_ledger_handed_out_is_sound_to_the_verifier_alone(handed_out, capsys):
    assert standalone.main([str(handed_out)]) == 0
    assert f"{Entry.objects.count()} entries are chained" in capsys.readouterr().out
    assert (handed_out / VERIFIER).stat().st_size > 2_000


def test_any_byte_changed_in_it_is_found(handed_out, capsys):
    path = handed_out / standalone.ENTRIES
    sound = path.read_bytes()
    chance = random.Random(1)  # noqa: S311  places to damage
    for _ in range(200):
        place = chance.randrange(len(sound))
        byte = chance.choice([b for b in range(256) if b != sound[place]])
        path.write_bytes(sound[:place] + bytes([byte]) + sound[place + 1 :])
        assert standalone.main([str(handed_out)]) == 1, place
    path.write_bytes(b"".join(sound.splitlines(keepends=True)[:-1]))
    assert standalone.main([str(handed_out)]) == 1
    assert "cut off" in capsys.readouterr().err


def test_a_witness_and_keys_from_elsewhere_are_believed_first(handed_out, tmp_path, capsys):
    other = tmp_path / "keys.txt"
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    other.write_text(f"{Verifier('tidewaiter/ledger', stranger)}\n")
    assert standalone.main([str(handed_out), "--keys", str(other)]) == 1
    witness = tmp_path / "heads.txt"
    witness.write_text(Checkpoint("tidewaiter/ledger", 3, b"x" * 32).signed(keys.signing_key()))
    assert standalone.main([str(handed_out), "--witness", str(witness)]) == 1
    assert "stands for other entries" in capsys.readouterr().err


def test_only_a_national_officer_hands_out_the_ledger(officer, tmp_path):
    with pytest.raises(Denied):
        hand_out(officer("internal_affairs", offices=["A"]), tmp_path / "out")


# Commands


def test_the_commands_sign_verify_and_prove(officer, tmp_path):
    officer("operator", username="operator", national=True)
    write(3)
    run = CliRunner().invoke

    def said(*arguments: str, code: int = 0) -> str:
        answer = run(main, ["ledger", *arguments])
        assert answer.exit_code == code, answer.output
        return answer.output

    note = said("head")
    assert opened(note, keys.verifiers()).size == Entry.objects.count()
    assert json.loads(said("prove", "2"))["subject"] == "entry 2"
    assert json.loads(said("grown", str(Head.objects.first().size)))["path"] == []
    assert "no entry 99" in said("prove", "99", code=1)
    kept = tmp_path / "heads.txt"
    kept.write_text(note)
    assert said("verify", "--witness", str(kept)).startswith("sound: ")
    assert "verify.pyz" in said("export", str(tmp_path / "out"))
    assert "exists already" in said("export", str(tmp_path / "out"), code=2)
    assert Verifier.of(said("renew-key")) in keys.verifiers()
    guard.take_down(connection)
    Entry.objects.filter(sequence=2).update(actor="somebody else")
    assert "NOT SOUND at entry 2" in said("verify", code=1)


def test_a_witness_on_another_machine_is_spoken_to_by_tls_only():
    make_head()
    with pytest.raises(WitnessError, match="https"):
        hand_over(["http://witness.example/heads"])
