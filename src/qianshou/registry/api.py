"""Children's files over REST: lists, files with their sources, doubts, and what is decided."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.accounts import permissions as accounts
from qianshou.accounts.rules import Power
from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.registry.actions import (
    consenting,
    deciding,
    merging,
    opening,
    places,
    revealing,
    searching,
)
from qianshou.registry.queries import child as files
from qianshou.registry.queries import children as lists
from qianshou.registry.queries import doubts as questions
from qianshou.registry.queries import figures, joining

router = Router(tags=["children"])


class ChildOut(Schema):
    """A child in a list; of a hidden place only the county is told, and no school."""

    id: UUID
    name: str
    sex: str
    birth_on: date | None
    area_code: str
    school: str
    categories: list[str]
    departments: list[str]
    hidden_location: bool
    updated_at: datetime

    @staticmethod
    def resolve_area_code(child: Any, context: Any) -> str:
        """Return the village, or the county of a place hidden from the asker."""
        return lists.shown_area(child, asker(context["request"]))

    @staticmethod
    def resolve_school(child: Any, context: Any) -> str:
        """Return the school unless the place is hidden from the asker."""
        return lists.shown_school(child, asker(context["request"]))

    @staticmethod
    def resolve_categories(child: Any) -> list[str]:
        """Return the codes of the categories."""
        return list(child.facts.get("categories", ()))


class FactOut(Schema):
    """One value: where it comes from, why it was chosen, how many rows say something else."""

    field: str
    label: str
    value: str
    source: str
    on: date | None
    row: str
    trust: str
    others: int


class AdultOut(Schema):
    """A parent, guardian or carer; only a guardian can consent. No numbers in plain."""

    id: UUID
    name: str
    kinship: str
    status: str
    is_guardian: bool
    is_carer: bool
    has_number: bool
    has_phone: bool


class AnswerOut(Schema):
    """The guardian's answer about pairing that counts."""

    given: bool
    given_on: date
    channel: str


class FileOut(ChildOut):
    """A file in force: what is known and from whom, the family, the consent."""

    state: str
    facts: list[FactOut]
    sealed: list[str]
    adults: list[AdultOut]
    siblings: list[UUID]
    consent: AnswerOut | None
    open_doubts: int

    @staticmethod
    def resolve_facts(child: Any, context: Any) -> list[Any]:
        """Return every known value with its source."""
        groups = files.groups_of(asker(context["request"]), child)
        return [fact for group in groups for fact in group.facts]

    @staticmethod
    def resolve_sealed(child: Any) -> list[str]:
        """Return which sensitive fields are on file; `reveal` opens one with a reason."""
        return [name for name in revealing.FIELDS if getattr(child, name)]

    @staticmethod
    def resolve_adults(child: Any) -> list[Any]:
        """Return guardians first, then who looks after the child."""
        return files.relations_of(child)

    @staticmethod
    def resolve_siblings(child: Any, context: Any) -> list[UUID]:
        """Return the other children of the household whom the asker may see."""
        return [each.pk for each in files.siblings_of(asker(context["request"]), child)]

    @staticmethod
    def resolve_consent(child: Any) -> Any:
        """Return the answer that counts."""
        return files.consent_of(child)

    @staticmethod
    def resolve_open_doubts(child: Any) -> int:
        """Return how many questions about this file wait for a person."""
        return questions.open_about(child)


class RowOut(Schema):
    """A department row of a file; `record` is what `split` takes."""

    record: UUID
    source: str
    sheet: str
    row_no: int
    as_of: date
    since: datetime
    by: str
    can_leave: bool


class LineOut(Schema):
    """What each row says about one thing, in the order of the rows, numbers masked."""

    label: str
    cells: list[str]
    differs: bool


class RowsOut(Schema):
    """The rows of a file side by side."""

    columns: list[RowOut]
    lines: list[LineOut]


class MomentOut(Schema):
    """Something that happened to a file; `undo` is the event that can be undone."""

    at: datetime
    title: str
    who: str
    text: str
    undo: UUID | None


class EventOut(Schema):
    """A merge, a split, or the undoing of one."""

    id: UUID
    child_id: UUID
    kind: str
    at: datetime


class DoubtOut(Schema):
    """Two rows that may be one child, without their values."""

    id: UUID
    area_code: str
    record_a_id: UUID
    record_b_id: UUID
    reason: str
    probability: float
    weight_bits: float
    value: float
    postponed: int
    state: str
    raised_at: datetime
    decided_at: datetime | None


class SideOut(Schema):
    """One field of both rows, and what speaks for or against one child."""

    label: str
    left: str
    right: str
    words: str
    weight: str


