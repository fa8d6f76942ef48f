"""Whether parents were in touch with their child, and whether they want to be reminded."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.plans.rules import checklist
from qianshou.registry.models import Child, Guardian


class ParentContact(Identified):
    """What somebody noted of one week: whether a parent was in touch. The newest row counts.

    Parents owe their child a contact at least once a week (未保法 23).
    """

    class Who(models.TextChoices):
        BOTH = "BOTH", _("both parents")
        FATHER = "FATHER", _("child's father")
        MOTHER = "MOTHER", _("child's mother")
        NOBODY = "NOBODY", _("neither of them")

    child = models.ForeignKey(Child, models.PROTECT, related_name="parent_contacts")
    pairing = models.ForeignKey(Pairing, models.PROTECT, null=True, related_name="parent_contacts")
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    area_code = AreaCodeField()
    week = models.DateField()
    who = models.CharField(max_length=8, choices=Who.choices)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # Of merges of files: the event, and the file that it belonged to before.
    moves = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["child", "-week", "-at"], name="parent_contact_newest"),
            models.Index(fields=["area_code", "week"], name="parent_contact_by_area"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="parent_contact_is_written_once",
                exclude=["area_code", "child", "moves"],
            ),
            pgtrigger.Protect(name="parent_contact_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.who}"


class ReminderChoice(Identified):
    """How often one parent wants to be reminded, where it differs from the checklist's rule."""

    guardian = models.OneToOneField(Guardian, models.PROTECT, related_name="reminder_choice")
    area_code = AreaCodeField()
    every = models.CharField(
        max_length=8,
        choices=[(code, _(words)) for code, words in checklist.REMINDERS.items()],
    )
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.guardian_id} {self.every}"
