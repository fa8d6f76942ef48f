"""People who sign in, and the roles they hold in an area for a time."""

from datetime import date
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qianshou.areas.models import Area
from qianshou.common.fields import Identified


class UserManager(BaseUserManager["User"]):
    """Makes users with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """Create a user; without a password the account cannot be signed in to."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, Identified):
    """One person's account. Roles are held through grants, never on the account itself."""

    class Language(models.TextChoices):
        SIMPLIFIED = "zh-hans", "简体中文"
        TRADITIONAL = "zh-hant", "繁體中文"
        ENGLISH = "en", "English"

    username = models.CharField(max_length=60, unique=True)
    display_name = models.CharField(max_length=60)
    language = models.CharField(
        max_length=10, choices=Language.choices, default=Language.SIMPLIFIED
    )
    person_id = models.UUIDField(null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    objects = UserManager()

    def __str__(self) -> str:
        return self.display_name or self.username


class GrantQuerySet(models.QuerySet["Grant"]):
    """Questions about grants."""

    def in_force(self, today: date) -> Self:
        """Keep the grants that count on a day."""
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=today),
            valid_from__lte=today,
            revoked_at=None,
        )


class Grant(Identified):
    """A role that a person holds for one area from one day to another."""

    class Role(models.TextChoices):
        FED_CITY = "fed_city", _("city federation")
        FED_COUNTY = "fed_county", _("county federation")
        CLERK = "clerk", _("county clerk")
        SAFEGUARDING_LEAD = "safeguarding_lead", _("safeguarding lead")
        SAFEGUARDING_DEPUTY = "safeguarding_deputy", _("deputy of the safeguarding lead")
        FED_TOWN = "fed_town", _("town federation chair")
        FED_VILLAGE = "fed_village", _("village federation chair")
        GRID = "grid", _("grid worker")
        CHILD_DIRECTOR = "child_director", _("child director")
        CHILD_SUPERVISOR = "child_supervisor", _("child supervisor")
        MOTHER = "mother", _("loving mother")
        PARTNER = "partner", _("partner in care teams")
        POLICE = "police", _("police officer")
        DOCTOR = "doctor", _("doctor")
        PSYCHOLOGIST = "psychologist", _("psychologist")
        TEACHER = "teacher", _("teacher")
        SOCIAL_WORKER = "social_worker", _("social worker")
        LAWYER = "lawyer", _("lawyer")
        DONOR = "donor", _("donor")
        PROCURATOR = "procurator", _("procurator")
        COURT = "court", _("court liaison")
        GUARDIAN = "guardian", _("guardian")
        EVALUATOR = "evaluator", _("third-party evaluator")
        POINTS_PARTNER = "points_partner", _("points partner")
        DATA_TAKER = "data_taker", _("may take data out")
        SYS_ADMIN = "sys_admin", _("system administrator")
        SEC_ADMIN = "sec_admin", _("security administrator")
        AUDITOR = "auditor", _("audit administrator")

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="grant_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(granted_by=F("user")),
                name="grant_is_not_given_to_oneself",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "area"],
                condition=Q(revoked_at=None),
                name="grant_once_per_role_and_area",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.area_id}"

    @property
    def words(self) -> str:
        """Return role and place as people say them; the area must be at hand."""
        return f"{self.get_role_display()} · {self.area.name}"


class Token(Identified):
    """A key for the REST interface: acts as its user, narrowed to some powers, until a day."""

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    powers = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
