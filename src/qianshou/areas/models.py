"""Administrative areas with the years their codes were valid in. Public facts, not scoped."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qianshou.areas import rules
from qianshou.common.fields import AreaCodeField


class AreaQuerySet(models.QuerySet["Area"]):
    """Questions about the tree of areas."""

    def inside(self, code: str) -> Self:
        """Keep an area and everything in it."""
        return self.filter(code__range=rules.subtree(code))

    def valid_on(self, day: date) -> Self:
        """Keep the areas whose code was in force on a day."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gt=day)
        )


class Area(models.Model):
    """A province, city, county, town or village; a code that ended names its successor."""

    class Level(models.TextChoices):
        PROVINCE = rules.PROVINCE, _("province")
        CITY = rules.CITY, _("city")
        COUNTY = rules.COUNTY, _("county")
        TOWN = rules.TOWN, _("town")
        VILLAGE = rules.VILLAGE, _("village")

    code = AreaCodeField(primary_key=True)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    position = models.CharField(max_length=10, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = AreaQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{12}$"), name="area_code_has_twelve_digits"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gt=F("valid_from")),
                name="area_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name
