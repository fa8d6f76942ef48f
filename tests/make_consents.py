"""Builders of consents, texts, assents and documents."""

from datetime import date
from typing import Any

from qianshou.consents.models import Assent, Authority, ConsentText
from qianshou.registry.models import Child, Consent, Guardian, Guardianship
from tests import make

PHONE, NUMBER = "15412345678", "500236198203154219"


def a_consent(child: Child, **fields: Any) -> Consent:
    """A father's yes to pairing, on paper."""
    values = {
        "purpose": "MATCHING", "given": True, "given_on": date(2026, 11, 1),
        "channel": "ON_PAPER", "capacity": "FATHER", "text_version": 1, "text_sha256": "0" * 64,
        "noted_at": make.now(), "parties": [],
    }  # fmt: skip
    return Consent.objects.create(child=child, area_code=child.area_code, **{**values, **fields})


def an_assent(child: Child, **fields: Any) -> Assent:
    """The child's own yes to the programme."""
    values = {
        "subject": "PROGRAMME", "given": True, "asked_on": date(2026, 11, 2), "way": "TALK",
        "noted_at": make.now(),
    }  # fmt: skip
    asked_by = fields.pop("asked_by", None) or make.a_worker()
    return Assent.objects.create(
        child=child, area_code=child.area_code, asked_by=asked_by, **{**values, **fields}
    )


def a_text(**fields: Any) -> ConsentText:
    """A text that is signed."""
    values = {
        "purpose": "MATCHING", "version": 1, "language": "zh-hans", "title": "结对",
        "body": "同意。", "sha256": "0" * 64, "made_at": make.now(),
        "in_force_on": fields.pop("on", date(2026, 1, 1)),
    }  # fmt: skip
    return ConsentText.objects.create(**{**values, **fields})


def an_adult(
    child: Child,
    kinship: str = "FATHER",
    *,
    guards: bool = True,
    cares: bool = False,
    **fields: Any,
) -> Guardianship:
    """A father with an ID number and a telephone, who is the child's guardian."""
    guardian = Guardian(area_code=child.area_code, name=fields.pop("name", "张建国"))
    guardian.id_number = fields.pop("id_number", NUMBER)
    guardian.phone = fields.pop("phone", PHONE)
    guardian.save()
    return Guardianship.objects.create(
        child=child, guardian=guardian, area_code=child.area_code, kinship=kinship,
        is_guardian=guards, is_carer=cares, **fields,
    )  # fmt: skip


def a_paper(child: Child, kind: str, guardian: Guardian | None = None, **fields: Any) -> Authority:
    """A document that lets somebody else consent."""
    values = {
        "unit": "奉节县人民法院", "number": "〔2026〕渝0236民特7号", "issued_on": date(2026, 5, 1),
        "noted_at": make.now(), "noted_by": fields.pop("noted_by", None) or make.a_worker(),
    }  # fmt: skip
    return Authority.objects.create(
        child=child, area_code=child.area_code, kind=kind, guardian=guardian,
        **{**values, **fields},
    )  # fmt: skip
