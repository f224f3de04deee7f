"""Handing out the whole ledger for somebody else to check, with what checks it."""

from __future__ import annotations

import zipapp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tidewaiter.platform.accounts.access import check_national
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.canonical import FIELDS, LATER, written
from tidewaiter.platform.ledger.heads import make_head
from tidewaiter.platform.ledger.keys import verifiers
from tidewaiter.platform.ledger.models import Entry, Head
from tidewaiter.platform.ledger.standalone import ENTRIES, HEADS, KEYS

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

VERIFIER = "verify.pyz"
_HERE = Path(__file__).parent
_PARTS = ("tree.py", "notes.py", "standalone.py")
_START = "import sys\nfrom tidewaiter.platform.ledger.standalone import main\nsys.exit(main())\n"


def hand_out(actor: User, folder: Path) -> int:
    """All entries up to a head signed now, the heads and public keys, and the verifier; the number
    of entries. Raises Denied, FileExistsError."""
    check_national(actor, "ledger.read")
    folder.mkdir(parents=True)
    record(actor, "ledger.export", folder.name)
    head = make_head()
    size = head.size if head else 0
    rows = Entry.objects.filter(sequence__lte=size).order_by("sequence").values(*FIELDS, *LATER)
    with (folder / ENTRIES).open("wb") as file:
        for entry in rows.iterator(chunk_size=5_000):
            file.write(written(entry) + b"\n")
    notes = Head.objects.filter(size__lte=size).order_by("size").values_list("note", flat=True)
    (folder / HEADS).write_text("\n".join(notes), "utf-8")
    (folder / KEYS).write_text("".join(f"{key}\n" for key in verifiers()), "utf-8")
    write_verifier(folder / VERIFIER)
    return size


def write_verifier(path: Path) -> None:
    """One file that any Python with `cryptography` runs: the very code that the house uses."""
    with TemporaryDirectory() as work:
        root = Path(work)
        package = root / "tidewaiter" / "platform" / "ledger"
        package.mkdir(parents=True)
        for folder in (package, *package.parents[:2]):
            (folder / "__init__.py").touch()
        for name in _PARTS:
            (package / name).write_bytes((_HERE / name).read_bytes())
        (root / "__main__.py").write_text(_START)
        zipapp.create_archive(root, path, interpreter="/usr/bin/env python3")
