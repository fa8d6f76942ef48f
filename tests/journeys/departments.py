"""Two departments and more that tell of a child who has a mother as if it were another child.

`python -m tests.journeys.departments FOLDER` runs inside the served site's own folder, takes in
the lists and prints which two files a person is asked about.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.utils import timezone

DEPARTMENTS = ("police", "federation", "health", "disabled_persons", "education")
COLUMNS = {
    "key": "编号", "name": "姓名", "sex": "性别", "birth_on": "出生日期", "area_code": "区划代码",
    "phone": "联系电话", "low_income": "低保家庭",
}  # fmt: skip


def told_as_another(folder: Path) -> dict[str, str]:
    """Take in rows of a child that may be one with a mother, and ask whether it is.

    One department more than that child's file has speaks of it, so that the file with the mother
    is the one that is taken in. The question is put here, as linkage puts it within its band: which
    pairs lie in the band depends on all names of the county.
    """
    from qianshou.care.models import Contact
    from qianshou.pairing.models import Pairing
    from qianshou.registry.models import Child, Doubt, Link

    met = Contact.objects.values("pairing")
    pairings = Pairing.objects.open().filter(pk__in=met).select_related("child")
    pairing = min(pairings, key=lambda each: (len(each.child.departments), str(each.pk)))
    child = pairing.child
    deliver(child, folder)
    row = Link.objects.exclude(state="ENDED").get(record__source__code="told-0")
    other = Child.objects.get(pk=row.child_id)
    mine = Link.objects.exclude(state="ENDED").filter(child=child).order_by("pk")[0]
    low, high = sorted((mine.record_id, row.record_id), key=str)
    Doubt.objects.update_or_create(
        record_a_id=low, record_b_id=high,
        defaults={
            "area_code": child.area_code, "reason": "BAND", "weight_bits": 1.0, "value": 1.0,
            "probability": 0.6, "levels": "name=sound;birth=one_edit", "state": "OPEN",
            "raised_at": timezone.now(),
        },
    )  # fmt: skip
    contact = Contact.objects.filter(pairing=pairing).order_by("pk")[0]
    return {
        "name": other.name, "child": str(child.pk), "other": str(other.pk),
        "contact": str(contact.pk),
    }  # fmt: skip


def deliver(child: Any, folder: Path) -> None:
    """Take in the lists: one row each, under another surname, a year older, in another town."""
    from qianshou.exchange.actions import processing, sources

    county = child.area_code[:6].ljust(12, "0")
    row = {
        "编号": "Z1", "姓名": f"钱{child.name[1:]}", "性别": "男" if child.sex == "M" else "女",
        "出生日期": f"{child.birth_on.year - 1}-{child.birth_on:%m}-15",
        "区划代码": another_town(child.area_code), "联系电话": "16155512345", "低保家庭": "是",
    }  # fmt: skip
    file = folder / "told.csv"
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8-sig")
    for number in range(len(child.departments) + 1):
        profile: dict[str, Any] = {
            "code": f"told-{number}", "name": f"名册{number}", "target": "CHILD",
            "department": DEPARTMENTS[number], "delivery": "changes", "columns": COLUMNS,
        }  # fmt: skip
        sources.save_source(profile, by=None, area_code=county)
        processing.import_file(profile["code"], file, area_code=county)


def another_town(code: str) -> str:
    """Return a town of the same county where the child does not live."""
    from qianshou.areas.models import Area

    towns = Area.objects.filter(level="TOWN", code__startswith=code[:6])
    return str(towns.exclude(code__startswith=code[:9]).order_by("code")[0].code)


def main() -> None:
    """Do it on the site whose folder the environment names."""
    import django

    django.setup()
    from qianshou.common import rowsecurity

    with rowsecurity.acting(rowsecurity.SYSTEM):
        print(json.dumps(told_as_another(Path(sys.argv[1])), ensure_ascii=False))


if __name__ == "__main__":
    main()
