"""The agreement of a pair: versions of its text, the filled paper of one pair, who has signed."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.bonds.models.offers import Means, Side
from qianshou.common.fields import AreaCodeField, Identified
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing


class AgreementText(Identified):
    """One version of the text, written once; the newest of the nearest area is in force."""

    area_code = AreaCodeField()
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    body = models.TextField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_code", "version"], name="agreement_text_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class Agreement(Identified):
    """The agreement of one pair: which text, what was filled in, and the hash of both."""

    pairing = models.OneToOneField(Pairing, models.PROTECT, related_name="agreement")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    text = models.ForeignKey(AgreementText, models.PROTECT, related_name="+")
    fields = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    due_on = models.DateField()
    # True once the road of the pair is over before all have signed; nobody signs it any more.
    ended = models.BooleanField(default=False)
    drawn_on = models.DateField()
    drawn_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["area_code"], name="agreement_by_area")]

    def __str__(self) -> str:
        return f"{self.text_id} {self.pairing_id}"


class Signature(Identified):
    """One side's signature: which version with which hash, when, and how it can be proven."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures")
    mother = models.ForeignKey(Mother, models.PROTECT, related_name="+")
    area_code = AreaCodeField()
    side = models.CharField(max_length=8, choices=Side.choices)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    signed_on = models.DateField()
    at = models.DateTimeField(default=timezone.now)
    means = models.CharField(max_length=5, choices=Means.choices)
    # Where the signed paper is kept: the number of the scan or of the binder.
    paper = models.CharField(_("where the paper is"), max_length=100, blank=True)
    name = models.CharField(max_length=80)
    by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "side"], name="signature_once_per_side"),
            models.CheckConstraint(
                condition=~Q(means=Means.PAPER) | ~Q(paper=""), name="signature_on_paper_is_filed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.agreement_id}"
