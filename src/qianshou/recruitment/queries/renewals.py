"""Newer texts of commitments: which there are, whom they wait for, and until when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone, translation

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.mothers.models import Mother, MotherQuerySet
from qianshou.mothers.rules import applications as remarks
from qianshou.recruitment.models import MotherApplication, Signature, SignRequest, StoredRulebook
from qianshou.recruitment.queries import books, progress
from qianshou.recruitment.rules import life
from qianshou.recruitment.rules.rulebook import Rulebook

# So long before the last day an office is told on its home, and she once more.
SOON: Final = timedelta(days=7)
SHOWN: Final = ("ALL", "LATE")


@dataclass(frozen=True)
class Renewed:
    """A text that has become newer: its version, since when, and the days there are to sign it."""

    code: str
    version: int
    since: date
    days: int


def renewed() -> list[Renewed]:
    """Return the texts in force that are newer than those of the first book on record."""
    stored = list(StoredRulebook.objects.order_by("version"))
    read = [(each, books.book_of(each)) for each in stored]
    current = next((book for each, book in read if each.is_current), None)
    if current is None:
        return []
    found = []
    for text in current.commitments:
        first = next(
            each for each, book in read if book.commitment(text.code).version >= text.version
        )
        if first != stored[0]:
            since = timezone.localdate(first.adopted_at)
            found.append(Renewed(text.code, text.version, since, current.sign_within_days))
    return found


def to_ask(text: Renewed) -> MotherQuerySet:
    """Return the mothers in service who signed an older version and were not asked yet.

    A signature says its version. Where only her file says that she signed, the paper held the
    text that was in force on its day.
    """
    hers = Signature.objects.filter(application__mother=OuterRef("pk"), code=text.code)
    asked = SignRequest.objects.filter(mother=OuterRef("pk"), code=text.code, version=text.version)
    signed = Q(committed_on__isnull=False) if text.code == "CONDUCT" else Q(_flag(text.code))
    older = Q(Exists(hers)) | Q(committed_on=None) | Q(committed_on__lt=text.since)
    # Who may not work with children any more has nothing to promise.
    serving = Mother.objects.exclude(screening=Mother.Screening.HIT)
    return serving.filter(
        signed, older, ~Exists(hers.filter(version__gte=text.version)), ~Exists(asked),
        state__in=(Mother.State.ACTIVE, Mother.State.PAUSED),
    )  # fmt: skip


def _flag(code: str) -> tuple[str, bool]:
    return progress.FLAGS[code], True


def open_of(mother: Mother) -> dict[str, SignRequest]:
    """Return what waits for her signature, by text."""
    rows = SignRequest.objects.filter(mother=mother).unsigned().order_by("version")
    return {each.code: each for each in rows}


def asked_of(mother: Mother, today: date) -> dict[str, Any]:
    """Return until when she was asked to sign: the earliest day, and whether it is past."""
    last = min((each.due_on for each in open_of(mother).values()), default=None)
    return {"sign_by": last, "sign_late": last is not None and last < today}


def lines_of(mother: Mother, application: MotherApplication | None) -> list[dict[str, Any]]:
    """Return the texts in force for a mother in service: signed when, or to be signed by when."""
    book, waiting = _book_for(application), open_of(mother)
    signed = (
        {each.code: each.signed_on for each in progress.signatures_in_force(application, book)}
        if application is not None
        else {}
    )
    language = translation.get_language() or "zh-hans"
    return [
        {
            "code": each.code, "title": each.title.in_language(language),
            "text": each.text.in_language(language), "version": each.version,
            "due_on": waiting[each.code].due_on if each.code in waiting else None,
            **_stands(mother, each.code, signed=signed, waits=each.code in waiting),
        }
        for each in book.commitments
    ]  # fmt: skip


def _stands(
    mother: Mother, code: str, *, signed: Mapping[str, date], waits: bool
) -> dict[str, Any]:
    """Say when a text was signed here, or whether her file says that she signed it on paper."""
    on_file = code not in signed and not waits and bool(getattr(mother, progress.FLAGS[code]))
    return {"signed_on": signed.get(code), "on_file": on_file}


def _book_for(application: MotherApplication | None) -> Rulebook:
    if application is not None and application.state not in life.SERVING:
        return books.book_of(application.rulebook)
    return books.book_of(books.version_of(None))


# -- the office -----------------------------------------------------------------------------------


def waiting_in(user: User, area_code: str, *, today: date, which: str = "") -> Any:
    """Return the mothers of an area who have a newer text to sign, the earliest day first."""
    powers.require(user, Power.VIEW_RECRUITS, area_code)
    rows = _unsigned({"area_code__range": area_rules.subtree(area_code)})
    if which == "LATE":
        rows = rows.filter(due_on__lt=today)
    grouped = rows.values("mother_id").annotate(due_on=Min("due_on"), codes=ArrayAgg("code"))
    return grouped.order_by("due_on", "mother_id")


def _unsigned(inside: Mapping[str, Any]) -> Any:
    return SignRequest.objects.filter(**inside).in_service().unsigned()


def count_due(inside: Mapping[str, Any], today: date) -> int:
    """Count the mothers whose last day to sign is near or past."""
    rows = _unsigned(inside).filter(due_on__lte=today + SOON)
    count: int = rows.values("mother_id").distinct().count()
    return count


def rows_of(
    groups: Iterable[Mapping[str, Any]], *, area_code: str, today: date
) -> list[dict[str, Any]]:
    """Return one page of them as lines of the list."""
    shown = list(groups)
    ids = [each["mother_id"] for each in shown]
    mothers = Mother.objects.in_bulk(ids)
    records = dict(
        MotherApplication.objects.filter(
            mother__in=ids, state__in=(life.APPROVED, *life.SERVING, life.EXITING)
        ).values_list("mother_id", "pk")
    )
    names = areas.full_names_of({each.area_code for each in mothers.values()}, within=area_code)
    titles = titles_of()
    return [
        {
            "mother": mothers[each["mother_id"]],
            "area": names[mothers[each["mother_id"]].area_code],
            "texts": [titles.get(code, code) for code in sorted(set(each["codes"]))],
            "due_on": each["due_on"], "late": each["due_on"] < today,
            "suspended": mothers[each["mother_id"]].remark == remarks.TEXT_UNSIGNED,
            "record": records.get(each["mother_id"]),
        }
        for each in shown if each["mother_id"] in mothers
    ]  # fmt: skip


def titles_of() -> dict[str, str]:
    """Return the titles of the texts in force."""
    language = translation.get_language() or "zh-hans"
    book = books.book_of(books.version_of(None))
    return {each.code: each.title.in_language(language) for each in book.commitments}
