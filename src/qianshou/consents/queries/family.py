"""The adults of a child and what each may sign, with the reason in plain words."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qianshou.common.errors import NotFound
from qianshou.consents.models import Authority
from qianshou.consents.rules import signers
from qianshou.consents.rules.signers import Adult, Bar, Paper, Right
from qianshou.registry.models import Child, Guardianship

BARS: dict[Bar, str | Promise] = {
    Bar.STATE: _(
        "The state guards this child. An official of civil affairs consents, no adult of the "
        "family."
    ),
    Bar.CARER: _(
        "Looks after the child but is not its guardian, and cannot consent. Ask father or mother, "
        "or note a decision on guardianship or the parents' written delegation."
    ),
    Bar.NO_GUARDIAN: _("Is not the child's guardian and cannot consent."),
    Bar.NO_DECISION: _(
        "A list names this adult as guardian. Note the decision on guardianship first; without it "
        "there is no consent."
    ),
}


@dataclass(frozen=True)
class Signer:
    """One adult of the child with what she may sign."""

    stands: Guardianship
    right: Right
    has_phone: bool
    has_number: bool

    @property
    def bar_words(self) -> str | Promise:
        """Say why the adult may not consent."""
        return BARS[self.right.bar] if self.right.bar else ""

    @property
    def may_sign(self) -> bool:
        """Tell whether the adult may sign anything."""
        return self.right.bar is None

    @property
    def reachable(self) -> bool:
        """Tell whether a link can be sent and the answer be checked."""
        return self.has_phone


def papers_of(child: Child, on: date) -> list[Paper]:
    """Return the documents in force about who guards a child."""
    rows = Authority.objects.filter(child=child).in_force(on).order_by("-issued_on")
    return [
        Paper(
            each.kind, each.guardian_id, each.number, each.unit, each.valid_until,
            tuple(each.purposes),
        )
        for each in rows
    ]  # fmt: skip


def is_state_guarded(child: Child, papers: list[Paper]) -> bool:
    """Tell whether civil affairs guards a child."""
    return signers.is_state_guarded(str(child.facts.get("guardianship", "")), papers)


def signers_of(child: Child, on: date) -> list[Signer]:
    """Return every adult of a child, those first who may sign."""
    papers = papers_of(child, on)
    guarded = is_state_guarded(child, papers)
    rows = Guardianship.objects.filter(child=child).select_related("guardian")
    found = [
        Signer(
            each,
            signers.right_of(
                Adult(each.guardian_id, each.kinship, each.is_guardian, each.is_carer),
                papers,
                state_guarded=guarded,
            ),
            bool(each.guardian.phone),
            bool(each.guardian.id_number),
        )
        for each in rows
    ]
    return sorted(found, key=lambda each: (not each.may_sign, each.stands.kinship))


def signer_of(child: Child, stands_id: UUID, on: date) -> Signer:
    """Return one adult of a child; raises `NotFound`."""
    found = next((each for each in signers_of(child, on) if each.stands.pk == stands_id), None)
    if found is None:
        raise NotFound
    return found
