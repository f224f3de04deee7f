"""What an officer is told when he logs in: what happened to his account since the last time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.tokens import ending_soon
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.ledger.verbs import sentence
from tidewaiter.platform.pages.formats import day, moment

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

FAILED = (
    "account.login_failed",
    "account.sign_on_failed",
    "account.factor_failed",
    "account.lockout",
)
# What changes how an account is entered, or what it may do.
CHANGED = (
    "account.change", "account.invite", "account.password", "account.password_change",
    "account.factor_add", "account.factor_remove", "account.factor_reset", "account.link", "account.unlink", "account.clearance", "token.issue",
    "token.rotate", "token.refuse",
)  # fmt: skip
MOST = 5  # sentences; the ledger has the rest


def since_last_log_in(user: User) -> list[str]:
    """Sentences about failed attempts and changes; none at the first log-in."""
    last = Entry.objects.filter(actor=user.username, action="account.login").first()
    if last is None:
        return []
    entries = Entry.objects.filter(subject=user.username, sequence__gt=last.sequence)
    told = []
    if failures := entries.filter(action__in=FAILED).count():
        told.append(
            _("Since you last logged in (%(time)s), somebody tried in vain %(n)d times.")
            % {"time": moment(last.at), "n": failures}
        )
    changes = entries.filter(action__in=CHANGED).order_by("sequence")[:MOST]
    return told + [f"{moment(entry.at)}: {sentence(entry)}" for entry in changes]


def tokens_that_end(user: User) -> list[str]:
    """For who manages accounts: which tokens of machine clients end soon."""
    return [
        _("The token %(name)s of %(account)s ends on %(day)s: rotate it before.")
        % {"name": token.name, "account": token.user.username, "day": day(token.expires_at)}
        for token in ending_soon(user)[:MOST]
    ]
