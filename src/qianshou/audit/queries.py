"""Reading and proving the trail, and what its acts are called."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import rules
from qianshou.audit.models import Entry

# Every act by the name that the code gives it; a test counts them.
ACTS = {
    "accounts.account.opened": gettext_noop("Account opened"),
    "accounts.role.granted": gettext_noop("Role given"),
    "accounts.role.revoked": gettext_noop("Role taken away"),
    "accounts.sign_in_failed": gettext_noop("Sign-in failed"),
    "accounts.signed_in": gettext_noop("Signed in"),
    "accounts.password.changed": gettext_noop("Password changed"),
    "accounts.token.revoked": gettext_noop("Interface key taken back"),
    "accounts.token.created": gettext_noop("Interface key made"),
    "assessment.grade.confirmed": gettext_noop("Grade confirmed"),
    "assessment.instrument.adopted": gettext_noop("Instrument adopted"),
    "exchange.egress.approved": gettext_noop("Destination approved"),
    "exchange.egress.asked": gettext_noop("Destination asked for"),
    "exchange.egress.ended": gettext_noop("Destination closed"),
    "exchange.answer.read": gettext_noop("Answer of a department read"),
    "exchange.question.answered": gettext_noop("Question to a department answered"),
    "exchange.question.approved": gettext_noop("Question to a department allowed"),
    "exchange.question.asked": gettext_noop("Question to a department put down"),
    "exchange.question.failed": gettext_noop("Question to a department without an answer"),
    "exchange.question.forgotten": gettext_noop("Answer of a department forgotten"),
    "exchange.question.refused": gettext_noop("Question to a department not allowed"),
    "exchange.question.sent": gettext_noop("Question to a department sent"),
    "exchange.secret.set": gettext_noop("Secret of a source entered"),
    "exchange.file.received": gettext_noop("File delivered"),
    "exchange.row.dismissed": gettext_noop("Row put aside"),
    "exchange.row.read": gettext_noop("Row read that was kept out"),
    "exchange.run.approved": gettext_noop("Delivery let through"),
    "exchange.run.bad_rows_read": gettext_noop("Rows downloaded that were kept out"),
    "exchange.run.done": gettext_noop("Delivery entered"),
    "exchange.run.failed": gettext_noop("Delivery failed"),
    "exchange.run.waiting": gettext_noop("Delivery stopped to wait for a person"),
    "exchange.run.tried_again": gettext_noop("Delivery started again"),
    "exchange.run.refused": gettext_noop("Delivery refused"),
    "exchange.run.turned_away": gettext_noop("Delivery turned away"),
    "exchange.run.rolled_back": gettext_noop("Delivery undone"),
    "exchange.run.examples_read": gettext_noop("Examples read of a delivery that waits"),
    "exchange.source.saved": gettext_noop("Source saved"),
    "exchange.source.begun": gettext_noop("Source begun"),
    "exchange.source.sampled": gettext_noop("Source asked as a test; its first rows were shown"),
    "exchange.source.switched_on": gettext_noop("Source switched on"),
    "exchange.source.switched_off": gettext_noop("Source switched off"),
    "exchange.agreement.made": gettext_noop("Data agreement entered"),
    "exchange.agreement.ended": gettext_noop("Data agreement ended"),
    "exchange.drift.closed": gettext_noop("Change of a source looked at"),
    "mothers.capacity.edited": gettext_noop("Places of a mother changed"),
    "mothers.number.revealed": gettext_noop("Number of a mother revealed"),
    "mothers.searched_by_number": gettext_noop("Mothers searched by number"),
    "mothers.state.changed": gettext_noop("State of a mother changed"),
    "outbound.export.allowed": gettext_noop("Export allowed"),
    "outbound.export.asked": gettext_noop("Export asked for"),
    "outbound.export.failed": gettext_noop("Export not made"),
    "outbound.export.opened": gettext_noop("Export opened"),
    "outbound.export.ready": gettext_noop("Export made"),
    "outbound.export.refused": gettext_noop("Export refused"),
    "outbound.receiver.changed": gettext_noop("Receiver of messages changed"),
    "outbound.receiver.gone": gettext_noop("Receiver of messages is gone"),
    "outbound.receiver.made": gettext_noop("Receiver of messages made"),
    "outbound.receiver.paused": gettext_noop("Receiver of messages stopped"),
    "outbound.receiver.resumed": gettext_noop("Receiver of messages told again"),
    "outbound.receiver.secret_set": gettext_noop("Secret of a receiver entered"),
    "outbound.receiver.sent_again": gettext_noop("Messages sent again"),
    "outbound.receiver.tried": gettext_noop("Trial message sent"),
    "pairing.certificate.taken": gettext_noop("Certificate of a matching taken"),
    "pairing.ended": gettext_noop("Pairing ended"),
    "pairing.outcomes.taken": gettext_noop("Decisions and outcomes taken as rows"),
    "pairing.policy.adopted": gettext_noop("Policy version adopted"),
    "pairing.policy.drafted": gettext_noop("Policy version written"),
    "pairing.policy.given_up": gettext_noop("Own policy given up"),
    "pairing.proposal.approved": gettext_noop("Proposed pair approved"),
    "pairing.proposal.refused": gettext_noop("Proposed pair refused"),
    "pairing.arrivals.started": gettext_noop("Placing of new children started"),
    "pairing.batches.switched": gettext_noop("Placing of new children by itself switched"),
    "pairing.repair.started": gettext_noop("Repair of a plan started"),
    "pairing.run.cancelled": gettext_noop("Matching cancelled"),
    "pairing.run.done": gettext_noop("Matching finished"),
    "pairing.run.started": gettext_noop("Matching started"),
    "pairing.study.asked": gettext_noop("Study of outcomes asked for"),
    "pairing.study.done": gettext_noop("Study of outcomes made"),
    "pairing.partner.entered": gettext_noop("Partner entered on the roster"),
    "pairing.partner.rested": gettext_noop("Partner set to rest or back"),
    "pairing.roster.taken_in": gettext_noop("List of partners taken in"),
    "pairing.teams.done": gettext_noop("Teams computed"),
    "pairing.teams.started": gettext_noop("Teams asked for"),
    "pairing.steered": gettext_noop("Plan steered by a person"),
    "pairing.steering.undone": gettext_noop("Steering of a plan taken back"),
    "quality.pair.labelled": gettext_noop("Pair of rows labelled"),
    "quality.pair.opened": gettext_noop("Pair of rows opened to be labelled"),
    "quality.pair.taken_back": gettext_noop("Label of a pair taken back"),
    "quality.report.taken": gettext_noop("Quality report for a department taken"),
    "quality.scores.reckoned": gettext_noop("Quality figures reckoned"),
    "quality.sample.drawn": gettext_noop("Sample of pairs drawn"),
    "registry.children.merged": gettext_noop("Files merged"),
    "registry.consent.noted": gettext_noop("Consent noted"),
    "registry.doubt.answered": gettext_noop("Doubtful link answered, waits for another person"),
    "registry.doubt.decided": gettext_noop("Doubtful link decided"),
    "registry.doubt.opened": gettext_noop("Doubtful link opened"),
    "registry.doubt.reopened": gettext_noop("Doubtful link opened again"),
    "registry.event.undone": gettext_noop("Merge or split undone"),
    "registry.field.revealed": gettext_noop("Sensitive field revealed"),
    "registry.location.hidden": gettext_noop("Place of a child hidden"),
    "registry.location.shown": gettext_noop("Place of a child no longer hidden"),
    "registry.review.set": gettext_noop("Number of people who decide a link set"),
    "registry.record.split": gettext_noop("Row split from a file"),
    "registry.rows.read": gettext_noop("Department rows of a child read"),
    "registry.visit.noted": gettext_noop("Visit to a child noted"),
    "registry.searched_by_number": gettext_noop("Children searched by number"),
    "registry.value.released": gettext_noop("Value of a file left to the departments"),
    "registry.value.set": gettext_noop("Value of a file set by hand"),
    "registry.warning.lifted": gettext_noop("Warning declared over"),
}
SUBJECTS = {
    "user": gettext_noop("account"),
    "child": gettext_noop("child"),
    "doubt": gettext_noop("doubtful link"),
    "export": gettext_noop("export"),
    "import_run": gettext_noop("delivery"),
    "instrument": gettext_noop("instrument"),
    "mother": gettext_noop("mother"),
    "quarantined_row": gettext_noop("row"),
    "receiver": gettext_noop("receiver of messages"),
    "run": gettext_noop("matching run"),
    "area": gettext_noop("area"),
    "partner": gettext_noop("partner"),
    "roster": gettext_noop("list of partners"),
    "teams": gettext_noop("teams"),
    "policy": gettext_noop("policy"),
    "study": gettext_noop("study of outcomes"),
    "proposal": gettext_noop("proposed pair"),
    "pairing": gettext_noop("pairing"),
    "source": gettext_noop("source"),
    "sample": gettext_noop("sample of pairs"),
}
ROOMS = {
    "accounts": gettext_noop("Accounts"),
    "exchange": gettext_noop("Department data"),
    "registry": gettext_noop("Children"),
    "quality": gettext_noop("Data quality"),
    "assessment": gettext_noop("Grades"),
    "mothers": gettext_noop("Mothers"),
    "pairing": gettext_noop("Pairing"),
}


def entries_for(user: User, *, area_code: str, room: str = "") -> QuerySet[Entry]:
    """Return the trail of an area, newest first, for those who may read it there."""
    permissions.require(user, Power.VIEW_TRAIL, area_code)
    rows = Entry.objects.filter(area_code__range=area_rules.subtree(area_code)).order_by("-id")
    return rows.filter(act__startswith=f"{room}.") if room in ROOMS else rows


def shown(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return entries with their act and subject in words."""
    return [
        {
            "entry": entry,
            "act": _(ACTS.get(entry.act, entry.act)),
            "subject": _(SUBJECTS.get(entry.subject_kind, entry.subject_kind)),
        }
        for entry in entries
    ]


