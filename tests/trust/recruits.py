"""Recruitment on the matrix's stage: applications in several states, and who may ask what."""

import io
from datetime import date
from typing import Any, Final

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile

from qianshou.accounts.rules import Power
from qianshou.common import crypto
from qianshou.recruitment.actions import applying, attesting, checking, following, listing, working
from qianshou.recruitment.forms.public import SALT
from qianshou.recruitment.models import Likeness, MotherApplication
from qianshou.recruitment.queries import doors
from qianshou.recruitment.rules import life, sheet
from tests import make, make_mothers
from tests import make_recruits as recruits
from tests.trust.matrix import BOTH, GET, POST, PUBLIC, REASON, SIGNED_IN, Route, says
from tests.trust.world import Person, Place

DAY: Final = date(2026, 11, 20)


def furnish(place: Place) -> None:
    """Put campaigns, applications, queries, training and a list into a county."""
    worker = place.things["worker"]
    campaign = place.put("campaign", recruits.a_campaign(place.county, by=worker))
    place.things["campaign_slug"] = campaign.slug
    given = {
        "module": "MIND", "held_on": DAY, "hours": 2, "place": "县妇联",
    }  # fmt: skip
    session = attesting.plan_session(place.county, by=worker, given=given, today=recruits.TODAY)
    place.put("training", session)
    for name, state in (
        ("recruit", life.ELIGIBILITY), ("recruit_screened", life.SCREENING),
        ("recruit_trained", life.TRAINING), ("recruit_committed", life.COMMITTED),
    ):  # fmt: skip
        place.put(name, _application(place, campaign, state))
    refused = _application(place, campaign, life.ELIGIBILITY)
    working.refuse(refused, by=make.a_worker(place.county), criterion="AGE", reason="")
    working.lodge_appeal(recruits.again(refused), by=worker, words="我没有超龄")
    place.put("recruit_appealed", recruits.again(refused))
    _queries(place)
    like = Likeness.objects.create(
        application=place.things["recruit_screened"], area_code=place.town, why="PHONE",
        other_mother=place.things["mother"],
    )  # fmt: skip
    place.put("likeness", like)
    following.take_over(place.things["mother"], by=worker, today=recruits.TODAY)
    place.put("unrecorded", make_mothers.a_mother(area_code=place.village, name="钱素芬"))
    bad = listing.ListLoad.objects.create(area_code=place.county, file_name="a.csv", by=worker)
    place.put("list_load", bad)
    _draft(place)


def _application(place: Place, campaign: Any, state: str) -> MotherApplication:
    surname, given = "赵钱孙李周"[int(place.letter)], "甲乙丙丁戊己庚辛壬癸"[len(place.things) % 10]
    return recruits.an_application(
        state, by=place.things["worker"], campaign=campaign, town=place.town,
        name=f"{surname}聘{given}",
    )  # fmt: skip


def _queries(place: Place) -> None:
    worker, screened = place.things["worker"], place.things["recruit_screened"]
    for name in ("check_open", "check_answered"):
        check = checking.request(
            screened, "PUBLIC_OFFICE", by=worker, authority="组织部门", requested_on=DAY,
            today=recruits.TODAY,
        )  # fmt: skip
        place.put(name, check)
    checking.answer(
        place.things["check_answered"], by=worker, result="CLEAR", received_on=DAY,
        today=recruits.TODAY, certificate=io.BytesIO(recruits.PDF),
    )  # fmt: skip


def _draft(place: Place) -> None:
    call = doors.call_of(place.things["campaign_slug"], today=recruits.TODAY)
    _made, place.things["resume_code"] = applying.begin(call, language="zh-hans")


def _list(place: Place, _person: Person) -> dict[str, Any]:
    cells = {
        **dict.fromkeys(sheet.COLUMNS, ""), sheet.NAME: "陈新", sheet.KIND: "无",
        sheet.BIRTH: "1980-05-17", sheet.PHONE: "15499990001", sheet.AREA: place.town,
    }  # fmt: skip
    text = "\n".join(",".join(row) for row in (sheet.COLUMNS, cells.values()))
    return {"file": SimpleUploadedFile("名单.csv", text.encode("utf-8-sig"))}


