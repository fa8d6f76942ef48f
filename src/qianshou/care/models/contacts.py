"""What really happens: contacts, answers to them, recordings, drafts and appointments."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.care.models.phones import Device
from qianshou.care.rules import codes, enclosing
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.plans.models import Tick

KIND_CHOICES = [(code, _(words)) for code, words in codes.KINDS.items()]


class ContactQuerySet(models.QuerySet["Contact"]):
    """Questions about contacts."""

    def unread(self) -> Self:
        """Keep those with a note, a recording, or a wish to be followed up, without an answer."""
        said = ~Q(note=b"") | Q(follow_up=True) | Q(recorded=True)
        return self.with_recordings().filter(said, replies=None)

    def with_recordings(self) -> Self:
        """Say of each whether a voice note or photo came with it."""
        return self.annotate(recorded=Exists(Enclosure.objects.filter(contact=OuterRef("pk"))))


class Contact(Identified):
    """A call, message, visit or activity. It is written once; a correction is a new row.

    `said_at` is the time of her phone, `at` the time as we take it, `received_at` when it came.
    """

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="contacts")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="contacts")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=KIND_CHOICES)
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=0)
    topics = models.JSONField(default=list, blank=True)
    mood = models.PositiveSmallIntegerField(null=True, blank=True)
    note = SealedField()
    follow_up = models.BooleanField(default=False)
    client_id = models.UUIDField()
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+")
    seq = models.PositiveIntegerField(null=True, blank=True)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()
    skewed = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pairing", "client_id"], name="contact_logged_once"),
            models.CheckConstraint(
                condition=Q(minutes__lte=codes.MOST_MINUTES), name="contact_fits_into_a_day"
            ),
            models.CheckConstraint(
                condition=Q(mood=None) | Q(mood__range=(1, 5)), name="contact_mood_is_a_face"
            ),
        ]
        indexes = [
            models.Index(fields=["pairing", "-at"], name="contact_by_pairing"),
            models.Index(fields=["area_code", "-received_at"], name="contact_by_area"),
        ]
        triggers = [
            # The area follows the child when it moves; nothing else ever changes.
            pgtrigger.ReadOnly(name="contact_is_written_once", exclude=["area_code"]),
            pgtrigger.Protect(name="contact_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Arrival(models.Model):
    """A contact that a phone has handed in, and that nothing has heard of yet.

    It is written with its contact and goes when clocks, checklists, follow-up and the search for
    danger words have heard of it, in their transaction. `failed` counts how often that went wrong;
    it is tried again from `due_at` on.
    """

    contact = models.OneToOneField(
        Contact, models.CASCADE, primary_key=True, related_name="arrival"
    )  # fmt: skip
    area_code = AreaCodeField()
    due_at = models.DateTimeField()
    failed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="arrival_by_time")]

    def __str__(self) -> str:
        return f"{self.contact_id}"


class Reply(Identified):
    """What staff answer to a contact; the mother sees it on her phone."""

    class Kind(models.TextChoices):
        READ = "READ", _("read")
        THANKS = "THANKS", _("thanked")
        QUESTION = "QUESTION", _("asked")
        ANSWER = "ANSWER", _("answered by the mother")

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="replies")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = SealedField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["mother", "-at"], name="reply_by_mother")]
        triggers = [
            pgtrigger.ReadOnly(name="reply_is_written_once", exclude=["area_code"]),
            pgtrigger.Protect(name="reply_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Draft(Identified):
    """A half-filled contact of a page, sealed; it survives a closed browser, which keeps none."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    pairing = models.ForeignKey(Pairing, models.CASCADE, related_name="+")
    area_code = AreaCodeField()
    body = SealedField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "pairing"], name="draft_one_for_each_pairing"),
        ]

    def __str__(self) -> str:
        return f"{self.saved_at:%Y-%m-%d %H:%M}"


class EnclosureQuerySet(models.QuerySet["Enclosure"]):
    """Questions about voice notes and photos."""

    def coming(self) -> Self:
        """Keep those whose last part has not arrived."""
        return self.filter(state=enclosing.COMING)

    def kept(self) -> Self:
        """Keep those that can be played or shown."""
        return self.filter(state=enclosing.KEPT)


class Enclosure(Identified):
    """A voice note or photo that came with a contact, or a photo that proves a tick.

    Its content lies sealed beside the database.

    `total` and `digest` are of the sealed whole, as the phone announced it with the contact;
    `received` says how much of it is here; `contact_key` is the key of the entry it came with. A
    contact that is held has none yet: `contact` is set when it is taken.
    """

    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="+")
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="enclosures"
    )
    tick = models.ForeignKey(Tick, models.PROTECT, null=True, blank=True, related_name="+")
    area_code = AreaCodeField()
    client_id = models.UUIDField()
    contact_key = models.UUIDField()
    kind = models.CharField(
        max_length=5, choices=[(code, _(words)) for code, words in enclosing.KINDS.items()]
    )
    total = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    received = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=8, choices=enclosing.LIFE.choices(_), default=enclosing.COMING
    )
    reason = models.CharField(max_length=12, blank=True)
    type = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField(default=0)
    seconds = models.PositiveSmallIntegerField(default=0)
    announced_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = EnclosureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mother", "client_id"], name="enclosure_counts_once"),
            models.CheckConstraint(
                condition=Q(received__lte=models.F("total")), name="enclosure_no_more_than_told"
            ),
            models.CheckConstraint(
                condition=Q(contact=None) | Q(tick=None), name="enclosure_of_one_entry"
            ),
            models.CheckConstraint(
                condition=Q(tick=None) | Q(kind=enclosing.PHOTO),
                name="enclosure_of_a_tick_is_a_photo",
            ),
        ]
        indexes = [
            models.Index(fields=["device"], condition=Q(state="COMING"), name="enclosure_coming"),
            models.Index(fields=["state", "settled_at"], name="enclosure_by_age"),
        ]
        triggers = [
            *guards(enclosing.LIFE, "enclosure"),
            pgtrigger.ReadOnly(
                name="enclosure_is_announced_once",
                fields=["pairing", "mother", "client_id", "kind", "total", "digest"],
            ),
            pgtrigger.Protect(name="enclosure_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def why(self) -> str:
        """Say why it was not taken or is gone."""
        return gettext(enclosing.REASONS[self.reason]) if self.reason else ""


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Questions about appointments."""

    def current(self) -> Self:
        """Keep the version that holds."""
        return self.filter(state=Appointment.State.CURRENT)

    def disputed(self) -> Self:
        """Keep the versions that were made beside another one, until a person chooses."""
        return self.filter(state=Appointment.State.CONFLICT)


class Appointment(Identified):
    """One version of when a pair meets next. Every version stays; a person settles a conflict."""

    class State(models.TextChoices):
        CURRENT = "CURRENT", _("holds")
        PAST = "PAST", _("replaced")
        CONFLICT = "CONFLICT", _("to be settled")
        DROPPED = "DROPPED", _("not chosen")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="appointments")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    what = models.CharField(max_length=10, choices=KIND_CHOICES)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices)
    base = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    client_id = models.UUIDField()
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pairing"], condition=Q(state="CURRENT"), name="appointment_one_holds"
            ),
            models.UniqueConstraint(fields=["pairing", "client_id"], name="appointment_made_once"),
        ]
        indexes = [
            models.Index(
                fields=["area_code"], condition=Q(state="CONFLICT"), name="appointment_disputed"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="appointment_version_stays", fields=["pairing", "what", "at", "base", "by"]
            ),
            pgtrigger.Protect(name="appointment_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"
