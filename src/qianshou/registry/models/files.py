"""Children, their adults and their consents: what is known and from whom."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common import days
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.exchange.models import Record


class ChildQuerySet(models.QuerySet["Child"]):
    """Questions about files."""

    def on_file(self) -> Self:
        """Keep the files in force: neither merged into another nor closed."""
        return self.filter(merged_into=None).exclude(state=Child.State.CLOSED)


class Child(Identified):
    """One child's file. Values come from department rows by rule; nobody types over them.

    A merged file stays and points to the one that took it in, so old references keep working.
    `provenance` says for each field where its value comes from, each row named once:
    `{"sources": [[record id, department, ISO date], …], "why": [[row, rule, others, "fields"]]}`,
    where `others` counts the rows that say something else (docs/explanation/one-file-per-child.md).
    `facts` holds the coded circumstances that the assessment reads (docs/reference/facts.md).
    """

    class Sex(models.TextChoices):
        MALE = "M", _("boy")
        FEMALE = "F", _("girl")
        UNKNOWN = "", _("not known")

    class State(models.TextChoices):
        VERIFIED = "VERIFIED", _("verified")
        CLOSED = "CLOSED", _("closed")

    area_code = AreaCodeField()
    name = models.CharField(max_length=80, blank=True)
    given_name = models.CharField(max_length=60, blank=True, db_collation="C")
    search_name = models.CharField(max_length=80, blank=True, db_collation="C")
    pinyin = models.CharField(max_length=160, blank=True, db_collation="C")
    initials = models.CharField(max_length=40, blank=True, db_collation="C")
    sex = models.CharField(max_length=1, choices=Sex.choices, blank=True)
    birth_on = models.DateField(null=True, blank=True)
    ethnicity = models.CharField(max_length=2, blank=True)
    id_number = SealedField()
    id_token = models.BinaryField(max_length=16, default=b"")
    phone = SealedField()
    address = SealedField()
    hukou_code = AreaCodeField(blank=True)
    school = models.CharField(max_length=100, blank=True)
    stage = models.CharField(max_length=20, blank=True)
    class_name = models.CharField(max_length=40, blank=True)
    boarding = models.BooleanField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.VERIFIED)
    household_id = models.UUIDField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed"
    )
    # A child whose whereabouts somebody dangerous seeks: only named people see where it lives.
    hidden_location = models.BooleanField(default=False)
    location_readers = models.JSONField(default=list, blank=True)
    facts = models.JSONField(default=dict)
    provenance = models.JSONField(default=dict)
    departments = models.JSONField(default=list)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ChildQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("id")), name="child_is_not_merged_into_itself"
            ),
        ]
        indexes = [
            # Not by time as well: an update that changes no indexed value stays cheap (HOT).
            models.Index(fields=["area_code"], name="child_by_area"),
            models.Index(fields=["search_name"], name="child_by_name"),
            models.Index(fields=["given_name"], name="child_by_given_name"),
            models.Index(fields=["pinyin"], name="child_by_pinyin"),
            models.Index(fields=["initials"], name="child_by_initials"),
            models.Index(fields=["id_token"], name="child_by_id_token"),
            models.Index(fields=["household_id"], name="child_by_household"),
            models.Index(fields=["id"], condition=Q(state="CLOSED"), name="child_closed"),
        ]

    def __str__(self) -> str:
        return self.name or str(_("unnamed child"))

    def age_on(self, day: date) -> int | None:
        """Return the age in completed years."""
        return days.age_on(self.birth_on, day)


class Guardian(Identified):
    """A parent, legal guardian or carer, recognised across siblings by ID number or phone."""

    area_code = AreaCodeField()
    name = models.CharField(max_length=80, blank=True)
    id_number = SealedField()
    id_token = models.BinaryField(max_length=16, default=b"")
    phone = SealedField()
    phone_token = models.BinaryField(max_length=16, default=b"")

    class Meta:
        indexes = [
            models.Index(fields=["id_token"], name="guardian_by_id_token"),
            models.Index(fields=["phone_token"], name="guardian_by_phone_token"),
        ]

    def __str__(self) -> str:
        return self.name


class Guardianship(Identified):
    """How one adult stands to one child; a grandparent looking after it is a carer, no guardian."""

    class Kinship(models.TextChoices):
        FATHER = "FATHER", _("child's father")
        MOTHER = "MOTHER", _("child's mother")
        GRANDPARENT = "GRANDPARENT", _("grandparent")
        RELATIVE = "RELATIVE", _("relative")
        OTHER = "OTHER", _("other")

    child = models.ForeignKey(Child, models.PROTECT, related_name="guardianships")
    guardian = models.ForeignKey(Guardian, models.PROTECT, related_name="guardianships")
    area_code = AreaCodeField()
    kinship = models.CharField(max_length=12, choices=Kinship.choices)
    is_guardian = models.BooleanField()
    is_carer = models.BooleanField(default=False)
    status = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "guardian"], name="guardianship_once_per_child_and_adult"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kinship} {self.guardian_id}"


class Consent(Identified):
    """A guardian's yes or no for one purpose, with the proof; the newest row per purpose counts.

    A withdrawal is a further row that says no. `text_version` and `text_sha256` name the text that
    was read; a department's list names none. `parties` are those with whom data may be shared.
    `proof` holds when and how it was signed, and a keyed digest over all of it.
    """

    class Purpose(models.TextChoices):
        PROGRAMME = "PROGRAMME", _("being in the programme")
        MATCHING = "MATCHING", _("pairing with a loving mother")
        SHARING = "SHARING", _("sharing with named parties")
        PHOTOS = "PHOTOS", _("photos")
        PUBLICATION = "PUBLICATION", _("publication")

    class Capacity(models.TextChoices):
        FATHER = "FATHER", _("child's father")
        MOTHER = "MOTHER", _("child's mother")
        GUARDIAN = "GUARDIAN", _("other guardian by decision")
        DELEGATE = "DELEGATE", _("relative with a written delegation")
        CIVIL_AFFAIRS = "CIVIL_AFFAIRS", _("civil affairs, for the state as guardian")

    class Channel(models.TextChoices):
        DEPARTMENT_LIST = "DEPARTMENT_LIST", _("signed on paper, listed by civil affairs")
        ON_PAPER = "ON_PAPER", _("signed on paper, noted by a person")
        REMOTE = "REMOTE", _("signed on the guardian's phone")

    child = models.ForeignKey(Child, models.PROTECT, related_name="consents")
    area_code = AreaCodeField()
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    given = models.BooleanField()
    given_on = models.DateField()
    channel = models.CharField(max_length=20, choices=Channel.choices)
    record = models.ForeignKey(Record, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")
    noted_at = models.DateTimeField()
    # Who gave it and as what; a list does not say. The grandparent who looks after the child is
    # no guardian, so there is no such capacity.
    capacity = models.CharField(max_length=14, choices=Capacity.choices, blank=True)
    guardian = models.ForeignKey(
        Guardian, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    giver = models.CharField(max_length=80, blank=True)
    basis = models.CharField(max_length=120, blank=True)
    text_version = models.PositiveSmallIntegerField(null=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    parties = models.JSONField(default=list, blank=True)
    valid_until = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    proof = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="MATCHING") | Q(given=False) | ~Q(capacity=""),
                name="consent_is_given_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="SHARING") | Q(given=False) | ~Q(parties=[]),
                name="consent_names_the_parties",
            ),
            models.CheckConstraint(
                condition=~Q(channel="REMOTE")
                | Q(text_version__isnull=False) & ~Q(text_sha256="") & ~Q(proof={}),
                name="consent_from_afar_is_proven",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("given_on")),
                name="consent_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["child", "purpose", "-given_on"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.given}"
