"""What takes a second officer at the targeting desk, and how each is shown to him."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidewaiter.desks.targeting.actions import learning, lists, overrides
from tidewaiter.desks.targeting.actions.policy import life as policies
from tidewaiter.desks.targeting.actions.profiles import deciding as profiles
from tidewaiter.desks.targeting.forms.profiles import ProfileForm
from tidewaiter.desks.targeting.models import ProfileVersion
from tidewaiter.desks.targeting.policy_words import name_of, written
from tidewaiter.desks.targeting.queries.policy import changed
from tidewaiter.desks.targeting.queries.versions import changed_fields
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.foureyes.registry import Change, Kind, register
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.cells import LANE_WORDS

if TYPE_CHECKING:
    from tidewaiter.platform.foureyes.models import Proposal

State = ProfileVersion.State


def _profile_content(proposal: Proposal) -> object:
    version = profiles.version_of(proposal)
    return [version.digest, version.shadow_days]


def _profile_page(proposal: Proposal) -> str:
    version = profiles.version_of(proposal)
    address = reverse("targeting:profile", args=[version.profile.code])
    return f"{address}?version={version.number}"


def _new_version(proposal: Proposal) -> list[Change]:
    """What the version changes in the one in force, or says at all."""
    version = profiles.version_of(proposal)
    active = version.profile.versions.filter(state__in=(State.ACTIVE, State.RETIRING)).first()
    now = version.as_profile
    before = active.as_profile if active else Profile(now.code, "", "")
    labels = {name: str(field.label) for name, field in ProfileForm.base_fields.items()}
    found = [Change(labels[c.field], c.old, c.new) for c in changed_fields(before, now)]
    if before.condition != now.condition:
        found.insert(0, Change(labels["condition"], before.condition, now.condition))
    if version.shadow_days and version.state == State.PROPOSED:
        found.append(Change(_("Days in shadow first"), "", str(version.shadow_days)))
    return found


def _no_version(proposal: Proposal) -> list[Change]:
    active, retired = State.ACTIVE.label, State.RETIRED.label
    condition = profiles.version_of(proposal).as_profile.condition
    return [
        Change(_("State"), capfirst(str(active)), capfirst(str(retired))),
        Change(_("Condition"), condition, ""),
    ]


def _figures(proposal: Proposal) -> list[Change]:
    return [
        Change(name_of(one.path), written(one.path, one.old), written(one.path, one.new))
        for one in changed(policies.version_of(proposal))
    ]


def _policy_page(proposal: Proposal) -> str:
    return reverse("targeting:policy_version", args=[policies.version_of(proposal).number])


def _lane_content(proposal: Proposal) -> object:
    one = overrides.override_of(proposal)
    return [one.declaration_id, one.lane_before, one.selected_before, one.lane, one.reason]


def _lane(proposal: Proposal) -> list[Change]:
    one = overrides.override_of(proposal)
    before, after = (LANE_WORDS.get(lane, lane) for lane in (one.lane_before, one.lane))
    return [
        Change(_("Lane"), str(before), str(after)),
        Change(_("Selected by"), one.selected_before, overrides.OVERRIDE),
    ]


def _values_content(proposal: Proposal) -> object:
    rows = lists.values_of(proposal)
    return sorted([row.pk, row.value, row.valid_from, row.valid_to] for row in rows)


def _values(proposal: Proposal) -> list[Change]:
    return [
        Change(row.value, row.note or _("in the list %(name)s") % {"name": row.risk_list.name}, "")
        for row in lists.values_of(proposal)
    ]


def _list_page(proposal: Proposal) -> str:
    name = proposal.subject.partition(":")[0]
    return f"{reverse('targeting:list', args=[name])}?state=removal"


def _models(proposal: Proposal) -> list[Change]:
    """The model in force beside this one, on the controls that compared them."""
    model = learning.model_of(proposal)
    compared = model.metrics.get("comparison") or {}
    before, after = compared.get("champion", {}), compared.get("challenger", model.metrics)
    measures = {
        "auc": (_("Area under the curve"), partial(formats.number, places=3)),
        "precision_5": (_("Precision at 5 %"), formats.percent),
        "recall_5": (_("Recall at 5 %"), formats.percent),
    }
    return [
        Change(label, write(before.get(name)), write(after.get(name)))
        for name, (label, write) in measures.items()
        if name in after
    ]


def _model_page(proposal: Proposal) -> str:
    return reverse("targeting:model", args=[proposal.details["version"]])


register(
    Kind(
        code=profiles.ACTIVATION,
        label=gettext_lazy("activation of a risk profile"),
        permission="profiles.approve",
        approve=profiles.approve_activation,
        give_back=profiles.give_back_activation,
        difference=_new_version,
        content=_profile_content,
        address=_profile_page,
        own_entries=True,
    )
)
register(
    Kind(
        code=profiles.FROM_SHADOW,
        label=gettext_lazy("activation of a risk profile in shadow"),
        permission="profiles.approve",
        approve=profiles.approve_from_shadow,
        give_back=profiles.give_back_shadow,
        difference=_new_version,
        content=_profile_content,
        address=_profile_page,
        own_entries=True,
    )
)
register(
    Kind(
        code=profiles.RETIREMENT,
        label=gettext_lazy("retirement of a risk profile"),
        permission="profiles.approve",
        approve=profiles.approve_retirement,
        give_back=profiles.give_back_retirement,
        difference=_no_version,
        content=_profile_content,
        address=_profile_page,
        own_entries=True,
    )
)
register(
    Kind(
        code=policies.POLICY,
        label=gettext_lazy("version of the selection policy"),
        permission="policy.approve",
        approve=policies.approve_version,
        give_back=policies.give_back_version,
        difference=_figures,
        content=lambda proposal: policies.version_of(proposal).digest,
        address=_policy_page,
        own_entries=True,
    )
)
register(
    Kind(
        code=overrides.LANE,
        label=gettext_lazy("another lane for a declaration"),
        permission="targeting.override_approve",
        approve=overrides.approve_lane,
        give_back=overrides.give_back_lane,
        difference=_lane,
        content=_lane_content,
        address=lambda proposal: reverse("targeting:declaration", args=[proposal.subject]),
        after=overrides.apply_lane,
        own_entries=True,
    )
)
register(
    Kind(
        code=lists.REMOVAL,
        label=gettext_lazy("removal from a list"),
        permission="lists.approve",
        approve=lists.approve_removal,
        give_back=lists.give_back_removal,
        difference=_values,
        content=_values_content,
        address=_list_page,
        shared=True,
        own_entries=True,
    )
)
register(
    Kind(
        code=learning.PROMOTION,
        label=gettext_lazy("promotion of a model"),
        permission="models.promote",
        approve=learning.approve_promotion,
        difference=_models,
        address=_model_page,
        shared=True,
    )
)
