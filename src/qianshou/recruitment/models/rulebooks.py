"""The rules of recruitment in their versions."""

from django.db import models
from django.db.models import Q

from qianshou.accounts.models import User
from qianshou.common.fields import Identified


class StoredRulebook(Identified):
    """One version of the rulebook as it was put in force; never changed, only followed."""

    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    is_current = models.BooleanField(default=False)
    adopted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="rulebook_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"