def _lay_down(place: Place, _person: Person) -> dict[str, Any]:
    """Lay the certificate into the folder of this test: each has one of its own."""
    check = place.things["check_answered"]
    sealed = crypto.seal_bytes(recruits.PDF, column=checking.COLUMN, row=check.pk)
    checking.path_of(check).write_bytes(sealed)
    return {}


VIEW, RUN, DECIDE = (Power.VIEW_RECRUITS,), Power.RUN_RECRUITS, Power.DECIDE_RECRUITS
SEE = Power.SEE_SCREENING


def _on(name: str, thing: str, power: Power, **more: Any) -> Route:
    """A POST about one application."""
    return Route(
        f"recruitment:{name}", POST, VIEW, of=thing, kwargs={"application_id": thing},
        acts={"POST": power}, **more,
    )  # fmt: skip


RECRUITMENT: Final = (
    Route("recruitment:applications", GET, VIEW),
    Route(
        "recruitment:application", GET, VIEW, of="recruit", kwargs={"application_id": "recruit"}
    ),
    _on("advance", "recruit", RUN, data=says(act="find_eligible")),
    _on("refuse", "recruit", RUN, data=says(criterion="AGE", reason="")),
    _on("close", "recruit", RUN, data=says(act="withdraw", **REASON)),
    _on("decide", "recruit_committed", DECIDE, data=says(act="approve")),
    _on("decide-appeal", "recruit_appealed", DECIDE, data=says(uphold="yes", **REASON)),
    _on(
        "request-check", "recruit_screened", SEE,
        data=says(kind="CRIME", authority="公安", requested_on="2026-11-20"),
    ),
    _on(
        "reference", "recruit_screened", RUN,
        data=says(relation="邻居", spoken_on="2026-11-20", verdict="FOR"),
    ),
    Route(
        "recruitment:interview", BOTH, VIEW, of="recruit_screened",
        kwargs={"application_id": "recruit_screened"}, acts={"GET": RUN, "POST": RUN},
        data=says(
            held_on="2026-11-20", verdict="YES", motive="4", patience="4", boundaries="5",
            reporting="yes", time="4",
        ),
    ),
    _on(
        "paper", "recruit_trained", RUN,
        data=says(codes="CONDUCT", signed_on="2026-11-20", reference="档7"),
    ),
    Route(
        "recruitment:reveal", POST, VIEW, of="recruit",
        kwargs={"application_id": "recruit", "field": "=id_number"},
        acts={"POST": Power.REVEAL_SECRETS}, data=says(**REASON),
    ),
    Route(
        "recruitment:likeness", POST, VIEW, of="likeness", kwargs={"likeness_id": "likeness"},
        acts={"POST": RUN}, data=says(verdict="DIFFERENT"),
    ),
    Route(
        "recruitment:answer-check", POST, (SEE,), of="check_open",
        kwargs={"check_id": "check_open"}, data=says(result="CLEAR", received_on="2026-11-20"),
    ),
    Route(
        "recruitment:certificate", POST, (SEE,), of="check_answered",
        kwargs={"check_id": "check_answered"}, data=_lay_down,
    ),
    Route(
        "recruitment:take-over", BOTH, (Power.VIEW_MOTHERS,), of="unrecorded",
        kwargs={"mother_id": "unrecorded"}, acts={"GET": RUN, "POST": RUN},
    ),
    Route(
        "recruitment:campaigns", BOTH, VIEW, acts={"POST": RUN},
        data=says(name="招募", carrier="妇女之家", target=9, opens_on="2026-11-20"),
    ),
    Route(
        "recruitment:campaign", BOTH, VIEW, of="campaign", kwargs={"campaign_id": "campaign"},
        acts={"POST": RUN},
        data=says(name="招募", carrier="妇女之家", target=9, opens_on="2026-11-20"),
    ),
    Route(
        "recruitment:campaign-code", GET, VIEW, of="campaign", kwargs={"campaign_id": "campaign"}
    ),
    Route(
        "recruitment:sessions", BOTH, VIEW, acts={"POST": RUN},
        data=says(module="MIND", held_on="2026-11-20", hours="2", place="县妇联"),
    ),
    Route(
        "recruitment:session", BOTH, VIEW, of="training", kwargs={"session_id": "training"},
        acts={"POST": RUN},
        data=lambda place, _person: {"pick": place.things["recruit_trained"].pk},
    ),
    Route("recruitment:lists", BOTH, VIEW, acts={"GET": RUN, "POST": RUN}, data=_list),
    Route(
        "recruitment:given-back", POST, VIEW, of="list_load", kwargs={"load_id": "list_load"},
        acts={"POST": RUN},
    ),
    Route("recruitment:signing", GET, VIEW),
    Route("recruitment:rules", GET, SIGNED_IN),
    Route("recruitment:promises", GET, (Power.OWN_CHILDREN,), anywhere=True, hides=True),
    Route(
        "recruitment:sign-signed-in", POST, (Power.OWN_CHILDREN,), anywhere=True, hides=True,
        kwargs={"code": "=CONDUCT"},
        data=lambda place, _person: {"name": place.things["mother"].name, "read": "on"},
    ),
    Route(
        "recruitment:call", BOTH, PUBLIC, kwargs={"slug": "campaign_slug"},
        data=lambda _place, _person: {"moment": signing.dumps(_a_while_ago(), salt=SALT)},
    ),
    Route(
        "recruitment:resume", BOTH, PUBLIC,
        data=lambda place, _person: {"code": place.things["resume_code"]},
    ),
    # Without an application of her own in the session everybody is led to the code.
    Route("recruitment:own", GET, PUBLIC),
    Route("recruitment:renew-code", POST, PUBLIC),
    Route("recruitment:leave", POST, PUBLIC),
    Route("recruitment:withdraw", POST, PUBLIC),
    Route("recruitment:appeal", POST, PUBLIC, data=says(words="x")),
    Route("recruitment:sign", POST, PUBLIC, kwargs={"code": "=CONDUCT"}),
    Route("recruitment:step", BOTH, PUBLIC, kwargs={"code": "=who"}),
)  # fmt: skip


