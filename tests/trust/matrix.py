"""Who may ask what: one entry per named page of the site. A page without an entry fails the build.

`python -m tests.trust.authorisation` writes `docs/reference/authorisation.md` from this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from qianshou.accounts.rules import Power
from qianshou.pairing.forms import PolicyForm
from qianshou.pairing.queries.standing import Answer
from tests.trust import world as stages
from tests.trust.world import Person, Place

PUBLIC: Final[tuple[Power, ...]] = ("public",)  # type: ignore[assignment]
SIGNED_IN: Final[tuple[Power, ...]] = ("signed in",)  # type: ignore[assignment]
# No role opens it and no session counts: the key of a phone that a mother has set up does.
PHONE_KEY: Final[tuple[Power, ...]] = ("key of a phone",)  # type: ignore[assignment]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
REASON = {"reason": "为家访核对"}


@dataclass(frozen=True)
class Route:
    """One address of the site: its methods, what it needs, and the thing it is about.

    `needs`: any one of the powers, held where the thing `of` lies, or in the chosen area if the
    route is about no thing (anywhere at all if `anywhere`). Who lacks it gets 404 for a thing,
    403 otherwise, or 404 if the page `hides`. `acts`: a further power per method, 403 without it.
    `in_part`: who works in a part of the thing's area is asked about that part.
    `only`: the answer is never a success for this reason, so none is asked for.
    """

    name: str
    methods: tuple[str, ...]
    needs: tuple[Power, ...]
    of: str = ""
    kwargs: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, Power] = field(default_factory=dict)
    data: Callable[[Place, Person], Mapping[str, Any]] | None = None
    path: Callable[[Place, Person], str] | None = None
    # further headers of a request, from the place, its path and its body as it is sent
    headers: Callable[[Place, str, str], Mapping[str, str]] | None = None
    hides: bool = False
    anywhere: bool = False
    in_part: bool = False
    only: str = ""


def says(**values: Any) -> Callable[[Place, Person], Mapping[str, Any]]:
    """Post these values."""
    return lambda _place, _person: values


def uploads(**values: Any) -> Callable[[Place, Person], Mapping[str, Any]]:
    """Post these values with a file of the place."""
    return lambda place, _person: {**values, "file": stages.a_file(place)}


def _locks(place: Place, _person: Person) -> Mapping[str, Any]:
    """Keep the pair of a proposal, as the page that shows what would move (nothing) asks for it."""
    nothing_moves = Answer(0, (), (), (), None, None).seal  # type: ignore[arg-type]
    return {
        "act": "LOCK", "mother": _id(place, "pairing_mother"), "seal": nothing_moves,
        "reason_code": "KNOWN", **REASON,
    }  # fmt: skip


def _id(place: Place, thing: str) -> UUID:
    found: UUID = place.things[thing].pk
    return found


_CHILD = {"child_id": "child"}
_MESSAGE = {"message_id": "kept_message"}
_RUN, _WAITING, _FAILED = (
    {"run_id": "run_done"},
    {"run_id": "run_waiting"},
    {"run_id": "run_failed"},
)
_QUESTION = {"question_id": "question"}
_MOTHER, _MATCH = {"mother_id": "mother"}, {"run_id": "match_run"}
VIEW, DECIDE, REVEAL = (Power.VIEW_CHILDREN,), Power.DECIDE_LINKS, Power.REVEAL_SECRETS
ADMINS = (Power.OPERATE_SYSTEM, Power.GRANT_ROLES)
IMPORTS, PAIRING = (Power.VIEW_IMPORTS,), (Power.VIEW_PAIRING,)
PAIRS = (Power.VIEW_PAIRS,)

SHELL: Final = (
    Route("web:home", GET, SIGNED_IN),
    Route("web:look", POST, PUBLIC, data=says(theme="dark")),
    Route("web:area", POST, SIGNED_IN, data=lambda place, _person: {"area": place.town}),
    Route("web:components", GET, PUBLIC),
    Route("web:pulse", GET, PUBLIC),
    Route(
        "set_language", ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"), PUBLIC,
        data=says(language="en"),
    ),
    Route("accounts:sign-in", BOTH, PUBLIC),
    Route("accounts:sign-out", ("POST", "OPTIONS"), PUBLIC),
    Route("accounts:me", GET, SIGNED_IN),
    Route("accounts:create-token", POST, SIGNED_IN, data=says(name="报表")),
    Route(
        "accounts:revoke-token", POST, SIGNED_IN,
        path=lambda place, person: (
            f"/accounts/me/tokens/{stages.a_key_of(person.user or place.things['worker'])}/revoke/"
        ),
    ),
    Route(
        "accounts:password", BOTH, SIGNED_IN,
        data=says(old_password="x", new_password1="y", new_password2="y"),
    ),
    Route(
        "accounts:users", BOTH, (Power.MANAGE_USERS, Power.GRANT_ROLES), anywhere=True,
        acts={"POST": Power.MANAGE_USERS},
        data=says(username="xin", display_name="新人", password="jian-kang-cheng-zhang-7"),
    ),
    Route(
        "accounts:user", BOTH, (Power.MANAGE_USERS, Power.GRANT_ROLES), of="colleague",
        kwargs={"user_id": "colleague"}, acts={"POST": Power.GRANT_ROLES},
        data=lambda place, _person: {"role": "grid", "area": place.village},
    ),
    Route(
        "accounts:revoke", POST, (Power.GRANT_ROLES,), of="grant", kwargs={"grant_id": "grant"}
    ),
    Route("audit:trail", GET, (Power.VIEW_TRAIL,)),
)  # fmt: skip

NOTICES: Final = (
    Route("notices:mine", GET, SIGNED_IN),
    Route("notices:read-all", POST, SIGNED_IN),
    Route(
        "notices:open", POST, SIGNED_IN,
        path=lambda place, person: (
            f"/messages/{stages.a_message_to(person.user or place.things['worker'], place)}/"
        ),
    ),
    Route("notices:aside", GET, (Power.CONFIRM_GRADES,)),
    Route(
        "notices:again", POST, (Power.CONFIRM_GRADES,), of="message_aside",
        kwargs={"notice_id": "message_aside"},
    ),
)  # fmt: skip

EXCHANGE: Final = (
    Route("exchange:runs", GET, IMPORTS),
    Route(
        "exchange:upload", BOTH, (Power.RUN_IMPORTS,),
        data=lambda place, _person: {
            "source": place.things["source"].code, "file": stages.a_file(place)
        },
    ),
    Route("exchange:run", GET, IMPORTS, of="run_done", kwargs=_RUN),
    Route(
        "exchange:approve", POST, IMPORTS, of="run_waiting", kwargs=_WAITING,
        acts={"POST": Power.APPROVE_IMPORTS},
    ),
    Route(
        "exchange:refuse", POST, IMPORTS, of="run_waiting", kwargs=_WAITING,
        acts={"POST": Power.APPROVE_IMPORTS}, data=says(**REASON),
    ),
    Route(
        "exchange:roll-back", POST, IMPORTS, of="run_done", kwargs=_RUN,
        acts={"POST": Power.APPROVE_IMPORTS}, data=says(**REASON),
    ),
    Route(
        "exchange:undo", GET, IMPORTS, of="run_done", kwargs=_RUN,
        acts={"GET": Power.APPROVE_IMPORTS},
    ),
    Route(
        "exchange:examples", POST, IMPORTS, of="run_waiting", kwargs=_WAITING,
        acts={"POST": Power.APPROVE_IMPORTS},
    ),
    Route(
        "exchange:again", POST, IMPORTS, of="run_failed", kwargs=_FAILED,
        acts={"POST": Power.RUN_IMPORTS},
    ),
    Route("exchange:bad-rows", GET, IMPORTS, of="run_done", kwargs=_RUN),
    # The file of bad rows is a reading of sensitive fields; who may not gets 404 like a stranger.
    Route("exchange:bad-rows-file", POST, (Power.RUN_IMPORTS,), of="run_done", kwargs=_RUN),
    Route(
        "exchange:mend", POST, IMPORTS, of="run_done", kwargs=_RUN,
        acts={"POST": Power.RUN_IMPORTS}, data=uploads(),
    ),
    Route(
        "exchange:bad-row", BOTH, IMPORTS, of="bad_row", kwargs={"row_id": "bad_row"},
        acts={"POST": Power.RUN_IMPORTS}, data=says(**REASON),
    ),
    Route(
        "exchange:dismiss", POST, IMPORTS, of="bad_row", kwargs={"row_id": "bad_row"},
        acts={"POST": Power.RUN_IMPORTS}, data=says(**REASON),
    ),
    Route("exchange:kept-out", GET, IMPORTS),
    Route(
        "exchange:kept-message", BOTH, IMPORTS, of="kept_message", kwargs=_MESSAGE,
        acts={"POST": Power.RUN_IMPORTS}, data=says(**REASON),
    ),
    Route(
        "exchange:retry-message", POST, IMPORTS, of="kept_message", kwargs=_MESSAGE,
        acts={"POST": Power.RUN_IMPORTS},
    ),
    Route(
        "exchange:dismiss-message", POST, IMPORTS, of="kept_message", kwargs=_MESSAGE,
        acts={"POST": Power.RUN_IMPORTS}, data=says(**REASON),
    ),
    Route("exchange:sources", GET, IMPORTS),
    Route(
        "exchange:new-source", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        data=uploads(target="CHILD"),
    ),
    Route(
        "exchange:map-source", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        path=lambda place, person: (
            f"/data/sources/map/{stages.a_sample(person.user or place.things['worker'], place)}/"
            "?target=CHILD"
        ),
        data=says(
            code="neu", name="新名册", department="education", delivery="full", trust=60,
            save="1", **stages.SAMPLE_COLUMNS,
        ),
    ),
    Route("exchange:feeds", GET, (*IMPORTS, *ADMINS), anywhere=True),
    Route(
        "exchange:feed", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"},
        data=says(url="https://other.example/x", addresses="10.0.0.8 10.0.0.9"),
    ),
    Route(
        "exchange:set-secret", POST, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"}, data=says(secret="nobody-reads-this"),
    ),
    Route(
        "exchange:connect", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        data=says(kind="rest", name="新来源", code="xin", department="education",
                  target="CHILD", delivery="changes"),
    ),
    Route(
        "exchange:connection", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"},
        data=says(url="https://dept.example/children", auth="none", paging="none", every=30),
    ),
    Route(
        "exchange:test-connection", POST, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"},
    ),
    Route(
        "exchange:columns", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"},
    ),
    Route(
        "exchange:field", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        path=lambda place, _person: f"/data/sources/{place.things['source'].pk}/columns/birth_on/",
        data=says(save="1", version="1", youngest="1", oldest="16"),
    ),
    Route(
        "exchange:adopt", POST, (Power.EDIT_SOURCES,), anywhere=True,
        path=lambda place, _person: f"/data/sources/{place.things['source'].pk}/adopt/1/",
        data=says(version="1"),
    ),
    Route(
        "exchange:bounds", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"},
        data=says(every=30, silent_after=24, trust=60, max_changed_share=30,
                  max_removed_share=5, max_swapped_share=2, max_bad_share=50),
    ),
    Route(
        "exchange:switch", POST, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"}, data=says(off="1"),
    ),
    Route(
        "exchange:agreement", BOTH, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"source_id": "live"},
        data=says(number="函2号", basis="DUTY", purposes=["FILE"], fields_allowed=["name"],
                  valid_from="2026-11-01", valid_until="2027-10-31"),
    ),
    Route(
        "exchange:end-agreement", POST, (Power.EDIT_SOURCES,), anywhere=True,
        kwargs={"agreement_id": "agreement"}, data=says(**REASON),
    ),
    Route(
        "exchange:close-drift", POST, IMPORTS, of="drift", kwargs={"drift_id": "drift"},
        acts={"POST": Power.EDIT_SOURCES},
    ),
    Route("exchange:approve-way", POST, ADMINS, anywhere=True, kwargs={"way_id": "way"}),
    Route(
        "exchange:end-way", POST, (Power.EDIT_SOURCES, *ADMINS), anywhere=True,
        kwargs={"way_id": "way"},
    ),
    Route("exchange:questions", GET, (REVEAL, Power.APPROVE_IMPORTS)),
    Route(
        "exchange:question", GET, (Power.APPROVE_IMPORTS,), of="question", kwargs=_QUESTION
    ),
    Route(
        "exchange:approve-question", POST, (Power.APPROVE_IMPORTS,), of="question",
        kwargs=_QUESTION,
    ),
    Route(
        "exchange:refuse-question", POST, (Power.APPROVE_IMPORTS,), of="question",
        kwargs=_QUESTION, data=says(**REASON),
    ),
    Route(
        "exchange:read-answer", POST, (Power.APPROVE_IMPORTS,), of="question", kwargs=_QUESTION,
        data=says(**REASON), only="only who asked and who allowed it may, and nobody has yet",
    ),
    # Sources hold no people: whoever sees deliveries anywhere sees what a source means.
    Route(
        "exchange:source", BOTH, IMPORTS, anywhere=True, hides=True,
        kwargs={"source_id": "source"}, data=uploads(),
    ),
)  # fmt: skip

REGISTRY: Final = (
    Route("registry:children", GET, VIEW, hides=True),
    Route("registry:today", GET, VIEW, hides=True),
    Route(
        "registry:visit", BOTH, VIEW, of="notice", kwargs={"notice_id": "notice"},
        data=says(said="孩子在家，奶奶照看。"),
    ),
    Route("registry:coverage", GET, (Power.VIEW_FIGURES,)),
    Route("registry:doubts", GET, (DECIDE,), hides=True),
    Route("registry:next-doubt", GET, (DECIDE,), hides=True),
    Route(
        "registry:doubt", BOTH, (DECIDE,), of="doubt", kwargs={"doubt_id": "doubt"},
        data=says(verdict="different"),
    ),
    Route("registry:reopen", POST, (DECIDE,), of="answered", kwargs={"doubt_id": "answered"}),
    Route(
        "registry:undo", POST, VIEW, of="event", kwargs={"event_id": "event"},
        acts={"POST": DECIDE},
    ),
    Route("registry:child", GET, VIEW, of="child", kwargs=_CHILD),
    Route("registry:rows", GET, VIEW, of="child", kwargs=_CHILD),
    Route("registry:family", GET, VIEW, of="child", kwargs=_CHILD),
    Route("registry:history", GET, VIEW, of="child", kwargs=_CHILD),
    Route(
        "registry:reveal", POST, VIEW, of="child", kwargs=_CHILD, acts={"POST": REVEAL},
        data=says(kind="phone", **REASON),
    ),
    Route(
        "registry:reveal-guardian", POST, VIEW, of="guardianship",
        kwargs={**_CHILD, "stands_id": "guardianship"}, acts={"POST": REVEAL},
        data=says(kind="phone", **REASON),
    ),
    Route(
        "registry:ask", BOTH, VIEW, of="child", kwargs=_CHILD,
        acts={"GET": REVEAL, "POST": REVEAL},
        data=lambda place, _person: {
            "person": "child", "source": place.things["asked"].code, "purpose": "SAFETY",
            "basis": "民发〔2019〕62号", **REASON,
        },
    ),
    Route(
        "registry:place", BOTH, VIEW, of="child", kwargs=_CHILD, acts={"POST": REVEAL},
        data=says(**REASON),
    ),
    Route(
        "registry:value", BOTH, VIEW, of="child", kwargs={**_CHILD, "field": "=stage"},
        acts={"GET": Power.CONFIRM_GRADES, "POST": Power.CONFIRM_GRADES},
        data=says(act="set", value="PRIMARY", **REASON),
    ),
    Route(
        "registry:review", BOTH, (Power.APPROVE_IMPORTS,), data=says(eyes=2, **REASON),
    ),
    Route(
        "registry:merge", BOTH, VIEW, of="child", kwargs=_CHILD,
        acts={"GET": DECIDE, "POST": DECIDE},
        data=lambda place, _person: {"other": _id(place, "twin"), **REASON},
    ),
    Route(
        "registry:split", BOTH, VIEW, of="record", kwargs={**_CHILD, "record_id": "record"},
        acts={"GET": DECIDE, "POST": DECIDE}, data=says(**REASON),
    ),
)  # fmt: skip

_CARD = {"area_code": "county", "source_id": "list_of_children"}
_PAIR = {"pair_id": "pair"}
QUALITY: Final = (
    Route("quality:scorecards", GET, IMPORTS),
    Route("quality:score-now", POST, IMPORTS),
    Route("quality:scorecard", GET, IMPORTS, of="scorecard", kwargs=_CARD),
    Route(
        "quality:report", POST, IMPORTS, of="scorecard", kwargs=_CARD,
        acts={"POST": Power.RUN_IMPORTS}, data=says(**REASON),
    ),
    Route("quality:linkage", GET, (DECIDE,), hides=True),
    Route("quality:draw", POST, (DECIDE,)),
    Route("quality:next-pair", GET, (DECIDE,), hides=True),
    Route(
        "quality:pair", BOTH, (DECIDE,), of="pair", kwargs=_PAIR, data=says(answer="UNCLEAR"),
    ),
    Route("quality:take-back", POST, (DECIDE,), of="labelled", kwargs={"pair_id": "labelled"}),
)  # fmt: skip

OWN: Final = (Power.OWN_CHILDREN,)
_CERTIFICATE = {"certificate_id": "certificate"}
_EDITS = {"POST": Power.EDIT_MOTHERS}


def _a_rest(_place: Place, _person: Person) -> Mapping[str, Any]:
    today = timezone.localdate()
    return {"from_on": today, "until_on": today, "places": 3}


MOTHERS: Final = (
    Route("mothers:mothers", GET, (Power.VIEW_MOTHERS,)),
    Route("mothers:mine", GET, (Power.OWN_CHILDREN,), anywhere=True, hides=True),
    Route("mothers:mother", GET, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER),
    Route(
        "mothers:capacity", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
        acts={"POST": Power.EDIT_MOTHERS}, data=says(capacity=2),
    ),
    Route(
        "mothers:state", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
        acts={"POST": Power.EDIT_MOTHERS}, data=says(act="pause", **REASON),
    ),
    Route(
        "mothers:reveal", POST, (Power.VIEW_MOTHERS,), of="mother",
        kwargs={**_MOTHER, "field": "=phone"}, acts={"POST": REVEAL}, data=says(**REASON),
    ),
    Route("mothers:pulse", POST, OWN, anywhere=True, hides=True,
          data=says(**{"answer-0": 1, "answer-1": 0, "answer-2": 4})),
    Route("mothers:rest", POST, OWN, anywhere=True, hides=True, data=_a_rest),
    Route("mothers:end-rest", POST, OWN, anywhere=True, hides=True),
    Route("mothers:ask-help", BOTH, OWN, anywhere=True, hides=True,
          data=says(kind="MIND", words="最近睡不好")),
    Route("mothers:withdraw-help", POST, OWN, of="help", kwargs={"request_id": "help"}),
    Route("mothers:ask-change", BOTH, OWN, anywhere=True, hides=True,
          kwargs={"field": "=SLOTS"}, data=says(slots=["SAT_MORNING"])),
    Route("mothers:withdraw-change", POST, OWN, of="change", kwargs={"change_id": "change"}),
    Route("mothers:own-paper", POST, OWN, anywhere=True, hides=True),
    Route("mothers:own-certificate", POST, OWN, of="certificate", kwargs=_CERTIFICATE),
    Route("mothers:care", GET, (Power.EDIT_MOTHERS, Power.EDIT_POLICY)),
    Route("mothers:help", BOTH, (Power.EDIT_MOTHERS,), of="help",
          kwargs={"request_id": "help"}, data=says(act="take")),
    Route("mothers:decide-change", POST, (Power.VIEW_MOTHERS,), of="change",
          kwargs={"change_id": "change"}, acts=_EDITS, data=says(act="accept")),
    Route("mothers:calendar", BOTH, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
          acts={"GET": Power.EDIT_MOTHERS, **_EDITS}, data=says(slots=["SUN_MORNING"])),
    Route("mothers:record", BOTH, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
          acts=_EDITS, data=says(held_on="2026-10-01", hours="1.5", kind="STUDY")),
    Route("mothers:correct", BOTH, (Power.VIEW_MOTHERS,), of="service",
          kwargs={"entry_id": "service"}, acts={"GET": Power.EDIT_MOTHERS, **_EDITS},
          data=says(held_on="2026-10-01", hours="1", kind="STUDY", why="时长记错")),
    Route("mothers:commend", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
          acts=_EDITS, data=says(title="最美爱心妈妈", level="COUNTY", given_by="县妇联",
                                 given_on="2026-03-08")),
    Route("mothers:number", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
          acts=_EDITS, data=says(volunteer_number="5002360000123")),
    Route("mothers:evaluate", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
          acts=_EDITS, data=says(score=5, words="尽心")),
    Route("mothers:certify", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
          acts=_EDITS, data=says(from_on="2026-01-01", until_on="2026-12-31", in_charge="李")),
    Route("mothers:certificate", POST, (Power.VIEW_MOTHERS,), of="certificate",
          kwargs=_CERTIFICATE),
    Route("mothers:withdraw", POST, (Power.VIEW_MOTHERS,), of="certificate",
          kwargs=_CERTIFICATE, acts=_EDITS, data=says(**REASON)),
    Route("mothers:paper", POST, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER),
    Route("mothers:verify-form", GET, PUBLIC),
    Route("mothers:verify", GET, PUBLIC, kwargs={"number": "certificate_number"}),
)  # fmt: skip

ASSESSMENT: Final = (
    Route("assessment:grades", GET, (Power.CONFIRM_GRADES,)),
    Route(
        "assessment:child", BOTH, VIEW, of="child", kwargs=_CHILD,
        acts={"POST": Power.CONFIRM_GRADES}, data=says(grade="RED", **REASON),
    ),
    Route("assessment:figures", GET, (Power.VIEW_FIGURES,)),
    Route("assessment:instrument", GET, SIGNED_IN),
)  # fmt: skip

_SIGNS = Power.CONFIRM_GRADES
_BY_THE_OFFICE = {"GET": _SIGNS, "POST": _SIGNS}


def _a_father(place: Place, **values: Any) -> Mapping[str, Any]:
    return {"stands": _id(place, "asked_father"), **REASON, **values}


CONSENTS: Final = (
    Route("consents:worklist", GET, (_SIGNS,)),
    Route("consents:texts", GET, SIGNED_IN),
    Route("consents:text", GET, SIGNED_IN, kwargs={"purpose": "=MATCHING"}),
    Route(
        "consents:new-text", BOTH, (Power.EDIT_POLICY,), anywhere=True,
        kwargs={"purpose": "=MATCHING"},
        data=lambda _place, _person: stages.a_new_text("MATCHING"),
    ),
    Route("consents:child", GET, VIEW, of="asked_child", kwargs={"child_id": "asked_child"}),
    Route(
        "consents:ask", BOTH, VIEW, of="asked_child", kwargs={"child_id": "asked_child"},
        acts=_BY_THE_OFFICE,
        data=lambda place, _person: _a_father(place, purposes=["MATCHING"], days=7),
    ),
    Route(
        "consents:note", BOTH, VIEW, of="asked_child", kwargs={"child_id": "asked_child"},
        acts=_BY_THE_OFFICE,
        data=lambda place, _person: _a_father(
            place, purpose="MATCHING", given="yes", given_on="2026-11-20", kept_at="档案柜三号"
        ),
    ),
    Route(
        "consents:withdraw", BOTH, VIEW, of="asked_child",
        kwargs={"child_id": "asked_child", "purpose": "=MATCHING"}, acts=_BY_THE_OFFICE,
        data=lambda place, _person: _a_father(place),
    ),
    Route(
        "consents:assent", BOTH, VIEW, of="asked_child", kwargs={"child_id": "asked_child"},
        data=says(given="no", asked_on="2026-11-20", way="TALK", words="我想再等等"),
    ),
    Route(
        "consents:words", POST, VIEW, of="asked_child",
        kwargs={"child_id": "asked_child", "assent_id": "assent"}, acts={"POST": _SIGNS},
        data=says(**REASON),
    ),
    Route(
        "consents:authority", BOTH, VIEW, of="asked_child", kwargs={"child_id": "asked_child"},
        acts=_BY_THE_OFFICE,
        data=lambda place, _person: _a_father(
            place, kind="DECISION", unit="人民法院", number="2号", issued_on="2026-10-01"
        ),
    ),
    Route(
        "consents:end-authority", POST, VIEW, of="asked_child",
        kwargs={"child_id": "asked_child", "authority_id": "authority"}, acts={"POST": _SIGNS},
    ),
    Route(
        "consents:cancel", POST, VIEW, of="asked_child",
        kwargs={"child_id": "asked_child", "request_id": "signing"}, acts={"POST": _SIGNS},
    ),
    Route(
        "consents:sign", BOTH, PUBLIC, path=lambda place, _person: place.things["signing_path"],
        data=says(answer="4219"),
    ),
)  # fmt: skip

_POLICY, _DRAFT = {"policy_id": "policy"}, {"policy_id": "drafted_policy"}


def _policy_form(place: Place, _person: Person) -> Mapping[str, Any]:
    fields = PolicyForm(base=place.things["policy"]).fields
    return {name: field.initial for name, field in fields.items()} | {"note": "本区路远"}


POLICIES: Final = (
    Route("pairing:policies", GET, PAIRING),
    Route("pairing:policy-draft", BOTH, (Power.EDIT_POLICY,), data=_policy_form),
    Route("pairing:policy", GET, PAIRING, anywhere=True, hides=True, kwargs=_POLICY),
    Route("pairing:policy-file", GET, PAIRING, anywhere=True, hides=True, kwargs=_POLICY),
    Route(
        "pairing:policy-compare", GET, PAIRING, anywhere=True, hides=True,
        kwargs={"policy_id": "policy", "other_id": "drafted_policy"},
    ),
    Route(
        "pairing:policy-adopt", POST, PAIRING, anywhere=True, hides=True, kwargs=_DRAFT,
        acts={"POST": Power.EDIT_POLICY}, data=says(act="adopt", **REASON),
    ),
)  # fmt: skip

PAIRINGS: Final = (
    Route("pairing:runs", GET, PAIRING),
    Route("pairing:start", POST, (Power.RUN_PAIRING,)),
    Route("pairing:what-if", GET, (Power.RUN_PAIRING,)),
    Route("pairing:run", GET, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route(
        "pairing:cancel", POST, PAIRING, of="waiting_run", kwargs={"run_id": "waiting_run"},
        in_part=True,
        acts={"POST": Power.RUN_PAIRING},
    ),
    Route("pairing:proposals", GET, PAIRS, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:left-over", GET, PAIRS, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:fairness", GET, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:recruitment", GET, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route("pairing:certificate", POST, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route(
        "pairing:decide-many", POST, PAIRS, of="match_run", kwargs=_MATCH, in_part=True,
        acts={"POST": Power.DECIDE_PAIRING},
        data=lambda place, _person: {
            "pick": [_id(place, "proposal"), _id(place, "second_proposal")]
        },
    ),
    Route(
        "pairing:family", BOTH, PAIRS, of="child", kwargs=_CHILD,
        acts={"GET": Power.CONFIRM_GRADES, "POST": Power.CONFIRM_GRADES},
        data=says(what="wish", of="CHILD", kind="WANTED", mother="", trait="EXPERIENCED", **REASON),
    ),
    Route(
        "pairing:take-back", POST, PAIRS, of="wish",
        kwargs={"kind": "=wish", "said_id": "wish"},
        acts={"POST": Power.CONFIRM_GRADES},
    ),
    Route(
        "pairing:proposal", GET, PAIRS, of="proposal", kwargs={"proposal_id": "proposal"}
    ),
    Route(
        "pairing:decide", POST, PAIRS, of="proposal", kwargs={"proposal_id": "proposal"},
        acts={"POST": Power.DECIDE_PAIRING}, data=says(verdict="refuse", **REASON),
    ),
    Route(
        "pairing:steer", BOTH, PAIRS, of="proposal", kwargs={"proposal_id": "proposal"},
        acts={"GET": Power.DECIDE_PAIRING, "POST": Power.DECIDE_PAIRING}, data=_locks,
        path=lambda place, _person: f"/pairing/proposals/{_id(place, 'proposal')}/steer/?act=LOCK",
    ),
    Route("pairing:steering", GET, PAIRS, of="steering", kwargs={"act_id": "steering"}),
    Route(
        "pairing:undo-steering", POST, PAIRS, of="steering", kwargs={"act_id": "steering"},
        acts={"POST": Power.DECIDE_PAIRING},
        data=lambda place, person: {"seal": _locks(place, person)["seal"]},
    ),
    Route("pairing:moves", GET, PAIRS, of="match_run", kwargs=_MATCH, in_part=True),
    Route(
        "pairing:repair", POST, PAIRING, of="match_run", kwargs=_MATCH, in_part=True,
        acts={"POST": Power.RUN_PAIRING},
    ),
    Route("pairing:arrivals", POST, (Power.RUN_PAIRING,)),
    Route("pairing:batches", POST, (Power.RUN_PAIRING,), data=says(on="1")),
    Route("pairing:adopt", POST, (Power.EDIT_POLICY,), data=says(distance="150", **REASON)),
    Route("pairing:pairings", GET, PAIRS),
    Route(
        "pairing:end", POST, PAIRS, of="bond_reviewed", kwargs={"pairing_id": "bond_reviewed"},
        acts={"POST": Power.DECIDE_PAIRING}, data=says(**REASON),
    ),
    *POLICIES,
    Route("pairing:teams", BOTH, PAIRS, acts={"POST": Power.RUN_PAIRING}, data=says(kind="FOUR")),
    Route(
        "pairing:team-run", GET, PAIRS, of="team_run", kwargs={"run_id": "team_run"}, in_part=True
    ),
    Route("pairing:seats", GET, PAIRS),
    Route(
        "pairing:seat-end", POST, PAIRS, of="seat", kwargs={"seat_id": "seat"},
        acts={"POST": Power.DECIDE_PAIRING}, data=says(**REASON),
    ),
    Route(
        "pairing:team-accept", POST, PAIRS, of="team_run", kwargs={"run_id": "team_run"},
        in_part=True, acts={"POST": Power.DECIDE_PAIRING},
        data=lambda place, _person: {"pick": [_id(place, "team_place")]},
    ),
    Route(
        "pairing:team-certificate", POST, PAIRS, of="team_run", kwargs={"run_id": "team_run"},
        in_part=True,
    ),
    Route(
        "pairing:partners", BOTH, PAIRS, acts={"POST": Power.RUN_PAIRING},
        data=lambda place, _person: {
            "act": "enter", "role": "LAWYER", "name": "吴法", "unit": "律所",
            "area_code": place.town, "reach_km": "10", "places": "5", "languages": "普通话",
        },
    ),
    Route("pairing:partners-to-mend", GET, PAIRS),
    Route(
        "pairing:partner-rest", POST, PAIRS, of="partner", kwargs={"partner_id": "partner"},
        acts={"POST": Power.RUN_PAIRING},
    ),
    Route("pairing:studies", GET, PAIRING),
    Route("pairing:study-ask", POST, (Power.EDIT_POLICY,)),
    Route("pairing:experience", POST, PAIRS),
    Route(
        "pairing:study", GET, PAIRING, of="study", kwargs={"study_id": "study"}, in_part=True
    ),
)  # fmt: skip

_RECEIVER, _EXPORT = {"receiver_id": "receiver"}, {"export_id": "export"}
EDITORS, KEEPERS = (Power.EDIT_SOURCES,), (Power.APPROVE_EXPORTS, Power.VIEW_TRAIL)


def _a_receiver(place: Place, person: Person) -> Mapping[str, Any]:
    return {
        "code": "new-one", "name": "省级平台", "told": "child.changed", "basis": "协议9号",
        "valid_until": "2099-01-01", "algorithm": "hmac-sha256", "ground": "DUTY",
    }  # fmt: skip


OUTBOUND: Final = (
    Route("outbound:receivers", GET, (*EDITORS, *ADMINS), anywhere=True),
    Route("outbound:new-receiver", BOTH, EDITORS, anywhere=True, data=_a_receiver),
    Route(
        "outbound:receiver", BOTH, (*EDITORS, *ADMINS), anywhere=True, kwargs=_RECEIVER,
        acts={"POST": Power.EDIT_SOURCES},
        data=says(
            told="child.changed", basis="协议9号", ground="DUTY", valid_until="2099-01-01"
        ),
    ),
    Route(
        "outbound:ask-way", POST, EDITORS, anywhere=True, kwargs=_RECEIVER,
        data=says(url="https://other.example/x", addresses="10.0.0.8"),
    ),
    Route(
        "outbound:set-secret", POST, EDITORS, anywhere=True, kwargs=_RECEIVER,
        data=says(secret="nobody-reads-this"),
    ),
    *(
        Route(f"outbound:{act}", POST, EDITORS, anywhere=True, kwargs=_RECEIVER)
        for act in ("pause", "resume", "send-again", "try-out")
    ),
    Route("outbound:approve-way", POST, ADMINS, anywhere=True, kwargs={"way_id": "receiver_way"}),
    Route(
        "outbound:end-way", POST, (*EDITORS, *ADMINS), anywhere=True,
        kwargs={"way_id": "receiver_way"},
    ),
    Route("outbound:exports", GET, (Power.TAKE_OUT, *KEEPERS), anywhere=True),
    Route(
        "outbound:new-export", BOTH, (Power.TAKE_OUT,),
        acts={"GET": Power.VIEW_CHILDREN, "POST": Power.VIEW_CHILDREN},
        data=says(dataset="CHILDREN", **REASON),
    ),
    Route("outbound:export", GET, KEEPERS, of="export", kwargs=_EXPORT),
    Route(
        "outbound:decide", POST, KEEPERS, of="export", kwargs=_EXPORT,
        acts={"POST": Power.APPROVE_EXPORTS}, data=says(refuse="1"),
    ),
    Route(
        "outbound:open-file", POST, (Power.TAKE_OUT,), of="export", kwargs=_EXPORT,
        only="the asker alone opens it, shown in tests/outbound",
    ),
)  # fmt: skip

# Written beside, and read only here where all that it needs stands above.
from tests.trust.matrix_bonds import BONDS  # noqa: E402
from tests.trust.matrix_care import CARE  # noqa: E402
from tests.trust.matrix_cases import CASES, SCALES  # noqa: E402
from tests.trust.matrix_plans import PLANS  # noqa: E402
from tests.trust.matrix_protection import PROTECTION  # noqa: E402
from tests.trust.matrix_support import SUPPORT  # noqa: E402
from tests.trust.matrix_teams import TEAMS  # noqa: E402
from tests.trust.matrix_visits import VISITS  # noqa: E402
from tests.trust.matrix_wishes import WISHES  # noqa: E402

ROUTES: Final[dict[str, Route]] = {
    each.name: each
    for group in (
        SHELL,
        NOTICES,
        CONSENTS,
        EXCHANGE,
        REGISTRY,
        QUALITY,
        MOTHERS,
        ASSESSMENT,
        PAIRINGS,
        BONDS,
        TEAMS,
        SUPPORT,
        CARE,
        CASES,
        SCALES,
        PLANS,
        PROTECTION,
        VISITS,
        WISHES,
        OUTBOUND,
    )
    for each in group
}


def _of_recruitment() -> tuple[Route, ...]:
    """The routes of recruitment stand beside their stage, which needs the words above."""
    from tests.trust import recruits

    return recruits.RECRUITMENT


ROUTES |= {each.name: each for each in _of_recruitment()}
