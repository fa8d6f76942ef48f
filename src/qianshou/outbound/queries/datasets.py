"""The rows of an export, as far as the asker may see them, in batches of bounded size."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment
from qianshou.common import masking
from qianshou.consents.queries import holding
from qianshou.mothers.models import Mother
from qianshou.outbound.models import Export
from qianshou.outbound.rules.kinds import county_of
from qianshou.pairing.models import Pairing
from qianshou.registry import permissions as registry
from qianshou.registry.models import Child, Consent

BATCH: Final = 5000


def count_for(dataset: str, area_code: str, *, party: str = "") -> int:
    """Return how many rows an export of an area holds now."""
    return _rows(dataset, area_code, party).count()


def rows_for(
    user: User, dataset: str, *, area_code: str, today: date, party: str = ""
) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in batches, every column filled; the writer takes those of its schema."""
    shape = {
        Export.Dataset.CHILDREN: _child,
        Export.Dataset.MOTHERS: _mother,
        Export.Dataset.PAIRINGS: _pairing,
    }[Export.Dataset(dataset)]
    rows = _rows(dataset, area_code, party).order_by("pk").iterator(chunk_size=BATCH)
    while some := list(islice(rows, BATCH)):
        yield [shape(each, user, today) for each in some]


def _rows(dataset: str, area_code: str, party: str) -> QuerySet[Any]:
    """Return the rows; for a party outside those of children whose guardians agree to it."""
    inside = {"area_code__range": area_rules.subtree(area_code)}
    if dataset == Export.Dataset.CHILDREN:
        return _agreed(_children().filter(**inside), party)
    if dataset == Export.Dataset.MOTHERS:
        taken = Count("pairings", filter=Q(pairings__ended_on=None))
        return Mother.objects.filter(**inside).annotate(taken=taken)
    # A pair that is only on its way, or never came about, is nobody's business outside.
    pairings = Pairing.objects.exclude(active_on=None).filter(**inside)
    if not party:
        return pairings
    return pairings.filter(child__in=_agreed(Child.objects.filter(**inside), party).values("pk"))


def _agreed(children: QuerySet[Child], party: str) -> QuerySet[Child]:
    if not party:
        return children
    agreed = holding.condition(Consent.Purpose.SHARING, on=timezone.localdate(), party=party)
    return children.annotate(shared=agreed).filter(shared=True)


def _children() -> QuerySet[Child]:
    """Return the files in force with grade, consent and pairing in the same statement."""
    grade = Assessment.objects.current().filter(child=OuterRef("pk")).values("grade")[:1]
    answer = (
        Consent.objects.filter(child=OuterRef("pk"), purpose=Consent.Purpose.MATCHING)
        .order_by("-given_on", "-noted_at")
        .values("given")[:1]
    )
    standing = Pairing.objects.caring().filter(child=OuterRef("pk")).values("pk")[:1]
    return Child.objects.on_file().annotate(
        grade=Subquery(grade), answer=Subquery(answer), standing=Subquery(standing)
    )


def _child(child: Any, user: User, today: date) -> dict[str, Any]:
    shown = registry.can_see_place(user, child)
    return {
        "id": str(child.pk),
        "area_code": county_of(child.area_code),
        "place_code": child.area_code if shown else "",
        "masked_name": masking.name(child.name),
        "name": child.name,
        "sex": child.sex,
        "age": child.age_on(today),
        "birth_on": child.birth_on,
        "ethnicity": child.ethnicity,
        "stage": child.stage if shown else "",
        "boarding": child.boarding if shown else None,
        "categories": [str(each) for each in child.facts.get("categories", ())],
        "departments": [str(each) for each in child.departments],
        "grade": child.grade or "",
        "consent": child.answer,
        "paired": child.standing is not None,
    }


def _mother(mother: Any, _user: User, today: date) -> dict[str, Any]:
    born = mother.birth_on
    age = None
    if born:
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return {
        "id": str(mother.pk),
        "area_code": county_of(mother.area_code),
        "place_code": mother.area_code,
        "masked_name": masking.name(mother.name),
        "name": mother.name,
        "age": age,
        "state": mother.state,
        "categories": [str(each) for each in mother.categories],
        "skills": [str(each) for each in mother.skills],
        "languages": [str(each) for each in mother.languages],
        "times": [str(each) for each in mother.times],
        "capacity": mother.capacity,
        "taken": mother.taken,
        "training_hours": int(mother.training_hours),
    }


def _pairing(pairing: Any, _user: User, _today: date) -> dict[str, Any]:
    return {
        "id": str(pairing.pk),
        "area_code": county_of(pairing.area_code),
        "child": str(pairing.child_id),
        "mother": str(pairing.mother_id),
        "started_on": pairing.active_on,
        "ended_on": pairing.ended_on,
    }
