"""The selection policy in force, and those that earlier selections used."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.engine.risk.selection import PolicyError, SelectionPolicy
from tidewaiter.engine.risk.selection.writing import to_toml
from tidewaiter.platform.ledger.actions import record

State = PolicyVersion.State
FILE = "policy.toml"


def current_policy() -> SelectionPolicy:
    """What decides now. Raises PolicyError, see `in_force`."""
    return in_force().as_policy


def in_force() -> PolicyVersion:
    """The version in force. A house without any begins with the file of its home folder, or the
    shipped policy. Raises PolicyError, naming the field, when that file cannot be used."""
    return PolicyVersion.objects.filter(state=State.ACTIVE).first() or _begin()


def policy_of(digest: str | None) -> SelectionPolicy | None:
    """The policy that a selection names; None if this house never had it."""
    found = PolicyVersion.objects.filter(digest=digest).first()
    return found.as_policy if found else None


def unread_file() -> Path | None:
    """The file of the home folder when it says something that no version says: nothing reads it."""
    text = _file()
    if text is None:
        return None
    try:
        digest = SelectionPolicy.from_toml(text).version
    except PolicyError:
        digest = ""
    return None if PolicyVersion.objects.filter(digest=digest).exists() else _path()


def _path() -> Path:
    return Path(settings.HOME) / FILE


def _file() -> str | None:
    return _path().read_text("utf-8") if _path().exists() else None


@transaction.atomic
def _begin() -> PolicyVersion:
    """The first version, made once whoever comes first. Nobody has approved it: it is what decided
    before there were versions."""
    text, now = _file(), timezone.now()
    policy = SelectionPolicy() if text is None else SelectionPolicy.from_toml(text)
    source = "the release" if text is None else FILE
    version, made = PolicyVersion.objects.get_or_create(
        number=1,
        defaults={
            "state": State.ACTIVE, "content": to_toml(policy), "digest": policy.version,
            "reason": f"Taken over from {source}.", "proposed_at": now, "in_force_since": now,
        },
    )  # fmt: skip
    if made:
        record(None, "policy.begin", version.number, digest=version.digest, source=source)
    return version
