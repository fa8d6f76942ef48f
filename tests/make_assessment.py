"""Builders of children with facts, and of instruments small enough to read at a glance."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from qianshou.assessment.actions import assessing, instruments
from qianshou.assessment.models import Assessment
from qianshou.common.identity import new_id, new_ids
from qianshou.registry.models import Child
from tests import make

VILLAGE = "500236103205"
SHIPPED = (instruments.SHIPPED / "risk-and-needs-1.json").read_text(encoding="utf-8")
WORDS = {"zh": "字", "hant": "字", "en": "word"}


def shipped() -> dict[str, Any]:
    """The shipped instrument, to be spoiled at will."""
    body: dict[str, Any] = json.loads(SHIPPED)
    return body


def a_child(*, area: str = VILLAGE, born: date = date(2014, 7, 17), **facts: Any) -> Child:
    """A file in force with facts; nothing is assessed yet."""
    columns = {"name": "张雨桐", "pinyin": "zhangyutong", "state": "VERIFIED"}
    columns |= {each: facts.pop(each) for each in ("merged_into", "state") if each in facts}
    return Child.objects.create(
        id=new_id(),
        area_code=area,
        birth_on=born,
        facts=facts,
        created_at=timezone.now(),
        updated_at=timezone.now(),
        **columns,
    )


def many(number: int, **facts: Any) -> list[UUID]:
    """Assess many children with the same facts at once."""
    columns = {"name": "张雨桐", "pinyin": "zhangyutong", "state": "VERIFIED", "area_code": VILLAGE}
    times = {"created_at": timezone.now(), "updated_at": timezone.now()}
    ids = new_ids(number)
    born = date(2014, 7, 17)
    Child.objects.bulk_create(
        Child(id=each, birth_on=born, facts=facts, **columns, **times) for each in ids
    )
    assessing.assess(ids, today=make.TODAY)
    return ids


def an_assessment(child: Child | None = None, **facts: Any) -> Assessment:
    """A child's first assessment, made by the instrument itself."""
    child = child or a_child(**facts)
    assessing.assess([child.pk], today=make.TODAY)
    return Assessment.objects.current().get(child=child)


def new_facts(child: Child, **facts: Any) -> Assessment:
    """Change a child's facts, assess it as a feed does, and return what counts now."""
    Child.objects.filter(pk=child.pk).update(facts=facts)
    assessing.assess([child.pk], today=make.TODAY)
    return Assessment.objects.current().get(child=child)
