"""Who knocks at the public pages, so that nobody tries codes or floods a campaign."""

from django.db import models


class Knock(models.Model):
    """How often one address (as a keyed digest) knocked at one door within one hour."""

    door = models.CharField(max_length=10)
    address_token = models.BinaryField(max_length=16)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["door", "address_token", "hour"], name="knock_once_per_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.count}"
