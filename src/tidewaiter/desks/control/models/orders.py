from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.control.vocabulary import IN_HAND, OPEN, Lane, RiskArea, State

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


class OrderRows(models.QuerySet["ControlOrder"]):
    def visible_to(self, user: User) -> OrderRows:
        """Orders of the officer's offices, for those who may read or supervise controls."""
        if not (user.may("control.read") or user.may("control.supervise")):
            return self.none()
        return self.filter(user.scope().rows("office"))

    def held_by(self, user: User) -> OrderRows:
        """Orders that were drawn for, or given to, this inspector and that he may still open."""
        if not user.may("control.perform"):
            return self.none()
        return self.filter(inspector=user).exclude(state=State.CANCELLED)

    def in_hand(self) -> OrderRows:
        return self.filter(state__in=IN_HAND)

    def open(self) -> OrderRows:
        return self.filter(state__in=OPEN)


class OrderSequence(models.Model):
    """The last order number given in a year at an office: numbers tell nobody how many orders
    another office has. Its rows are the lock under which orders are raised."""

    office = models.CharField(max_length=32, blank=True)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "year"], name="one_sequence_an_office_and_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.year}: {self.last}"


class ControlOrder(models.Model):
    """One declaration to be controlled in one lane, with what its selection said at the time."""

    number = models.CharField(_("order"), max_length=60, unique=True)
    declaration_id = models.CharField(_("declaration"), max_length=100)
    declaration_date = models.DateField(_("acceptance date"))
    office = models.CharField(_("customs office"), max_length=32)
    importer = models.CharField(_("importer"), max_length=100, blank=True)
    items = models.PositiveIntegerField(_("goods items"), default=0)

    lane = models.CharField(_("lane"), max_length=10, choices=Lane.choices)
    control = models.CharField(_("control"), max_length=60)
    controls = models.JSONField(_("controls to perform"), default=list)
    minutes = models.PositiveIntegerField(_("planned minutes"))
    reasons = models.JSONField(
        default=list, help_text="[{item_no, reasons: [{code, facts, weight}]}]"
    )
    instructions = models.TextField(_("instructions"), blank=True)
    selected_by = models.CharField(_("selected by"), max_length=120, blank=True)
    selection_probability = models.FloatField(_("probability of selection"), null=True)
    score = models.FloatField(_("risk score"), null=True)
    expected_value = models.FloatField(_("expected value"), null=True)
    currency = models.CharField(max_length=3, blank=True)
    risk_area = models.CharField(max_length=40, choices=RiskArea.choices, blank=True)
    run_id = models.CharField(max_length=64)

    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.WAITING
    )
    raised_at = models.DateTimeField(_("raised"))
    due_on = models.DateField(_("due"))
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="control_orders",
        verbose_name=_("inspector"),
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), null=True, blank=True)
    found = models.BooleanField(_("found"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    remark = models.TextField(_("supervisor's remark"), blank=True)

    objects = OrderRows.as_manager()

    class Meta:
        ordering = ["due_on", "-expected_value", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["declaration_id", "lane"],
                condition=~models.Q(state=State.CANCELLED),
                name="one_order_a_declaration_and_lane",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=(State.WAITING, State.CANCELLED))
                | models.Q(inspector__isnull=False),
                name="an_order_in_hand_has_an_inspector",
            ),
        ]
        indexes = [
            models.Index(fields=["office", "state", "due_on"]),
            models.Index(fields=["inspector", "state", "due_on"]),
            models.Index(fields=["office", "-raised_at", "-id"]),
            models.Index(fields=["-raised_at", "-id"]),
            models.Index(fields=["state", "-raised_at", "-id"]),
            models.Index(fields=["importer", "-raised_at"]),
            models.Index(fields=["declaration_id"]),
            models.Index(fields=["declaration_date"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def overdue(self) -> bool:
        return self.open and self.due_on < timezone.localdate()

    @property
    def post_clearance(self) -> bool:
        return self.lane == Lane.BLUE


class Draw(models.Model):
    """One drawing of lots in an office: all it takes to draw again and compare."""

    office = models.CharField(max_length=32)
    day = models.DateField()
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the day key")
    inspectors = models.JSONField(help_text="[[user name, open minutes before the draw]]")

    class Meta:
        ordering = ["-drawn_at", "-pk"]
        indexes = [models.Index(fields=["office", "-drawn_at"])]

    def __str__(self) -> str:
        return f"{self.office} {self.drawn_at:%Y-%m-%d %H:%M}"


class Assignment(models.Model):
    """Who was to perform an order, from when to when: by lot, or by a supervisor with a reason."""

    order = models.ForeignKey(ControlOrder, on_delete=models.PROTECT, related_name="assignments")
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    draw = models.ForeignKey(
        Draw, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(ended_at__isnull=True),
                name="one_inspector_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(draw__isnull=False) | ~models.Q(reason=""),
                name="by_lot_or_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.inspector_id}"
