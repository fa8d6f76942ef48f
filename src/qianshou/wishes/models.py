"""Wishes of children, claims on them, and what the public sees, which names nobody."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified, SealedField
from qianshou.common.guards import guards
from qianshou.registry.models import Child
from qianshou.wishes.rules import kinds, states


class WishQuerySet(models.QuerySet["Wish"]):
    """Questions about wishes."""

    def open(self) -> Self:
        """Keep those whose road is not over."""
        return self.exclude(state__in=states.WISH.terminal)


class Wish(Identified):
    """What one child wishes for. Its own words lie sealed; `public_words` are what is published.

    `slug` is the only thing that the public row knows of it. `moves` remembers joined files.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="small_wishes")
    area_code = AreaCodeField()
    kind = models.CharField(max_length=10, choices=kinds.choices(_))
    words = SealedField()
    public_words = models.CharField(max_length=200, blank=True)
    yuan = models.PositiveIntegerField()
    # The child itself agreed that strangers read it (from the age on that the rules name).
    assented = models.BooleanField()
    state = models.CharField(max_length=10, choices=states.WISH.choices(_), default=states.MADE)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    # By code of the checklist what was found: {"PRIVACY": "…", "SAFETY": "…", "COST": "…"}.
    checks = models.JSONField(default=dict)
    screened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    screened_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    lapses_on = models.DateField(null=True)
    slug = models.CharField(max_length=16, blank=True)
    delivered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField(null=True)
    thanks = models.CharField(max_length=300, blank=True)
    thanked_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True)
    once = models.UUIDField()
    moves = models.JSONField(default=list)

    objects = WishQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["child", "once"], name="wishes_wish_made_once"),
            models.UniqueConstraint(
                fields=["slug"], condition=~Q(slug=""), name="wishes_wish_slug_once"
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=models.F("screened_by")),
                name="wishes_wish_published_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(states.MADE, states.WITHDRAWN)) | ~Q(public_words=""),
                name="wishes_wish_screened_has_words",
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "state"], name="wishes_wish_by_area"),
            models.Index(fields=["child", "-made_at"], name="wishes_wish_by_child"),
        ]
        triggers = [
            *guards(states.WISH, "wishes_wish"),
            pgtrigger.Protect(name="wishes_wish_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class PublicWish(models.Model):
    """What anybody may read of a wish: no name, no place below the county, no child, no key to one.

    `county` is empty where the child could be told by it.
    """

    slug = models.CharField(max_length=16, primary_key=True)
    kind = models.CharField(max_length=10, choices=kinds.choices(_))
    words = models.CharField(max_length=200)
    age_band = models.CharField(max_length=8, blank=True)
    county = models.CharField(max_length=12, blank=True)
    cost_band = models.CharField(max_length=8)
    is_free = models.BooleanField(default=True)
    published_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["-published_on", "slug"], name="wishes_public_newest")]

    def __str__(self) -> str:
        return self.slug


class Claim(Identified):
    """One person or firm that will fulfil a wish. Name and telephone lie sealed.

    Whoever claims never learns who the child is; whoever looks after the child sees who claimed.
    """

    wish = models.ForeignKey(Wish, models.PROTECT, related_name="claims")
    child = models.ForeignKey(Child, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    is_firm = models.BooleanField(default=False)
    name = SealedField()
    phone = SealedField()
    phone_token = models.BinaryField(max_length=16)
    language = models.CharField(max_length=10, blank=True)
    code_digest = models.BinaryField(max_length=32)
    code_until = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    link_digest = models.BinaryField(max_length=32, unique=True)
    state = models.CharField(max_length=10, choices=states.CLAIM.choices(_), default=states.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    proven_at = models.DateTimeField(null=True)
    lapses_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True)
    moves = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wish"], condition=Q(state__in=("HELD", "DONE")), name="wishes_claim_one"
            ),
        ]
        indexes = [
            models.Index(fields=["phone_token"], name="wishes_claim_by_phone"),
            models.Index(fields=["child"], name="wishes_claim_by_child"),
        ]
        triggers = guards(states.CLAIM, "wishes_claim")

    def __str__(self) -> str:
        return f"{self.state} {self.asked_at:%Y-%m-%d}"
