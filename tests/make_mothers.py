"""Builders of loving mothers and of the rows that a federation's list sends."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.utils import timezone

from qianshou.common import crypto
from qianshou.common.identity import new_id
from qianshou.exchange.models import ImportRun, Record, Source
from qianshou.mothers.actions import serving
from qianshou.mothers.models import FileChange, HardshipRequest, Mother, Rest, ServiceEntry
from qianshou.mothers.queries import serving as certificates
from qianshou.mothers.rules import applications
from tests import make

TOWN, OTHER_TOWN = "500236001000", "500236002000"
_numbers = count(1)


def a_mother(**fields: Any) -> Mother:
    """A mother who is ready for a child on `make.TODAY`, unless the fields say otherwise."""
    name = fields.pop("name", "陈桂芳")
    id_number, phone = fields.pop("id_number", ""), fields.pop("phone", "")
    mother = Mother(
        id=new_id(),
        **{
            "area_code": TOWN,
            "skills": [25] * 8,
            "times": ["WEEKEND"],
            "categories": ["志愿者"],
            "state": "ACTIVE",
            "screening": "CLEAR",
            "screened_on": make.TODAY - timedelta(days=30),
            "training_hours": 8,
            "trained_on": date(2026, 1, 5),
            "committed_on": date(2026, 1, 6),
            "reporting_signed": True,
            "confidentiality_signed": True,
            "year_signed": True,
            "created_at": timezone.now(),
            "updated_at": timezone.now(),
            **applications.names(name),
            **fields,
        },
    )
    mother.id_number, mother.phone = id_number, phone
    if id_number:
        mother.id_token = crypto.blind(id_number, purpose="mother.id")
    if phone:
        mother.phone_token = crypto.blind(phone, purpose="mother.phone")
    mother.save(force_insert=True)
    return mother


def many(number: int, *, areas: list[str]) -> None:
    """Write many mothers at once, in turn in several areas."""
    like = a_mother()
    fields = [each.attname for each in Mother._meta.concrete_fields if each.attname != "id"]
    shared = {name: getattr(like, name) for name in fields}
    rows = (
        Mother(id=new_id(), **shared | {"area_code": areas[place % len(areas)]})
        for place in range(number - 1)
    )
    Mother.objects.bulk_create(rows)


def an_id_number(born: date = date(1980, 5, 17), region: str = "500236") -> str:
    """A number with the right check digit (GB 11643); every call gives another person's."""
    stem = f"{region}{born:%Y%m%d}{next(_numbers) * 2 % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(stem, weights, strict=True))
    return stem + "10X98765432"[total % 11]


def a_phone() -> str:
    """A telephone number that no operator gives out."""
    return f"154{next(_numbers):04d}5281"


def a_payload(**fields: Any) -> dict[str, Any]:
    """A row of the mothers' list as the hub hands it on."""
    return {
        "key": f"AXMM{next(_numbers):06d}",
        "name": "陈桂芳",
        "sex": "F",
        "birth_on": "1980-05-17",
        "id_number": an_id_number(),
        "phone": a_phone(),
        "ethnicity": "01",
        "education": "大专",
        "area_code": TOWN,
        "categories": ["退休教师", "中共党员"],
        "skills": ["mind", "study"],
        "languages": ["chongqing"],
        "times": ["WEEKEND", "HOLIDAY"],
        "travel_km": 5.0,
        "capacity": 2,
        "screening": "CLEAR",
        "screened_on": "2026-10-01",
        "training_hours": 12.0,
        "trained_on": "2026-02-01",
        "committed_on": "2026-02-02",
        "reporting_signed": True,
        "applied_on": "2026-01-02",
        "state": "ACTIVE",
        **fields,
    }


def a_source(**fields: Any) -> Source:
    """The federation's list of mothers."""
    return Source.objects.create(
        code=f"mothers-{next(_numbers)}",
        name="爱心妈妈报名表",
        department="federation",
        target="MOTHER",
        area_code=make.COUNTY,
        profile={},
        **fields,
    )


def a_run(source: Source | None = None) -> ImportRun:
    """One delivery of the list."""
    source = source or a_source()
    return ImportRun.objects.create(
        source=source,
        area_code=source.area_code,
        file_name="mothers.xlsx",
        sha256=f"{next(_numbers):064d}",
        size=1,
    )


def a_record(run: ImportRun, **fields: Any) -> UUID:
    """One stored row of a run, and its id."""
    number = next(_numbers)
    record = Record(
        id=new_id(),
        source=run.source,
        run=run,
        key_token=number.to_bytes(16, "big"),
        area_code=make.COUNTY,
        row_no=number,
        as_of=make.TODAY,
        payload_hash=number.to_bytes(32, "big"),
        received_at=timezone.now(),
    )
    for name, value in fields.items():
        setattr(record, name, value)
    record.save(force_insert=True)
    return record.pk


def herself(mother: Mother) -> Any:
    """The mother's own account."""
    return make.a_user("mother", area=mother.area_code[:6] + "000000", person_id=mother.pk)


def a_service(mother: Mother, *, by: Any, **fields: Any) -> ServiceEntry:
    """One service on her record."""
    values = {"held_on": make.TODAY - timedelta(days=7), "minutes": 90, "kind": "STUDY", **fields}
    return serving.record_service(mother, serving.Service(**values), by=by, today=make.TODAY)


def furnish(place: Any) -> None:
    """Put what a mother's file holds into one county of the authorisation matrix's stage."""
    mother, worker = place.things["mother"], place.things["worker"]
    today = timezone.localdate()
    place.put("service", a_service(mother, by=worker))
    certificate = serving.certify(
        mother, by=worker, from_on=date(2020, 1, 1), until_on=date(2030, 1, 1), in_charge="王",
        today=make.TODAY,
    )  # fmt: skip
    place.put("certificate", certificate)
    place.put("certificate_number", certificates.number_of(certificate), certificate.area_code)
    Rest.objects.create(
        mother=mother, area_code=mother.area_code, places=mother.capacity, from_on=today,
        until_on=today, asked_by=worker,
    )  # fmt: skip
    change = FileChange.objects.create(
        mother=mother, area_code=mother.area_code, field="INTERESTS", wanted=["书法"]
    )
    place.put("change", change)
    asked = HardshipRequest(mother=mother, area_code=mother.area_code, kind="MONEY", due_on=today)
    asked.words = "家里老人住院"
    asked.save(force_insert=True)
    place.put("help", asked)