class QuestionOut(Schema):
    """A doubt laid out: both rows, the evidence, what each answer would do."""

    doubt: DoubtOut
    left: str
    right: str
    lines: list[SideOut]
    children: list[UUID]
    consequences: list[str]
    same_file: bool

    @staticmethod
    def resolve_children(question: Any) -> list[UUID]:
        """Return the one or two files that the rows stand in."""
        return [child.pk for child in question.children]


class PartOut(Schema):
    """The children on file in one area, and how many of them several departments know."""

    code: str
    children: int
    several: int
    share: float


class CoverageOut(Schema):
    """How many children are on file where, and which departments know them."""

    parts: list[PartOut]
    departments: dict[str, int]


class ListIn(Schema):
    """What the list is narrowed to; `q` is a name, pinyin, initials or a whole ID number."""

    area: str = ""
    q: str = ""
    sort: str = "-changed"
    attention: str = ""
    category: str = ""
    department: str = ""
    grade: str = ""
    pairing: str = ""


class RevealIn(Schema):
    """Which field, and what it is needed for."""

    field: str
    reason: str = Field(max_length=200)


class PlaceIn(Schema):
    """Hide or show where a child lives; `readers` are the user names that still see it."""

    hidden: bool
    reason: str = Field(max_length=200)
    readers: list[str] = Field(default_factory=list, max_length=50)


class ConsentIn(Schema):
    """A guardian's answer on paper: yes or no, the day it was given, and where the paper is."""

    given: bool
    given_on: date
    reason: str = Field(max_length=200)


class MergeIn(Schema):
    """The other file of the same child, and why."""

    other: UUID
    reason: str = Field(max_length=200)


class SplitIn(Schema):
    """The row that belongs to another child, and why."""

    record: UUID
    reason: str = Field(max_length=200)


class VerdictIn(Schema):
    """One child, two children, or not now."""

    verdict: Literal["same", "different", "later"]


@router.get("/children", response=list[ChildOut], operation_id="list_children")
@paginate(PageNumberPagination, page_size=50)
def list_children(request: HttpRequest, asked: Query[ListIn]) -> Any:
    """Return the children of an area; a search by a whole ID number is on record."""
    user, area = asker(request), area_of(request, asked.area)
    rows = lists.children_for(
        user,
        area_code=area,
        search=asked.q,
        filters=asked.dict(exclude={"area", "q", "sort"}),
        sort=asked.sort,
    )
    searching.note_search(asked.q, by=user, area_code=area)
    return rows


@router.get("/coverage", response={200: CoverageOut, **REFUSALS}, operation_id="read_coverage")
def read_coverage(request: HttpRequest, area: str = "") -> Any:
    """Return the children on file by area one level down, and by department."""
    user, code = asker(request), area_of(request, area)
    accounts.require(user, Power.VIEW_FIGURES, code)
    return {
        "parts": figures.children_by_part(user, area_code=code),
        "departments": dict(figures.children_by_department(user, area_code=code)),
    }


@router.get(
    "/children/{uuid:child_id}", response={200: FileOut, **REFUSALS}, operation_id="read_child"
)
def read_child(request: HttpRequest, child_id: UUID) -> Any:
    """Return one file; a file that was joined to another gives the one in force."""
    return files.child_for(asker(request), child_id)


@router.get(
    "/children/{uuid:child_id}/rows",
    response={200: RowsOut, **REFUSALS},
    operation_id="read_child_rows",
)
def read_rows(request: HttpRequest, child_id: UUID) -> Any:
    """Return what each department says, numbers masked; the reading is on record."""
    user = asker(request)
    return opening.open_rows(files.child_for(user, child_id), by=user)


@router.get(
    "/children/{uuid:child_id}/history",
    response={200: list[MomentOut], **REFUSALS},
    operation_id="read_child_history",
)
def read_history(request: HttpRequest, child_id: UUID) -> Any:
    """Return what happened to a file, newest first."""
    user = asker(request)
    return files.timeline_of(user, files.child_for(user, child_id))


@router.post(
    "/children/{uuid:child_id}/reveal",
    response={200: dict[str, str], **REFUSALS},
    operation_id="reveal_child_field",
)
def reveal(request: HttpRequest, child_id: UUID, wanted: RevealIn) -> Any:
    """Open one sensitive value; the reading and its reason are on record."""
    user = asker(request)
    found = files.child_for(user, child_id)
    return _opened(wanted, revealing.reveal(found, wanted.field, by=user, reason=wanted.reason))


def _opened(wanted: RevealIn, value: str) -> dict[str, str]:
    return {"field": wanted.field, "value": value}