def _a_while_ago() -> int:
    return int(make.now().timestamp()) - 60


ENTRIES: Final[dict[str, list[str]]] = {
    "GET recruitment:application": ["recruitment.application.opened"],
    "POST recruitment:advance": ["recruitment.application.moved"],
    "POST recruitment:refuse": ["recruitment.application.moved"],
    "POST recruitment:close": ["recruitment.application.moved"],
    "POST recruitment:decide": ["mothers.file.opened", "recruitment.application.moved"],
    "POST recruitment:decide-appeal": ["recruitment.application.moved"],
    "POST recruitment:request-check": ["recruitment.check.requested"],
    "POST recruitment:reference": ["recruitment.reference.noted"],
    "POST recruitment:interview": ["recruitment.interview.held"],
    "POST recruitment:paper": ["recruitment.commitment.kept"],
    "POST recruitment:reveal": [
        "recruitment.number.revealed", "recruitment.application.opened",
    ],
    "POST recruitment:likeness": ["recruitment.likeness.decided"],
    "POST recruitment:answer-check": ["recruitment.check.answered"],
    "POST recruitment:certificate": ["recruitment.certificate.read"],
    "POST recruitment:take-over": ["recruitment.record.opened"],
    "POST recruitment:campaigns": ["recruitment.campaign.opened"],
    "POST recruitment:campaign": ["recruitment.campaign.changed"],
    "POST recruitment:sessions": ["recruitment.session.entered"],
    "POST recruitment:session": ["recruitment.training.attested"],
    "POST recruitment:lists": ["recruitment.application.entered", "recruitment.list.taken_in"],
    "POST recruitment:given-back": ["recruitment.list.bad_rows_read"],
    "POST recruitment:sign-signed-in": [
        "recruitment.commitment.signed", "mothers.gates.kept",
    ],
    "POST recruitment:call": ["recruitment.application.begun"],
}  # fmt: skip
# A count of visits, and of attempts by an address, in which nobody is named.
WRITES_FREELY: Final = {"GET recruitment:call", "POST recruitment:resume"}
