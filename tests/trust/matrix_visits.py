"""Who may ask what of home visits: whoever goes to families there, and a mother who goes along."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from qianshou.accounts.rules import Power
from qianshou.visits.queries.books import SHIPPED
from tests import make_visits
from tests.trust.matrix import BOTH, GET, POST, REASON, Route, says
from tests.trust.world import Person, Place

_GO, _OWN = (Power.VISIT_HOMES,), (Power.OWN_CHILDREN,)
_SETS = (Power.DECIDE_PAIRING, Power.EDIT_POLICY)


def _child(place: Place, _person: Person) -> str:
    return f"?child={place.things['free'].pk}"


def _planned(place: Place, person: Person) -> Mapping[str, Any]:
    me = str((person.user or place.things["worker"]).pk)
    return {
        "child": str(place.things["free"].pk), "once": str(uuid4()), "purpose": "ROUTINE",
        "on": "2020-01-01", "opens": "08:30", "closes": "18:00", "lead": me, "staff": [me],
    }  # fmt: skip


def _day(place: Place) -> str:
    visit = place.things["visit"]
    return f"/visits/days/{place.town}/{visit.planned_on}/{visit.lead_id}/"


def _record(place: Place, _person: Person) -> Mapping[str, Any]:
    visit = place.things["visit"]
    answers = {f"q-{code}": said for code, said in make_visits.GOOD.items()}
    came = [str(each.pk) for each in visit.goers.all()]
    return {**answers, "came": came, "met": ["CHILD"], "note": "都好", "act": "write"}


def _book(_place: Place, _person: Person) -> Mapping[str, Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return {"file": SimpleUploadedFile("v.toml", SHIPPED.read_bytes()), "note": "本县试行"}


_VISIT = {"visit_id": "visit"}
VISITS: Final = (
    Route("visits:due", GET, _GO),
    Route("visits:plan", BOTH, _GO, of="free", path=lambda place, person:
          f"/visits/plan/{_child(place, person)}", data=_planned),
    Route("visits:planned", GET, _GO),
    Route("visits:day", BOTH, _GO, of="visit", data=says(act="find"),
          path=lambda place, _person: _day(place)),
    Route("visits:sheet", GET, _GO, of="visit",
          path=lambda place, _person: f"{_day(place)}sheet/"),
    Route("visits:to-write", GET, _GO),
    Route("visits:tasks", GET, _GO),
    Route("visits:task", POST, _GO, of="visit_task", kwargs={"task_id": "visit_task"},
          data=says(result="已落实")),
    Route("visits:mine", GET, _OWN),
    Route("visits:book", BOTH, _SETS, hides=True, data=_book),
    Route("visits:book-file", GET, _SETS, hides=True),
    Route("visits:visit", GET, _GO, of="visit", kwargs=_VISIT),
    Route("visits:sign", POST, _GO, of="visit_door", kwargs={"visit_id": "visit_door"},
          data=says(act="leave", why="没有信号")),
    Route("visits:end", POST, _GO, of="visit", kwargs=_VISIT, data=says(act="not_met", **REASON)),
    Route("visits:write", BOTH, _GO, of="visit", kwargs=_VISIT, data=_record),
    Route("visits:read", POST, _GO, of="visit_made", kwargs={"visit_id": "visit_made"},
          data=says(**REASON)),
)  # fmt: skip
