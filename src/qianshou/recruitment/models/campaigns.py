"""Campaigns: who recruits where, through which channels, and how many are wanted."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.common.fields import AreaCodeField, Identified


class Campaign(Identified):
    """One call for mothers, with its own address. Everything here is meant for the public.

    `channels` are the words that tell by which way somebody came (`?via=`), in the order of the
    page: `{"slug", "name"}`.
    """

    area_code = AreaCodeField()
    slug = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    carrier = models.CharField(max_length=60)
    appeal = models.TextField(max_length=1000, blank=True)
    channels = models.JSONField(default=list)
    target = models.PositiveIntegerField()
    opens_on = models.DateField()
    closes_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(target__lte=100_000), name="campaign_target_is_real"
            ),
            models.CheckConstraint(
                condition=Q(closes_on=None) | Q(closes_on__gte=F("opens_on")),
                name="campaign_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignDay(Identified):
    """How many visits one channel of a campaign brought on one day; nobody's name is in it."""

    area_code = AreaCodeField()
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="days")
    channel = models.CharField(max_length=20, blank=True)
    day = models.DateField()
    visits = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "channel", "day"], name="campaign_day_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.visits}"


class ListLoad(Identified):
    """One list of applicants that an office sent in; the rows that could not enter are sealed."""

    area_code = AreaCodeField()
    file_name = models.CharField(max_length=200)
    counts = models.JSONField(default=dict)
    bad = models.BinaryField(default=b"")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("list of applicants")

    def __str__(self) -> str:
        return self.file_name
