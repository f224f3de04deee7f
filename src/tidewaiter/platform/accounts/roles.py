"""Roles and what each may do. A permission is `area.verb`; nothing is allowed that no role names."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

OPERATOR = "operator"  # both the role of the command line and the name of its account


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    label: str
    may: frozenset[str]


def _role(code: str, label: str, *permissions: str) -> Role:
    return Role(code, label, frozenset(permissions))


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _role(
            "targeting_officer",
            _("Targeting officer"),
            "targeting.read",
            "targeting.export",
            "targeting.override_propose",
            "emergency.begin",
            "profiles.read",
            "profiles.write",
            "policy.propose",
            "lists.read",
            "lists.write",
            "models.read",
            "intake.read",
            "control.read",
            "proposals.read",
            "performance.read",
            "privacy.search",
            "privacy.unmask",
        ),
        _role(
            "profile_approver",
            _("Profile approver"),
            "targeting.read",
            "targeting.export",
            "targeting.override_approve",
            "profiles.read",
            "profiles.approve",
            "policy.approve",
            "lists.read",
            "lists.approve",
            "models.read",
            "models.promote",
            "performance.read",
            "proposals.read",
        ),
        _role("inspector", _("Inspector"), "control.perform", "emergency.begin"),
        _role(
            "supervisor",
            _("Supervisor"),
            "control.read",
            "control.supervise",
            "capacity.manage",
            "targeting.read",
            "performance.read",
            "performance.officers",
            "emergency.begin",
            "emergency.review",
        ),
        _role(
            "analyst",
            _("Analyst"),
            "targeting.read",
            "targeting.export",
            "profiles.read",
            "policy.propose",
            "lists.read",
            "models.read",
            "models.train",
            "intake.read",
            "proposals.read",
            "performance.read",
            "performance.export",
            "jobs.read",
        ),
        _role(
            "head_of_enforcement",
            _("Head of enforcement"),
            "targeting.read",
            "profiles.read",
            "profiles.approve",
            "policy.approve",
            "lists.read",
            "models.read",
            "control.read",
            "performance.read",
            "performance.export",
            "performance.officers",
            "emergency.review",
            "vault.hold",
            "privacy.hold",
            "privacy.unmask",
            "privacy.unmask_approve",
            "proposals.read",
        ),
        _role("intake_clerk", _("Intake clerk"), "intake.read", "intake.submit", "intake.replay"),
        _role(
            "internal_affairs",
            _("Internal affairs"),
            "ledger.read",
            "emergency.review",
            "vault.hold",
            "privacy.read",
            "privacy.hold",
            "privacy.unmask",
            "privacy.unmask_approve",
            "proposals.read",
        ),
        _role(
            "administrator",
            _("Administrator"),
            "accounts.manage",
            "jobs.read",
            "jobs.manage",
            "capacity.manage",
            "privacy.read",
        ),
        _role("machine", _("Machine client"), "intake.submit"),
        _role("monitor", _("Monitoring"), "metrics.read"),
        _role(
            "operator",
            _("Operator of the command line"),
            "accounts.manage",
            "intake.read",
            "intake.submit",
            "intake.replay",
            "targeting.read",
            "targeting.run",
            "targeting.export",
            "profiles.read",
            "profiles.write",
            "profiles.approve",
            "policy.propose",
            "lists.read",
            "lists.write",
            "lists.approve",
            "models.read",
            "models.train",
            "models.promote",
            "control.read",
            "performance.read",
            "performance.export",
            "performance.officers",
            "jobs.read",
            "jobs.manage",
            "ledger.read",
            "proposals.read",
            "ledger.keys",
            "vault.hold",
            "vault.keys",
            "privacy.read",
            "privacy.search",
            "privacy.run",
            "privacy.hold",
            "privacy.keys",
            "capacity.manage",
        ),
    )
}

PERMISSIONS: frozenset[str] = frozenset().union(*(role.may for role in ROLES.values()))
