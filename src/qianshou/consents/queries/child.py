"""One child's consents as pages show them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotFound
from qianshou.consents.models import Assent, Authority
from qianshou.consents.queries import holding, proofs
from qianshou.consents.rules import holding as rules
from qianshou.consents.rules.holding import Verdict
from qianshou.registry.models import Child, Consent
from qianshou.registry.queries import child as registry

# What a verdict is called, and its tone.
WORDS: dict[Verdict, tuple[str | Promise, str]] = {
    Verdict.HOLDS: (_("agrees"), "good"),
    Verdict.NOT_ASKED: (_("not asked yet"), "neutral"),
    Verdict.REFUSED: (_("does not agree"), "bad"),
    Verdict.WITHDRAWN: (_("withdrawn"), "bad"),
    Verdict.RUN_OUT: (_("has run out"), "warn"),
    Verdict.TEXT_CHANGED: (_("text has changed; ask again"), "warn"),
    Verdict.OTHER_PARTY: (_("not with this party"), "bad"),
    Verdict.OUT_OF_PROGRAMME: (_("has left the programme"), "bad"),
    Verdict.CHILD_REFUSES: (_("the child says no"), "bad"),
    Verdict.ASSENT_MISSING: (_("the child itself is to be asked"), "wait"),
}


@dataclass(frozen=True)
class Standing:
    """Where one purpose stands for one child."""

    purpose: str
    label: str
    verdict: Verdict
    newest: Consent | None

    @property
    def words(self) -> str | Promise:
        """Say it in words."""
        return WORDS[self.verdict][0]

    @property
    def tone(self) -> str:
        """Return the tone of the words."""
        return WORDS[self.verdict][1]

    @property
    def can_withdraw(self) -> bool:
        """Tell whether there is a yes to take back."""
        return self.newest is not None and self.newest.given


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child whose consents the person may see; raises `NotFound`."""
    return registry.child_for(user, child_id)


def standings_of(child: Child, on: date) -> list[Standing]:
    """Return where every purpose stands."""
    rows = Consent.objects.filter(child=child).order_by("given_on", "noted_at")
    newest = {each.purpose: each for each in rows.select_related("by", "guardian")}
    verdicts = holding.verdicts_of(child, on=on)
    return [
        Standing(purpose, str(label), verdicts[purpose], newest.get(purpose))
        for purpose, label in Consent.Purpose.choices
    ]


def standing_of(child: Child, purpose: str, on: date) -> Standing:
    """Return where one purpose stands; raises `NotFound` for no such purpose."""
    found = next((each for each in standings_of(child, on) if each.purpose == purpose), None)
    if found is None:
        raise NotFound
    return found


def is_old_enough(child: Child, on: date) -> bool:
    """Tell whether the child is to be asked itself."""
    return rules.is_old_enough(child.birth_on, on)


def history_of(child: Child) -> list[dict[str, Any]]:
    """Return every answer, the newest first, and whether its proof still stands."""
    rows = Consent.objects.filter(child=child).select_related("by", "guardian", "record")
    return [
        {"answer": each, "stands": proofs.stands(each)}
        for each in rows.order_by("-given_on", "-noted_at")[:100]
    ]


def assents_of(child: Child) -> list[Assent]:
    """Return what the child itself said, newest first."""
    rows = Assent.objects.filter(child=child).select_related("asked_by")
    return list(rows.order_by("-asked_on", "-noted_at")[:50])


def assent_for(child: Child, assent_id: UUID) -> Assent:
    """Return one word of a child; raises `NotFound`."""
    found = Assent.objects.filter(pk=assent_id, child=child).first()
    if found is None:
        raise NotFound
    return found


def authorities_of(child: Child) -> list[Authority]:
    """Return the documents about who may consent, those in force first."""
    rows = Authority.objects.filter(child=child).select_related("guardian", "noted_by")
    return sorted(rows, key=lambda each: (each.ended_on is not None, each.issued_on))


def authority_for(child: Child, authority_id: UUID) -> Authority:
    """Return one document; raises `NotFound`."""
    found = Authority.objects.filter(pk=authority_id, child=child).first()
    if found is None:
        raise NotFound
    return found


def may_see(user: User, child: Child) -> bool:
    """Tell whether the person sees the consents of a child."""
    return powers.may(user, Power.VIEW_CHILDREN, child.area_code)


# -- what a withdrawal would stop -----------------------------------------------------------------


@dataclass(frozen=True)
class Consequence:
    """One thing that a withdrawal stops, whom it concerns, and who is told."""

    what: str | Promise
    told: str | Promise = ""


Provider = Callable[[UUID, str], Sequence[Consequence]]
_providers: list[Provider] = []


def register_consequences(provider: Provider) -> None:
    """Let a room above say what it stops when a consent for a purpose ends (`AppConfig.ready`)."""
    if provider not in _providers:
        _providers.append(provider)


def consequences_of(child_id: UUID, purpose: str) -> list[Consequence]:
    """Return what would stop at once if the consent for a purpose ended now."""
    return [each for provider in _providers for each in provider(child_id, purpose)]