@router.post(
    "/children/{uuid:child_id}/adults/{uuid:stands_id}/reveal",
    response={200: dict[str, str], **REFUSALS},
    operation_id="reveal_adult_field",
)
def reveal_adult(request: HttpRequest, child_id: UUID, *, stands_id: UUID, wanted: RevealIn) -> Any:
    """Open an adult's number or telephone; on record like the child's own."""
    user = asker(request)
    stands = files.guardianship_for(user, files.child_for(user, child_id), stands_id)
    return _opened(
        wanted, revealing.reveal_guardian(stands, wanted.field, by=user, reason=wanted.reason)
    )


@router.post(
    "/children/{uuid:child_id}/place",
    response={200: FileOut, **REFUSALS},
    operation_id="set_child_place",
)
def set_place(request: HttpRequest, child_id: UUID, change: PlaceIn) -> Any:
    """Hide where a child lives from all but the named people, or show it again."""
    user = asker(request)
    places.set_place(
        files.child_for(user, child_id),
        by=user,
        hidden=change.hidden,
        reason=change.reason,
        user_names=change.readers,
    )
    return files.child_for(user, child_id)


@router.post(
    "/children/{uuid:child_id}/consent",
    response={200: FileOut, **REFUSALS},
    operation_id="note_consent",
)
def note_consent(request: HttpRequest, child_id: UUID, answer: ConsentIn) -> Any:
    """Note the guardian's yes or no to pairing."""
    user = asker(request)
    consenting.note_answer(
        files.child_for(user, child_id),
        consenting.Answer(answer.given, answer.given_on, answer.reason),
        by=user,
        today=timezone.localdate(),
    )
    return files.child_for(user, child_id)


@router.post(
    "/children/{uuid:child_id}/merge",
    response={200: EventOut, **REFUSALS},
    operation_id="merge_children",
)
def merge(request: HttpRequest, child_id: UUID, wanted: MergeIn) -> Any:
    """Join the other file to this one; the other becomes a pointer."""
    user = asker(request)
    kept = files.child_for(user, child_id)
    accounts.require(user, Power.DECIDE_LINKS, kept.area_code)
    other = files.child_for(user, wanted.other)
    return merging.merge_children(kept, other, by=user, reason=wanted.reason)


@router.post(
    "/children/{uuid:child_id}/split",
    response={200: FileOut, **REFUSALS},
    operation_id="split_child",
)
def split(request: HttpRequest, child_id: UUID, wanted: SplitIn) -> Any:
    """Take a row out; it becomes a file of its own, which is returned."""
    user = asker(request)
    child = files.child_for(user, child_id)
    accounts.require(user, Power.DECIDE_LINKS, child.area_code)
    link = joining.link_for(user, child, wanted.record)
    return merging.split_record(link.record, by=user, reason=wanted.reason)


@router.post(
    "/child-events/{uuid:event_id}/undo",
    response={200: EventOut, **REFUSALS},
    operation_id="undo_child_event",
)
def undo(request: HttpRequest, event_id: UUID) -> Any:
    """Undo a merge or a split at any later time."""
    user = asker(request)
    return merging.undo_event(files.event_for(user, event_id), by=user)


# -- doubts ---------------------------------------------------------------------------------------


@router.get("/doubts", response=list[DoubtOut], operation_id="list_doubts")
@paginate(PageNumberPagination, page_size=50)
def list_doubts(request: HttpRequest, *, area: str = "", reason: str = "") -> Any:
    """Return the open questions of an area, those worth most first."""
    return questions.doubts_for(asker(request), area_code=area_of(request, area), reason=reason)


@router.get(
    "/doubts/{uuid:doubt_id}", response={200: QuestionOut, **REFUSALS}, operation_id="read_doubt"
)
def read_doubt(request: HttpRequest, doubt_id: UUID) -> Any:
    """Lay out a question; both rows are opened in full, so the reading is on record."""
    user = asker(request)
    return opening.open_doubt(questions.doubt_for(user, doubt_id), by=user)


@router.post(
    "/doubts/{uuid:doubt_id}", response={200: DoubtOut, **REFUSALS}, operation_id="decide_doubt"
)
def decide(request: HttpRequest, doubt_id: UUID, given: VerdictIn) -> Any:
    """Answer a question."""
    user = asker(request)
    deciding.decide_doubt(questions.doubt_for(user, doubt_id), by=user, verdict=given.verdict)
    return questions.doubt_for(user, doubt_id)


@router.post(
    "/doubts/{uuid:doubt_id}/reopen",
    response={200: DoubtOut, **REFUSALS},
    operation_id="reopen_doubt",
)
def reopen(request: HttpRequest, doubt_id: UUID) -> Any:
    """Take an answer back; the question is open again."""
    user = asker(request)
    return deciding.reopen_doubt(questions.doubt_for(user, doubt_id), by=user)
