"""What people say of a child and a mother: siblings, wishes, conflicts of interest."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.registry.models import Child


class SaidQuerySet(models.QuerySet[Any]):
    """Questions about what people noted."""

    def in_force(self) -> Self:
        """Keep the ones that nobody has taken back."""
        return self.filter(undone_at=None)


class SiblingRule(Identified):
    """What a person decided for one family, whatever the policy says: together, or each alone.

    It is noted on one child and holds for everybody of that child's household.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    together = models.BooleanField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = SaidQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(undone_at=None), name="sibling_rule_one_per_child"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="sibling_rule_undone_by_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.together}"


class Wish(Identified):
    """A wish of child, guardian or mother: for or against a person, or a kind of mother.

    It is soft: it counts in the score and never forbids a pair. `trait` is one of `rules.wishes`.
    """

    class Of(models.TextChoices):
        CHILD = "CHILD", _("the child")
        GUARDIAN = "GUARDIAN", _("the guardian")
        MOTHER = "MOTHER", _("the mother")

    class Kind(models.TextChoices):
        KNOWN = "KNOWN", _("they know each other")
        WANTED = "WANTED", _("wished for")
        UNWANTED = "UNWANTED", _("not wished for")

    child = models.ForeignKey(Child, models.PROTECT, related_name="wishes")
    area_code = AreaCodeField()
    of = models.CharField(max_length=8, choices=Of.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    mother = models.ForeignKey(Mother, models.PROTECT, null=True, related_name="+")
    trait = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = SaidQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mother=None) & ~Q(trait="") & ~Q(kind="KNOWN") & ~Q(of="MOTHER")
                | Q(mother__isnull=False, trait=""),
                name="wish_about_a_person_or_a_trait",
            ),
            models.UniqueConstraint(
                fields=["child", "of", "mother", "trait"],
                condition=Q(undone_at=None),
                nulls_distinct=False,
                name="wish_once",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="wish_undone_by_and_when",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "undone_at"], name="wish_by_area")]

    def __str__(self) -> str:
        return f"{self.kind} {self.child_id}"


class Conflict(Identified):
    """A conflict of interest between a child and a mother: the two are never paired."""

    class Kind(models.TextChoices):
        RELATIVE = "RELATIVE", _("relative of the child")
        CARER = "CARER", _("entrusted with the child's care")
        DEBTOR = "DEBTOR", _("debts between her and the family")
        CASE = "CASE", _("party to a case of the child or the family")
        TEACHER = "TEACHER", _("grades the child at school")

    child = models.ForeignKey(Child, models.PROTECT, related_name="conflicts")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = SaidQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "mother", "kind"],
                condition=Q(undone_at=None),
                name="conflict_once_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="conflict_undone_by_and_when",
            ),
        ]
        indexes = [models.Index(fields=["area_code", "undone_at"], name="conflict_by_area")]

    def __str__(self) -> str:
        return f"{self.kind} {self.child_id}"
