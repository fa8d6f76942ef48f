"""Consents in every state in one town of the demo: links, answers, assents, documents.

Everything goes through the real acts; the links lie in the outbox as a guardian would get them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Final

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.consents.actions import asking, noting, signing, turning
from qianshou.consents.models import SigningRequest
from qianshou.consents.queries import family
from qianshou.consents.queries.family import Signer
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.registry.models import Child, Guardianship

LOOKED_AT: Final = 400
PARTIES: Final = ("县实验小学", "县人民医院儿科")
EACH: Final = 3
# What a guardian answers who answers at all.
ANSWERS: Final = (
    {"PROGRAMME": True, "MATCHING": True, "PHOTOS": True},
    {"PROGRAMME": True, "MATCHING": True, "PHOTOS": False},
    {"PROGRAMME": True, "MATCHING": False, "PHOTOS": False},
)


def furnish(county: str, *, by: User, today: date) -> None:
    """Bring a few children of the demo's county into every state that a consent can have."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = _askable(county, today)
        waiting(list(islice(rows, EACH)), by=by, today=today)
        ran_out(list(islice(rows, 1)), by=by, today=today)
        done = list(islice(rows, len(ANSWERS)))
        for answers, (child, signer) in zip(ANSWERS, done, strict=False):
            answered(child, signer, answers, by=by, today=today)
        withdrawn(done[:1], by=by, today=today)
        on_paper(list(islice(rows, EACH)), by=by, today=today)
        said_by_children([child for child, _signer in done], by=by, today=today)
        delegated(county, by=by, today=today)
    turning.ask_for_the_new_eights(today)
    send_at_once()


def send_at_once() -> None:
    """Let the links out even if the demo is made at night, so that there is one to open."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        waiting_ones = Notice.objects.filter(state=Notice.State.WAITING)
        waiting_ones.update(not_before=timezone.now())
    notices.deliver_due()


def _askable(county: str, today: date) -> Iterator[tuple[Child, Signer]]:
    """Yield children of eight and more with an adult who may sign and can be asked from afar."""
    rows = (
        Child.objects.on_file()
        .filter(
            area_code__range=area_rules.subtree(county),
            birth_on__range=(today - timedelta(days=14 * 365), today - timedelta(days=9 * 365)),
            pairings=None,
        )
        .order_by("area_code", "pk")
    )
    for child in rows[:LOOKED_AT]:
        for signer in family.signers_of(child, today):
            if signer.may_sign and signer.has_phone and signer.has_number:
                yield child, signer
                break


def _ask(
    child: Child, signer: Signer, *, by: User, today: date, purposes: Sequence[str]
) -> SigningRequest:
    return asking.ask(
        child, signer.stands.pk, by=by, today=today, purposes=purposes, parties=PARTIES
    ).request


def waiting(rows: Sequence[tuple[Child, Signer]], *, by: User, today: date) -> None:
    """Send links that nobody has answered yet."""
    for child, signer in rows:
        _ask(child, signer, by=by, today=today, purposes=("PROGRAMME", "MATCHING", "SHARING"))


def ran_out(rows: Sequence[tuple[Child, Signer]], *, by: User, today: date) -> None:
    """Send a link and let its time pass."""
    for child, signer in rows:
        request = _ask(child, signer, by=by, today=today, purposes=("PROGRAMME", "MATCHING"))
        SigningRequest.objects.filter(pk=request.pk).update(
            expires_at=timezone.now() - timedelta(hours=3)
        )


def answered(
    child: Child, signer: Signer, answers: dict[str, bool], *, by: User, today: date
) -> None:
    """Answer as the guardian would, who knows the end of her number."""
    request = _ask(child, signer, by=by, today=today, purposes=tuple(answers))
    known = signer.stands.guardian.id_number.open()[-4:]
    seal = signing.check(request, known, language="zh-hans")
    signing.sign(request, answers, seal=seal)


def on_paper(rows: Sequence[tuple[Child, Signer]], *, by: User, today: date) -> None:
    """Note answers that were signed in the office."""
    for child, signer in rows:
        for purpose in ("PROGRAMME", "MATCHING"):
            paper = noting.Paper(
                purpose=purpose, given=True, given_on=today - timedelta(days=2),
                kept_at="县妇联档案柜三号", stands_id=signer.stands.pk,
            )  # fmt: skip
            _kept(child, paper, by=by, today=today)


def _kept(child: Child, paper: noting.Paper, *, by: User, today: date) -> bool:
    """Note an answer unless a newer one is on file already, as after the lists of this month."""
    try:
        noting.note_paper(child, paper, by=by, today=today)
    except Refused:
        return False
    return True


def withdrawn(rows: Sequence[tuple[Child, Signer]], *, by: User, today: date) -> None:
    """Note that a guardian took the yes to photos back by telephone."""
    for child, signer in rows:
        noting.withdraw(
            child, "PHOTOS", by=by, today=today, reason="电话告知，不再同意拍照",
            stands_id=signer.stands.pk,
        )  # fmt: skip


def said_by_children(children: Sequence[Child], *, by: User, today: date) -> None:
    """Note what children said; the last of them does not want to."""
    for child in children:
        wants = child is not children[-1]
        said = noting.Said(
            given=wants, asked_on=today, way="TALK" if wants else "DRAWING",
            words="我想有个阿姨陪我看书" if wants else "我现在还不想认识新的人",
        )  # fmt: skip
        noting.note_assent(child, said, by=by, today=today)


def delegated(county: str, *, by: User, today: date) -> None:
    """Note a delegation by which a grandparent may sign for the parents."""
    stands = (
        Guardianship.objects.filter(
            kinship="GRANDPARENT", is_carer=True, area_code__range=area_rules.subtree(county)
        )
        .select_related("child")
        .order_by("area_code", "pk")
        .first()
    )
    if stands is None:
        return
    document = noting.Document(
        kind="DELEGATION", unit="父母双方签署", number=f"委托书〔{today.year}〕1号",
        issued_on=today - timedelta(days=10), valid_until=today + timedelta(days=20),
        stands_id=stands.pk, purposes=("MATCHING", "PROGRAMME"),
    )  # fmt: skip
    noting.note_authority(stands.child, document, by=by, today=today)
    paper = noting.Paper(
        purpose="MATCHING", given=True, given_on=today, kept_at="县妇联档案柜三号",
        stands_id=stands.pk,
    )  # fmt: skip
    _kept(stands.child, paper, by=by, today=today)
