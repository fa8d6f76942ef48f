"""What really happens: contacts, answers to them, appointments, and the phones they come from."""

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.care.rules import codes, enclosing
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing

KIND_CHOICES = [(code, _(words)) for code, words in codes.KINDS.items()]


class DeviceQuerySet(models.QuerySet["Device"]):
    """Questions about phones."""

    def in_use(self) -> Self:
        """Keep the phones that nobody has blocked."""
        return self.filter(revoked_at=None)


class Device(Identified):
    """A phone that a mother has set up. Of its two keys only digests are kept here.

    With the key for sending a phone hands in entries and learns nothing; the key for reading,
    which lies behind the PIN on the phone, fetches the day. `max_seq` and `received` count the
    phone's entries: if they differ, some are still under way or lost.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="phones")
    area_code = AreaCodeField()
    label = models.CharField(max_length=80)
    send_digest = models.BinaryField(max_length=32, unique=True)
    read_digest = models.BinaryField(max_length=32, unique=True)
    registered_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    max_seq = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    skew_seconds = models.BigIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoke_reason = models.CharField(max_length=200, blank=True)
    wiped_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None) ^ Q(revoked_by__isnull=False),
                name="device_revoked_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["mother"], name="device_by_mother")]

    def __str__(self) -> str:
        return self.label

    @property
    def missing(self) -> int:
        """Return how many entries the phone has numbered that never arrived here."""
        return max(self.max_seq - self.received, 0)


class Operation(Identified):
    """One entry of a phone, written in the same transaction as its effect: it counts once."""

    class Outcome(models.TextChoices):
        DONE = "DONE", _("taken")
        HELD = "HELD", _("held for a person")
        CONFLICT = "CONFLICT", _("conflicts with another version")

    device = models.ForeignKey(Device, models.PROTECT, related_name="operations")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    client_id = models.UUIDField()
    seq = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.CharField(max_length=12, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "client_id"], name="operation_counts_once"),
        ]
        indexes = [models.Index(fields=["device", "seq"], name="operation_by_seq")]
        triggers = [pgtrigger.Protect(name="operation_stays", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.client_id} {self.outcome}"


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
    """A voice note or photo that came with a contact; its content lies sealed beside the database.

    `total` and `digest` are of the sealed whole, as the phone announced it with the contact;
    `received` says how much of it is here. A contact that is held has none yet: `contact` is set
    when it is taken.
    """

    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="+")
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="enclosures"
    )
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


class ClockQuerySet(models.QuerySet["Clock"]):
    """Questions about contacts that are due."""

    def late_on(self, day: date) -> Self:
        """Keep those whose contact should have been before a day."""
        return self.filter(due_on__lt=day)


class Clock(models.Model):
    """When the next contact of a running pairing is due; a resting one has no `due_on`.

    Kept so that a list of the silent is read from an index. `heard_on` is the day of the last
    contact, or the day on which the clock began to run; a silence is known by it. `told` counts
    the steps of `rules.silence` that this silence has taken, `tier` is 0 for a red child.
    """

    pairing = models.OneToOneField(
        Pairing, models.PROTECT, primary_key=True, related_name="clock"
    )  # fmt: skip
    area_code = AreaCodeField()
    grade = models.CharField(max_length=6)
    tier = models.PositiveSmallIntegerField()
    every = models.PositiveSmallIntegerField()
    last_on = models.DateField(null=True)
    heard_on = models.DateField()
    due_on = models.DateField(null=True)
    told = models.PositiveSmallIntegerField(default=0)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(heard_on__gte=models.F("last_on")),
                name="clock_hears_of_the_last_contact",
            ),
        ]
        indexes = [
            models.Index(
                fields=["area_code", "due_on"], include=["tier", "told"],
                condition=Q(due_on__isnull=False), name="clock_by_area",
            ),
            models.Index(
                fields=["due_on", "tier"], condition=Q(due_on__isnull=False), name="clock_by_day"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.pairing_id} {self.due_on}"


class Reminder(Identified):
    """One thing done about one silence: a step, what staff did, or her try. Written once."""

    class Act(models.TextChoices):
        MOTHER = "MOTHER", _("mother reminded")
        TOWN = "TOWN", _("town told")
        COUNTY = "COUNTY", _("county told")
        CITY = "CITY", _("counted in the city's figure")
        BY_HAND = "BY_HAND", _("mother reminded by staff")
        CALLED = "CALLED", _("staff called the mother")
        TRIED = "TRIED", _("the mother tried in vain")

    pairing = models.ForeignKey(Pairing, models.PROTECT, related_name="reminders")
    area_code = AreaCodeField()
    heard_on = models.DateField()
    act = models.CharField(max_length=8, choices=Act.choices)
    days_late = models.PositiveSmallIntegerField()
    note = SealedField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # A step that the calendar takes happens once for each silence.
            models.UniqueConstraint(
                fields=["pairing", "heard_on", "act"], condition=Q(by=None),
                name="reminder_once_per_silence",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["pairing", "-at"], name="reminder_by_pairing")]
        triggers = [
            pgtrigger.ReadOnly(name="reminder_stays_as_it_is", exclude=["area_code"]),
            pgtrigger.Protect(name="reminder_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.pairing_id}"


class HeldQuerySet(models.QuerySet["Held"]):
    """Questions about what is held."""

    def open(self) -> Self:
        """Keep what nobody has decided."""
        return self.filter(state=Held.State.OPEN)


class Held(Identified):
    """An entry that could not be taken as it came: kept whole, with the reason, for a person.

    It may be evidence: what a blocked phone still sends is neither filed unseen nor thrown away.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("to be decided")
        FILED = "FILED", _("taken after all")
        SET_ASIDE = "SET_ASIDE", _("set aside")

    device = models.ForeignKey(Device, models.PROTECT, related_name="held")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    pairing = models.ForeignKey(Pairing, models.PROTECT, null=True, blank=True, related_name="+")
    area_code = AreaCodeField()
    client_id = models.UUIDField(null=True, blank=True)
    seq = models.PositiveIntegerField(null=True, blank=True)
    digest = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=12)
    # what was in the box if it opened, else the entry as it came
    body = SealedField()
    behind_seconds = models.BigIntegerField(default=0)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=200, blank=True)

    objects = HeldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "digest"], name="held_once"),
            models.CheckConstraint(
                condition=Q(state="OPEN") ^ Q(decided_by__isnull=False),
                name="held_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code"], condition=Q(state="OPEN"), name="held_open"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="held_body_stays", fields=["device", "body", "digest", "reason"]
            ),
            pgtrigger.Protect(name="held_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.received_at:%Y-%m-%d}"
