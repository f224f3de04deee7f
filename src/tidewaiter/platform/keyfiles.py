"""Where keys lie: `keys/<whose>` of the home folder, for the owner of the process only."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from tidewaiter.platform.durable import sync


def key_folder(whose: str) -> Path:
    """The folder, made on first use. What a restore opened to others is closed again."""
    keys = Path(settings.HOME) / "keys"
    for folder in (keys, keys / whose):
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    return folder


def write_key(path: Path, content: bytes) -> None:
    """Whole or not at all, for its owner only; on return it survives a power cut."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync(path.parent)
