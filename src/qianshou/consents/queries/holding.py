"""`holds`: may the data of a child be used for a purpose on a day? Asked wherever it is used."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    BooleanField,
    Case,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone

from qianshou.consents.models import Assent, ConsentText
from qianshou.consents.rules import holding
from qianshou.consents.rules.holding import Answer, Ground, Renewal, Verdict, Word
from qianshou.registry.models import Child, Consent

NEWEST = ("-given_on", "-noted_at")


def renewal_of(purpose: str, on: date) -> Renewal | None:
    """Return the newest text in force on a day that asks everybody again."""
    return renewals(on).get(purpose)


def renewals(on: date) -> dict[str, Renewal]:
    """Return these texts for every purpose that has one."""
    rows = ConsentText.objects.filter(asks_again=True, in_force_on__lte=on).order_by("version")
    return {
        purpose: Renewal(version, since)
        for purpose, version, since in rows.values_list("purpose", "version", "in_force_on")
    }


def holds(
    child: Child | UUID, purpose: str, party: str | None = None, *, on: date | None = None
) -> bool:
    """Tell whether the guardian's consent, and the child's own word, hold for a purpose.

    For `SHARING`, `party` is whom the data would go to. `on` is today unless another day is meant.
    """
    return verdict_of(child, purpose, party, on=on) is Verdict.HOLDS


def verdict_of(
    child: Child | UUID, purpose: str, party: str | None = None, *, on: date | None = None
) -> Verdict:
    """Say whether a consent holds and, if not, why."""
    child_id = child.pk if isinstance(child, Child) else child
    return _judge(child_id, [purpose], on=on or timezone.localdate(), party=party)[purpose]


def verdicts_of(child: Child, *, on: date) -> dict[str, Verdict]:
    """Return the verdict for every purpose, with as many questions as for one."""
    return _judge(child.pk, Consent.Purpose.values, on=on)


def _judge(
    child_id: UUID, purposes: Sequence[str], *, on: date, party: str | None = None
) -> dict[str, Verdict]:
    """Read what stands on file about a child and apply the rule."""
    answers: dict[str, list[Answer]] = defaultdict(list)
    rows = Consent.objects.filter(child=child_id).values_list(
        "purpose", "given", "given_on", "noted_at", "text_version", "valid_until", "parties"
    )
    for purpose, given, given_on, noted_at, version, until, parties in rows:
        said = Answer(given, given_on, noted_at, version, until, tuple(parties))
        answers[purpose].append(said)
    words = Assent.objects.filter(child=child_id, subject=Assent.Subject.PROGRAMME)
    spoken = [Word(*row) for row in words.values_list("given", "asked_on", "noted_at")]
    born_on = Child.objects.filter(pk=child_id).values_list("birth_on", flat=True).first()
    voiding = renewals(on)
    return {
        purpose: holding.verdict(
            Ground(answers[purpose], answers[holding.PROGRAMME], spoken, born_on), purpose,
            on=on, party=party, renewal=voiding.get(purpose),
            assent_first=settings.ASSENT_BEFORE_MATCHING,
        )
        for purpose in purposes
    }  # fmt: skip


def condition(purpose: str, *, on: date, party: str | None = None) -> Combinable:
    """Return `holds` as a boolean expression on `Child`, for lists: annotate and filter with it."""
    answers = Consent.objects.filter(child=OuterRef("pk"), given_on__lte=on)
    agreed = _last(answers.filter(purpose=purpose).order_by(*NEWEST), _good(purpose, on, party))
    passes: Any = Q(agreed)
    if purpose != holding.PROGRAMME:
        member = answers.filter(purpose=holding.PROGRAMME).order_by(*NEWEST)
        passes &= Q(_last(member, Q(given=True), nothing=True))
    if purpose in holding.ASKS_THE_CHILD:
        passes &= _child_agrees(on)
    return Case(When(passes, Value(True)), default=Value(False), output_field=BooleanField())  # noqa: FBT003


def _last(rows: QuerySet[Any], good: Q, *, nothing: bool = False) -> Any:
    """Return whether the first of some rows is good, or `nothing` if there is none."""
    judged = Case(When(good, Value(True)), default=Value(False), output_field=BooleanField())  # noqa: FBT003
    found = Subquery(rows.annotate(good=judged).values("good")[:1], output_field=BooleanField())
    return Coalesce(found, Value(nothing), output_field=BooleanField())


def _good(purpose: str, on: date, party: str | None) -> Q:
    good = Q(given=True) & (Q(valid_until=None) | Q(valid_until__gte=on))
    if renewal := renewal_of(purpose, on):
        listed = Q(text_version=None, given_on__gte=renewal.since)
        good &= Q(text_version__gte=renewal.version) | listed
    if party is not None:
        good &= Q(parties__contains=[party])
    return good


def _child_agrees(on: date) -> Q:
    words = Assent.objects.filter(
        child=OuterRef("pk"), subject=Assent.Subject.PROGRAMME, asked_on__lte=on
    ).order_by("-asked_on", "-noted_at")
    if not settings.ASSENT_BEFORE_MATCHING:
        return Q(_last(words, Q(given=True), nothing=True))
    young = Q(birth_on=None) | Q(birth_on__gt=holding.eighth_birthday_before(on))
    return Q(_last(words, Q(given=True), nothing=False)) | young & Q(
        _last(words, Q(given=True), nothing=True)
    )
