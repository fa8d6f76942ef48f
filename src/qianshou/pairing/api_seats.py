"""Accepted places of teams over REST: accept, list, end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Field, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.accounts import permissions
from qianshou.accounts.rules import Power
from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.pairing.actions import seating
from qianshou.pairing.queries import seats, teaming

router = Router(tags=["pairing"])


class SeatOut(Schema):
    """A person who was accepted for one role in one child's team."""

    id: UUID
    child_id: UUID
    kind: str
    role: str
    partner: str
    accepted_at: datetime
    ended_at: datetime | None
    end_reason: str

    @staticmethod
    def resolve_partner(seat: Any) -> str:
        """Return who sits there: a partner with the unit, a member of staff, or a mother."""
        return str(seat.who)


class AcceptIn(Schema):
    """Places of a run, and children whose whole teams are accepted."""

    places: list[UUID] = Field(default_factory=list, max_length=seats.MOST_PICKED)
    children: list[UUID] = Field(default_factory=list, max_length=seats.MOST_PICKED)
    area: str = Field("", pattern=r"^([0-9]{12})?$")


class AcceptedOut(Schema):
    """What became of one place; `refusal` is empty where it was accepted."""

    place_id: UUID
    child_id: UUID
    role: str
    refusal: str


class EndIn(Schema):
    """Why an accepted place ends."""

    reason: str = Field(max_length=seating.LONGEST_REASON)


@router.post(
    "/teams/runs/{uuid:run_id}/accept",
    response={200: list[AcceptedOut], **REFUSALS},
    operation_id="accept_teams",
)
def accept(request: HttpRequest, run_id: UUID, given: AcceptIn) -> Any:
    """Accept places; one that is refused does not keep the others back."""
    user = asker(request)
    run = teaming.run_for(user, run_id)
    part = teaming.part_of(user, run, area_of(request, given.area))
    permissions.require(user, Power.DECIDE_PAIRING, part)
    chosen = seats.picked(
        run, part, places=map(str, given.places), children=map(str, given.children)
    )
    return [
        {
            "place_id": each.place.pk,
            "child_id": each.place.child_id,
            "role": each.place.role,
            "refusal": gettext(each.refusal) if each.refusal else "",
        }
        for each in seating.accept_many(chosen, by=user)
    ]


@router.get("/teams/accepted", response=list[SeatOut], operation_id="list_accepted_places")
@paginate(PageNumberPagination, page_size=50)
def list_seats(request: HttpRequest, area: str = "") -> Any:
    """Return the accepted places of an area that stand, the newest first."""
    return seats.seats_for(asker(request), area_of(request, area))


@router.post(
    "/teams/accepted/{uuid:seat_id}/end",
    response={200: SeatOut, **REFUSALS},
    operation_id="end_accepted_place",
)
def end(request: HttpRequest, seat_id: UUID, given: EndIn) -> Any:
    """End an accepted place with a reason."""
    user = asker(request)
    seat = seats.seat_for(user, seat_id)
    permissions.require(user, Power.DECIDE_PAIRING, seat.area_code)
    return seating.end(seat, by=user, reason=given.reason)