def filters() -> list[dict[str, Any]]:
    """Return the choice of rooms that the trail can be narrowed to."""
    choices = [(name, _(label)) for name, label in ROOMS.items()]
    return [{"name": "room", "label": _("Part of the system"), "choices": choices}]


def entries_about(subject_id: object) -> QuerySet[Entry]:
    """Return what happened to one file, newest first; row security keeps other areas out."""
    return Entry.objects.about(subject_id).order_by("-id")


def links() -> Iterator[rules.Link]:
    """Yield the whole trail in the order of its chains."""
    for entry in Entry.objects.order_by("chain", "seq").iterator(chunk_size=5000):
        yield rules.Link(
            entry.chain,
            entry.seq,
            entry.at,
            (
                str(entry.actor_id or ""),
                entry.actor_name,
                entry.act,
                entry.subject_kind,
                entry.subject_id,
                entry.area_code,
                entry.reason,
                entry.details,
                entry.request_id,
                entry.result,
            ),
            bytes(entry.prev_hash),
            bytes(entry.hash),
        )


def heads() -> dict[str, tuple[int, bytes]]:
    """Return each chain's last place and hash, to be anchored outside."""
    last = Entry.objects.order_by("chain", "-seq").distinct("chain")
    return {entry.chain: (entry.seq, bytes(entry.hash)) for entry in last}


def anchors_in(file: Path) -> dict[tuple[str, int], bytes]:
    """Read the anchors written by `qianshou audit anchor`, one JSON object a line."""
    found: dict[tuple[str, int], bytes] = {}
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            for chain, (seq, digest) in json.loads(line)["heads"].items():
                found[chain, seq] = bytes.fromhex(digest)
    return found


def flaws(anchor_file: Path | None = None) -> list[rules.Flaw]:
    """Check the whole trail and return what does not hold; an empty list is the proof."""
    return list(rules.flaws(links(), anchors_in(anchor_file) if anchor_file else {}))
