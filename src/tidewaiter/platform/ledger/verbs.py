"""Every verb the ledger knows, with its sentence. A desk adds its verbs here.

A sentence may use {actor}, {subject}, {office}, {reason}, {address} and any name in the entry's detail. A test finds
each `record(...)` in the code whose verb is not listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from tidewaiter.platform.ledger.models import Entry

ACTIONS: dict[str, str] = {
    "account.create": _("{actor} made the account {subject}"),
    "account.change": _("{actor} changed the account {subject}"),
    "account.disable": _("{actor} disabled the account {subject}"),
    "account.enable": _("{actor} enabled the account {subject}"),
    "account.invite": _("{actor} made a one-time link for {subject}"),
    "account.password": _("{subject} set a new password by one-time link"),
    "account.password_change": _("{actor} changed the password"),
    "account.clearance": _(
        "{actor} changed the clearance of {subject} from {before} to {clearance}"
    ),
    "account.export": _("{actor} exported the list of accounts"),
    "account.login": _("{actor} logged in"),
    "account.sign_on": _("{actor} came in by single sign-on"),
    "account.link": _("{subject} was linked to an account of the single sign-on"),
    "account.unlink": _("{actor} took the single sign-on away from {subject}"),
    "account.sign_on_failed": _("a single sign-on as {subject} was refused: {why}"),
    "account.login_failed": _("a log-in as {subject} failed"),
    "account.lockout": _("{subject} was locked out after too many failed log-ins"),
    "account.logout": _("{actor} logged out"),
    "account.sessions_end": _("{actor} ended {sessions} sessions of {subject}"),
    "account.factor_use": _("{actor} gave a second factor ({factor})"),
    "account.factor_failed": _("a second factor ({factor}) of {subject} was wrong"),
    "account.factor_add": _("{actor} added a second factor ({factor})"),
    "account.factor_remove": _("{actor} removed a second factor ({factor})"),
    "account.factor_reset": _("{actor} removed the second factors of {subject}"),
    "account.superior": _("{actor} noted that {subject} is led by {superior}, before: {before}"),
    "account.delegate": _("{actor} noted that {to} stands in for {subject}, {since} to {until}"),
    "account.delegate_end": _("{actor} ended that {to} stands in for {subject}, on {until}"),
    "access.refuse": _("{actor} was refused {subject}: permission needed {permission}"),
    "emergency.begin": _("{actor} opened the office {subject} in an emergency: {reason}"),
    "emergency.end": _("{actor} ended the emergency of {of} in the office {subject}"),
    "emergency.review": _("{actor} looked at the emergency of {of} in {subject}: {reason}"),
    "office.save": _("{actor} saved the office {subject}"),
    "token.issue": _("{actor} issued the token {prefix} for {subject}"),
    "token.rotate": _("{actor} gave the token {prefix} of {subject} a new secret"),
    "token.refuse": _("the token {prefix} of {subject} came from a network that is not its own"),
    "token.export": _("{actor} exported the list of tokens"),
    "token.revoke": _("{actor} revoked the token {prefix} of {subject}"),
    "proposal.propose": _("{actor} proposed {kind}, {subject}: {reason}"),
    "proposal.approve": _("{actor} approved {kind}, {subject}"),
    "proposal.return": _("{actor} returned {kind}, {subject}: {reason}"),
    "proposal.withdraw": _("{actor} withdrew {kind}, {subject}"),
    "proposal.expire": _("{kind}, {subject}, went back to {proposer}: nobody decided in time"),
    "proposal.lapse": _(
        "{kind}, {subject}, proposed by {proposer}, is of no use any more: {reason}"
    ),
    "proposal.export": _("{actor} exported {rows} proposals"),
    "job.cancel": _("{actor} cancelled {subject} ({kind})"),
    "job.retry": _("{actor} put {subject} ({kind}) back into the queue"),
    "schedule.change": _("{actor} changed the schedule {subject} to {cron}"),
    "schedule.run": _("{actor} started the scheduled work {subject}"),
    "control.raise": _("{actor} raised {orders} control orders ({subject})"),
    "control.assign": _(
        "{actor} had {orders} orders drawn among {inspectors} inspectors in {office}"
    ),
    "control.reassign": _("{actor} gave order {subject} from {before} to {after}: {reason}"),
    "control.start": _("{actor} began order {subject}"),
    "control.result": _("{actor} recorded the result of order {subject}"),
    "control.return": _("{actor} returned the result of order {subject}: {remark}"),
    "control.cancel": _("{actor} cancelled order {subject}: {reason}"),
    "control.capacity": _(
        "{actor} set the capacity of {subject} from {before} to {after} minutes a day"
    ),
    "control.duty": _("{actor} changed the roster of {subject} on {day}"),
    "control.photograph_handling": _(
        "{actor} changed the handling code of a photograph of order {subject} from {before} to {handling}"
    ),
    "control.export": _("{actor} exported a list of control orders"),
    "profile.draft": _("{actor} wrote a draft of profile {subject}, version {version}"),
    "profile.propose": _("{actor} proposed profile {subject}, version {version}"),
    "profile.withdraw": _("{actor} withdrew a proposal about profile {subject}"),
    "profile.discard": _("{actor} gave up a draft of profile {subject}, version {version}"),
    "profile.approve": _("{actor} put profile {subject}, version {version}, in force"),
    "profile.shadow": _("{actor} let profile {subject}, version {version}, be watched in shadow"),
    "profile.refuse": _("{actor} refused profile {subject}, version {version}: {remark}"),
    "profile.retire_propose": _("{actor} proposed to retire profile {subject}: {remark}"),
    "profile.retire": _("{actor} retired profile {subject}, version {version}"),
    "profile.end": _(
        "the last day of profile {subject}, version {version}, is over: it is retired"
    ),
    "profile.retire_refuse": _("{actor} kept profile {subject} in force: {remark}"),
    "profile.import": _(
        "{actor} imported profile {subject}, version {version}, in force without a second officer"
    ),
    "study.backtest": _("{actor} tried profile {subject} on the days from {since} to {until}"),
    "study.suggestions": _("{actor} asked for suggestions from the days {since} to {until}"),
    "study.export": _("{actor} exported the items of a backtest of profile {subject}"),
    "profile.export": _("{actor} exported {profiles} profiles"),
    "list.create": _("{actor} made the list {subject}"),
    "list.add": _("{actor} added {values} values to the list {subject}"),
    "list.remove_propose": _("{actor} proposed to remove {values} values from {subject}: {reason}"),
    "list.remove": _("{actor} removed {values} values from the list {subject}"),
    "list.keep": _("{actor} kept {values} values in the list {subject}"),
    "list.export": _("{actor} exported the list {subject}"),
    "declaration.read": _("{actor} read {subject}"),
    "trader.read": _("{actor} read the history of {subject}: {reason}"),
    "person.search": _("{actor} looked for {subject} ({place}): {reason}"),
    "person.export": _("{actor} exported what was found of {subject} ({place}): {reason}"),
    "person.trace": _("{actor} asked who had looked for {subject}"),
    "person.list_export": _("{actor} exported searches of persons"),
    "worklist.export": _("{actor} exported {rows} rows of the worklist"),
    "worklist.view_save": _("{actor} saved the view {subject}"),
    "worklist.view_remove": _("{actor} removed the view {subject}"),
    "policy.try": _("{actor} tried another selection policy on the last month"),
    "policy.begin": _("the house began with the selection policy of {source} as version {subject}"),
    "policy.propose": _("{actor} proposed version {subject} of the selection policy: {reason}"),
    "policy.withdraw": _("{actor} withdrew version {subject} of the selection policy"),
    "policy.approve": _("{actor} put version {subject} of the selection policy in force"),
    "policy.refuse": _("{actor} refused version {subject} of the selection policy: {remark}"),
    "policy.write": _("{actor} took version {subject} of the selection policy out as a file"),
    "policy.history": _("{actor} exported {rows} versions of the selection policy"),
    "policy.export": _("{actor} exported the trial {subject} of a selection policy"),
    "override.propose": _("{actor} proposed the lane {lane} for {subject}: {reason}"),
    "override.approve": _("{actor} approved the lane {lane} for {subject}"),
    "override.refuse": _("{actor} refused the lane {lane} for {subject}: {remark}"),
    "override.withdraw": _("{actor} withdrew the proposal for {subject}"),
    "override.export": _("{actor} exported {rows} overrides"),
    "journal.receive": _("{actor} sent in {subject} ({name})"),
    "journal.resend": _("{actor} sent {subject} again ({name})"),
    "journal.record": _("what {actor} sent as {subject} was recorded"),
    "journal.replay": _("{actor} had {subject} read again"),
    "journal.download": _("{actor} downloaded {subject} as received"),
    "mapping.save": _("{actor} saved the mapping {name}, version {version}"),
    "baselines.build": _("{actor} built the baselines {subject} as of {as_of}"),
    "assess.run": _("{actor} had {items} items assessed"),
    "select.run": _("{actor} had the selection made ({declarations} declarations)"),
    "declaration.explain": _("{actor} had the assessment of {subject} computed again"),
    "export.write": _("{actor} exported {rows} rows of {subject}"),
    "model.train_asked": _("{actor} asked for a new model to be trained"),
    "model.train": _("{actor} trained the model {subject}"),
    "model.promote": _("{actor} put the model {subject} in use"),
    "model.roll_back": _("{actor} put the earlier model {subject} in use again"),
    "chance.commit": _("the commitment of random selection for {subject} was published"),
    "chance.reveal": _("the key of random selection for {subject} was published"),
    "performance.export": _("{actor} exported figures of performance"),
    "performance.report_asked": _("{actor} asked for the compliance report of {subject}"),
    "performance.report": _("{actor} wrote the compliance report of {subject} ({sha256})"),
    "performance.drift_alarm": _("{alarms} figures drifted away from the model {subject}"),
    "vault.refuse": _("{actor} sent in {subject}, in which the virus scanner found {found}"),
    "vault.hold": _("{actor} put the file {subject} on hold ({hold}): {reason}"),
    "vault.lift": _("{actor} lifted the hold {hold} from the file {subject}: {reason}"),
    "vault.keep": _("{actor} had the file {subject} kept until {until}, before: {before}"),
    "vault.delete": _("the file {subject} was deleted, as it was to be kept until {keep_until}"),
    "vault.key": _("{actor} had files encrypted with the key {subject} from now on"),
    "vault.key_destroy": _("{actor} destroyed the old key {subject} of the vault"),
    "privacy.hold": _("{actor} put {subject} on hold, so that it is not masked: {reason}"),
    "privacy.lift": _("{actor} lifted the hold {hold} from {subject}: {reason}"),
    "privacy.mask": _("{masked} values of {subject} were masked, {held} are held"),
    "privacy.delete": _("{deleted} originals of {subject} were deleted"),
    "privacy.export": _("{actor} exported the report of what was masked"),
    "privacy.disclose": _("{actor} let {officer} see masked fields of {subject}: {reason}"),
    "privacy.show": _("{actor} was shown masked fields of {subject}: {reason}"),
    "privacy.key_destroy": _("{actor} destroyed the key of {subject}: {reason}"),
    "backup.restore": _("the house was restored to the moment {moment} (backup {subject})"),
    "lake.adopt": _("the {files} files of {subject} were taken up as they are"),
    "lake.seal": _("the seals of the lake were written into the ledger"),
    "ledger.export": _("{actor} exported entries of the ledger"),
    "ledger.key": _("heads of the ledger are signed with the key {subject} from now on"),
}


class _Detail(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(entry: Entry) -> str:
    """What was done, in words; the bare verb where it has no sentence."""
    form = ACTIONS.get(entry.action)
    if form is None:
        return f"{entry.actor}: {entry.action} {entry.subject}".rstrip()
    names = ("actor", "subject", "office", "reason", "address")
    known = {name: getattr(entry, name) for name in names if getattr(entry, name)}
    return str(form).format_map(_Detail(entry.detail | known))
