"""The electronic file (电子档案) as a list of sections: the page and the paper."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.common.days import age_on
from qianshou.mothers import permissions
from qianshou.mothers.models import Mother, ServiceCertificate
from qianshou.mothers.queries import caring, extensions, files, serving
from qianshou.mothers.queries.extensions import Section
from qianshou.mothers.rules import weekly, words

FREE = "●"


def calendar_of(mother: Mother) -> list[dict[str, Any]]:
    """Return her calendar as rows of a table: a day, and whether each part of it is free."""
    slots = set(mother.slots or weekly.slots_of(mother.times))
    return [
        {
            "day": _(words.DAYS[day]),
            "cells": [
                {
                    "slot": f"{day}_{part}",
                    "free": f"{day}_{part}" in slots,
                    "part": _(words.PARTS[part]),
                }
                for part in weekly.PARTS
            ],
        }
        for day in weekly.DAYS
    ]


def part_names() -> list[str]:
    """Return the heads of the calendar."""
    return [_(words.PARTS[part]) for part in weekly.PARTS]


def sections_of(mother: Mother, *, user: User, today: date, number: str) -> list[Section]:
    """Return the whole file for one reader; what the reader may not know is not in it.

    `number` is her ID number as this reader may see it.
    """
    above = extensions.sections_for(user, mother)
    record = serving.record_of(mother, today)
    parts: list[Section | None] = [
        _identity(mother, today=today, number=number),
        *_placed(above, "APPLICATION"),
        _road(mother, user=user, today=today),
        *_placed(above, "SCREENING", "TRAINING", "COMMITMENTS"),
        _offer(mother, user=user, today=today),
        _calendar(mother),
        *_placed(above, "PAIRINGS"),
        _service(record),
        _honours(record),
        _evaluations(record),
        *_placed(above, "HONOURS"),
        _strain(mother, user=user, today=today),
    ]
    return [part for part in parts if part is not None]


def _placed(sections: Iterable[Section], *places: str) -> list[Section]:
    return [section for section in sections if section.place in places]


def _identity(mother: Mother, *, today: date, number: str) -> Section:
    place = areas.full_names_of({mother.area_code}).get(mother.area_code, mother.area_code)
    age = age_on(mother.birth_on, today)
    facts = [
        (_("Name"), mother.name),
        (_("ID number"), number),
        (_("Volunteer number"), mother.volunteer_number or "—"),
        (_("Age"), "—" if age is None else str(age)),
        (_("Lives in"), place),
        (_("Education"), mother.education or "—"),
        (_("Employer"), mother.employer or "—"),
        (_("Category"), _joined(files.words_of(words.CATEGORIES, mother.categories))),
        (_("Applied on"), _day(mother.applied_on)),
        (_("State"), str(mother.get_state_display())),
    ]
    return Section(_("Who she is"), "", facts)


def _road(mother: Mother, *, user: User, today: date) -> Section:
    secret = not permissions.can_see_screening(user, mother)
    rows = [
        (
            step.label,
            _("met") if step.passed else _("missing"),
            _day(step.on),
            _day(step.until),
        )
        for step in files.steps_of(mother, today, secret=secret)
    ]
    return Section(
        _("The road to the first child"), "", (),
        [_("Condition"), _("State"), _("On"), _("Until")], rows,
    )  # fmt: skip


def _offer(mother: Mother, *, user: User, today: date) -> Section:
    effective: int = getattr(mother, "effective", mother.capacity)
    facts = [
        (_("Most children at once"), str(mother.capacity)),
        (_("Most children today"), str(effective)),
        (_("Goes as far as"), _("%(km)s km") % {"km": f"{mother.travel_limit_m / 1000:g}"}),
        (_("Languages"), _joined(files.words_of(words.LANGUAGES, mother.languages))),
        (_("Best at"), _joined(files.axis_word(axis) for axis in files.strongest_of(mother))),
        (_("Likes"), _joined(mother.interests)),
        (_("Does not like"), _joined(mother.dislikes)),
        (_("Her wishes"), _joined(mother.wishes)),
    ]
    rest = caring.rest_of(mother, today) if permissions.can_see_strain(user, mother) else None
    if rest is not None:
        facts.append(
            (
                _("Rests"),
                _("%(first)s to %(last)s")
                % {"first": _day(rest.from_on), "last": _day(rest.until_on)},
            )
        )
    return Section(_("What she brings"), "", facts)


def _calendar(mother: Mother) -> Section:
    rows = [
        (row["day"], *(FREE if cell["free"] else "" for cell in row["cells"]))
        for row in calendar_of(mother)
    ]
    return Section(_("Free time"), "", (), [_("Day"), *part_names()], rows)


def _service(record: serving.Record) -> Section:
    facts = [(_("Hours of service"), record.hours), (_("This year"), record.this_year)]
    facts += record.kinds
    rows = [
        (
            _day(each.held_on),
            str(each.get_kind_display()),
            serving.hours(each.minutes),
            each.place or "—",
            each.attested_by,
            _("replaced") if serving.is_replaced(each) else "",
        )
        for each in record.entries
    ]
    head = [_("Day"), _("Service"), _("Hours"), _("Where it was"), _("Attested by"), ""]
    return Section(
        _("Service record"), "", facts, head if rows else (), rows,
        "" if rows else _("No service is recorded yet."),
    )  # fmt: skip


def _honours(record: serving.Record) -> Section | None:
    rows = [
        (_day(each.given_on), each.title, str(each.get_level_display()), each.given_by)
        for each in record.honours
    ]
    head = [_("Day"), _("Honour"), _("Level"), _("Given by")]
    return Section(_("Honours"), "", (), head, rows) if rows else None


def _evaluations(record: serving.Record) -> Section | None:
    rows = [(_day(each.on), f"{each.score}/5", each.words or "—") for each in record.evaluations]
    head = [_("Day"), _("Score"), _("In words")]
    return Section(_("Evaluation"), "", (), head, rows) if rows else None


def _strain(mother: Mother, *, user: User, today: date) -> Section | None:
    fares = caring.fares_of(user, mother, today)
    if fares is None:
        return None
    facts = [(f"{month:%Y-%m}", level) for month, level, _tone in fares.months[:6]]
    facts += [(f"{month:%Y-%m}", _("not answered")) for month in fares.missed[:6]]
    empty = "" if facts else _("No answers yet.")
    return Section(_("How she fares"), "", sorted(facts, reverse=True), (), (), empty)


def _joined(texts: Iterable[str]) -> str:
    return _(", ").join(texts) or "—"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "—"


# -- papers --------------------------------------------------------------------------------------


def paper_of(mother: Mother, *, user: User, now: datetime, number: str) -> dict[str, Any]:
    """Return what file.typ prints; the mark on every page names the reader and the time."""
    local = timezone.localtime(now)
    return {
        "heading": _("Electronic file of a loving mother"),
        "name": mother.name,
        "head": _("Loving-mother electronic file"),
        "foot": _("Personal data: keep it safe, hand it to nobody who has no need of it."),
        "mark": f"{user.display_name} {local:%Y-%m-%d %H:%M}",
        "sections": [
            {
                "title": part.title,
                "facts": [list(pair) for pair in part.facts],
                "head": list(part.head),
                "rows": [list(row) for row in part.rows],
                "empty": part.empty,
            }
            for part in sections_of(mother, user=user, today=local.date(), number=number)
        ],
    }


def certificate_of(
    made: ServiceCertificate, *, number: str, verify_url: str, qr: str
) -> dict[str, Any]:
    """Return what certificate.typ prints: the blocks of the national form (民发〔2015〕149号)."""
    identity = [
        (_("Name"), made.name),
        (_("ID document"), _("resident identity card")),
        (_("ID number"), number),
        (_("Volunteer number"), made.mother.volunteer_number or "—"),
    ]
    service = [
        (_("Hours of service"), _("%(hours)s hours") % {"hours": serving.hours(made.minutes)}),
        (_("First day"), _day(made.from_on)),
        (_("Last day"), _day(made.until_on)),
        *serving.kind_lines(made),
    ]
    issuer = [
        (_("Issued by"), made.issuer),
        (_("In charge"), made.in_charge),
        (_("Handled by"), made.handler.display_name),
        (_("Issued on"), _day(made.issued_on)),
    ]
    return {
        "heading": _("Certificate of volunteer service"),
        "number": serving.number_of(made),
        "number_label": _("Certificate number"),
        "blocks": [
            {"title": title, "facts": [list(pair) for pair in facts]}
            for title, facts in _blocks(identity, service, issuer)
        ],
        "statement": _(
            "This is to certify that the person named above has given the volunteer service"
            " stated here. The hours are those of service, without the way there and back."
        ),
        "seal": _("(seal)"),
        "qr": qr,
        "said": _("Check this certificate"),
        "verify": verify_url,
        "withdrawn": _("WITHDRAWN") if made.withdrawn_on else "",
    }


def _blocks(
    *facts: Sequence[tuple[str, str]],
) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    titles = (_("Volunteer"), _("Service"), _("Issuer"))
    return list(zip(titles, facts, strict=True))
