"""Profiles in and out as TOML files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from tidewaiter.desks.targeting.actions.profiles.deciding import activate
from tidewaiter.desks.targeting.actions.profiles.life import save_draft
from tidewaiter.desks.targeting.actions.profiles.rows import (
    happened,
    new_version,
    parent_of,
    problems_of,
)
from tidewaiter.desks.targeting.models import ProfileVersion, RiskProfile
from tidewaiter.desks.targeting.rights import may_write, must
from tidewaiter.engine.risk.profiles import FileProblem, Profile, read_profiles, write_profiles
from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.handling import level_of
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tidewaiter.platform.accounts.models import User

State = ProfileVersion.State


@dataclass(frozen=True, slots=True)
class ProfileImport:
    """What an import did: versions made, codes that were already so, profiles it could not take."""

    versions: list[ProfileVersion]
    unchanged: list[str]
    problems: list[FileProblem]

    def __len__(self) -> int:
        return len(self.versions) + len(self.unchanged)


def check_files(actor: User, paths: Iterable[Path]) -> tuple[int, list[FileProblem]]:
    """How many profiles of the files could be used here, and what is wrong with the others.

    Raises Denied.
    """
    check(actor, "profiles.read")
    sound, problems = 0, []
    for path in paths:
        profiles, unread = read_profiles(path)
        problems += unread
        for profile in profiles:
            wrong = _said(actor, profile)
            problems += [FileProblem(profile.code, wrong)] if wrong else []
            sound += not wrong
    return sound, problems


def _said(actor: User, profile: Profile) -> str:
    """What is wrong with a profile, in one line; empty when nothing is."""
    return "; ".join(
        f"{name}: {' '.join(said)}" for name, said in problems_of(actor, profile).items()
    )


def import_profiles(
    actor: User, paths: Iterable[Path], *, approve: bool = False, change: str = ""
) -> ProfileImport:
    """Import files as drafts, or, for the operator who sets up the house, as active profiles.

    `approve` needs both permissions, skips the second pair of eyes, and the ledger says so. One
    bad profile does not stop the others. Raises Denied.
    """
    check(actor, "profiles.write")
    if approve:
        check(actor, "profiles.approve")
    done = ProfileImport([], [], [])
    for path in paths:
        profiles, problems = read_profiles(path)
        done.problems.extend(problems)
        for profile in profiles:
            _import(actor, profile, done, approve=approve, change=change or path.name)
    return done


def _import(
    actor: User, profile: Profile, done: ProfileImport, *, approve: bool, change: str
) -> None:
    wrong = _said(actor, profile)
    if wrong:
        done.problems.append(FileProblem(profile.code, wrong))
        return
    states = (State.ACTIVE, State.RETIRING) if approve else (State.ACTIVE, State.DRAFT)
    same = ProfileVersion.objects.filter(profile__code=profile.code, state__in=states)
    if same.filter(digest=profile.version).exists():
        done.unchanged.append(profile.code)
        return
    try:
        with transaction.atomic():
            version = (
                _put_in_force(actor, profile, change)
                if approve
                else save_draft(actor, profile, change=change, seen=_own_draft(actor, profile))
            )
    except ValidationError as error:
        done.problems.append(FileProblem(profile.code, "; ".join(error.messages)))
    except Denied as error:
        done.problems.append(FileProblem(profile.code, str(error)))
    else:
        done.versions.append(version)


def _own_draft(actor: User, profile: Profile) -> str:
    """Digest of the actor's own draft: an import never overwrites what somebody else writes."""
    drafts = ProfileVersion.objects.filter(
        profile__code=profile.code, state=State.DRAFT, created_by=actor
    )
    return drafts.values_list("digest", flat=True).first() or ""


def _put_in_force(actor: User, profile: Profile, change: str) -> ProfileVersion:
    """A new active version beside whatever draft there is."""
    must(may_write(actor, profile.offices), "profiles.write")
    foureyes.take_turns()
    must(level_of(profile.handling_code) <= actor.clearance, "profiles.write")
    version = new_version(parent_of(actor, profile), State.ACTIVE)
    version.content, version.digest = profile.to_dict(), profile.version
    version.created_by, version.change = actor, change
    activate(actor, version)
    happened(actor, version, "import", change, second_officer=False)
    return version


def export_profiles(actor: User, profiles: Iterable[RiskProfile]) -> str:
    """TOML text of the active versions (the newest, while none is active). Raises Denied."""
    check(actor, "profiles.read")
    chosen: list[Profile] = []
    visible = RiskProfile.objects.visible_to(actor).filter(pk__in=[p.pk for p in profiles])
    for profile in visible.prefetch_related("versions"):
        versions = list(profile.versions.all())
        active = [v for v in versions if v.state in (State.ACTIVE, State.RETIRING)]
        chosen.append((active or versions)[0].as_profile)
    record(actor, "profile.export", profiles=len(chosen))
    return write_profiles(chosen)
