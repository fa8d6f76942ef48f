"""Texts that are signed, links to sign them, documents that let others sign, a child's own word."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.registry.models import Child, Consent, Guardian


class Hanging(Identified):
    """Something that hangs on a child's file and follows it when files are joined and parted."""

    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    # [{"event", "child"}]: each joining that moved it, and from which file, so that undoing knows
    moves = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        abstract = True


class ConsentText(Identified):
    """What a guardian reads before answering, in one language. A version is never changed.

    With `asks_again`, answers to earlier versions end when it comes into force: the purpose has
    changed. Without, only the wording is better and nobody is asked twice.
    """

    purpose = models.CharField(max_length=20, choices=Consent.Purpose.choices)
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, choices=User.Language.choices)
    title = models.CharField(max_length=80)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    asks_again = models.BooleanField(default=False)
    in_force_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version", "language"], name="text_once_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} {self.language}"


class AuthorityQuerySet(models.QuerySet["Authority"]):
    """Questions about documents."""

    def in_force(self, day: object) -> Self:
        """Keep what counts on a day."""
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=day), issued_on__lte=day, ended_on=None
        )


class Authority(Hanging):
    """A document that says who may consent for a child besides father and mother.

    A decision names another guardian; a delegation lets a relative sign for the parents, for the
    purposes it lists; state guardianship lets an official of civil affairs sign.
    """

    class Kind(models.TextChoices):
        DECISION = "DECISION", _("decision on guardianship")
        DELEGATION = "DELEGATION", _("written delegation by the parents")
        STATE = "STATE", _("guardianship of the state")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    guardian = models.ForeignKey(Guardian, models.PROTECT, null=True, related_name="+")
    unit = models.CharField(max_length=80)
    number = models.CharField(max_length=80)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    purposes = models.JSONField(default=list, blank=True)
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="STATE") ^ Q(guardian__isnull=False), name="authority_names_whom"
            ),
        ]
        indexes = [models.Index(fields=["child"], name="authority_by_child")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Assent(Hanging):
    """The child's own yes or no, from eight years on, asked by a person in simple words.

    About the programme as a whole, or about one pairing (`about_id`).
    """

    class Subject(models.TextChoices):
        PROGRAMME = "PROGRAMME", _("being in the programme")
        PAIRING = "PAIRING", _("this loving mother")

    class Way(models.TextChoices):
        TALK = "TALK", _("a talk without other adults")
        CARDS = "CARDS", _("picture cards")
        DRAWING = "DRAWING", _("a drawing")
        SIGNING = "SIGNING", _("sign language or signs")

    subject = models.CharField(max_length=10, choices=Subject.choices)
    about_id = models.UUIDField(null=True, blank=True)
    given = models.BooleanField()
    asked_on = models.DateField()
    way = models.CharField(max_length=8, choices=Way.choices)
    words = SealedField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(subject="PROGRAMME", about_id=None)
                | Q(subject="PAIRING", about_id__isnull=False),
                name="assent_is_about_something",
            ),
        ]
        indexes = [
            models.Index(fields=["child", "subject", "-asked_on"], name="assent_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.given}"


class SigningRequestQuerySet(models.QuerySet["SigningRequest"]):
    """Questions about links."""

    def open(self, now: datetime) -> Self:
        """Keep the links that can still be used."""
        return self.filter(used_at=None, cancelled_at=None, dead_at=None, expires_at__gt=now)

    def unanswered(self, now: datetime) -> Self:
        """Keep the links that nobody will answer any more: run out, or closed after guesses."""
        return self.filter(used_at=None, cancelled_at=None).filter(
            Q(expires_at__lte=now) | Q(dead_at__isnull=False)
        )


class SigningRequest(Hanging):
    """A guardian was asked from afar. Her page knows this row and the child's answers, no more.

    `questions` is [{"purpose", "version", "parties"}]. What she has to know to open it is kept as
    a keyed index; `child_name` and `guardian_name` are shown to her after that.
    """

    class Check(models.TextChoices):
        ID4 = "ID4", _("the last four characters of the ID number")
        PHONE = "PHONE", _("the telephone number on file")

    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=14, choices=Consent.Capacity.choices)
    basis = models.CharField(max_length=120, blank=True)
    valid_until = models.DateField(null=True)
    questions = models.JSONField()
    child_name = SealedField()
    guardian_name = SealedField()
    office = models.CharField(max_length=80)
    check_kind = models.CharField(max_length=6, choices=Check.choices)
    check_token = models.BinaryField(max_length=16)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    # closed for good after too many wrong answers
    dead_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=dict, blank=True)

    objects = SigningRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["child", "-made_at"], name="signing_by_child"),
            models.Index(
                fields=["area_code"],
                condition=Q(used_at=None, cancelled_at=None),
                name="signing_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.made_at:%Y-%m-%d}"


class Link(Identified):
    """The digest of a link's secret. It is looked up before any scope exists and names nobody."""

    digest = models.BinaryField(max_length=32, unique=True)
    request = models.OneToOneField(SigningRequest, models.PROTECT, related_name="link")

    def __str__(self) -> str:
        return f"{self.request_id}"
