"""Undoing a whole delivery at any later time: everything becomes what it would be without it.

Its rows stay on file, marked as ended by the delivery that brought them. What later deliveries
said stands: of each row the first of them that spoke decides (rules/undoing.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import Refused
from qianshou.exchange.actions import receiving, resending
from qianshou.exchange.connectors import progress, storing
from qianshou.exchange.events import RunRolledBack
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record, RunTrace, SourceVersion
from qianshou.exchange.rules import undoing as rules

State = ImportRun.State
CHUNK: Final = 20_000
# What touches at most so many rows is undone while the person waits.
AT_ONCE: Final = 500
OUTDATED: Final = [{"rule": "OLDER_THAN_KNOWN"}]


class NothingToUndo(Refused):
    """Only a run that has changed something can be rolled back."""


class Version(NamedTuple):
    """One version of a row, as far as undoing needs it."""

    id: UUID
    token: bytes
    area_code: str
    state: str
    ended_run_id: UUID | None
    digest: bytes
    run_id: UUID


class Later(NamedTuple):
    """A later delivery of the same source, and what it said without bringing a row."""

    id: UUID
    low: str
    high: str
    is_full: bool
    same: frozenset[bytes]


@dataclass
class Plan:
    """What undoing a delivery does to the rows."""

    run: ImportRun
    goes: list[UUID] = field(default_factory=list)
    restored: list[UUID] = field(default_factory=list)
    # (version before, later run that ended it), by the state it ended in
    superseded: list[tuple[UUID, Any]] = field(default_factory=list)
    withdrawn: list[tuple[UUID, Any]] = field(default_factory=list)
    # (its own row, the later run that brought the same)
    kept: list[tuple[UUID, Any]] = field(default_factory=list)
    followed: dict[UUID, UUID | None] = field(default_factory=dict)
    # (a later row that only repeats the version before, its run, its key)
    echoes: list[tuple[UUID, UUID, bytes]] = field(default_factory=list)
    outpaced: list[QuarantinedRow] = field(default_factory=list)
    since: datetime | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Return the figures that a person weighs before undoing."""
        return {
            "goes": len(self.goes),
            "restored": len(self.restored),
            "kept": len(self.kept),
            "followed": len(self.followed),
            "outpaced": len(self.outpaced),
        }


def plan(run: ImportRun) -> Plan:
    """Return what undoing a run would do; nothing is changed."""
    if not _has_changed(run):
        raise NothingToUndo
    made = Plan(run)
    mine = {each.token: each for each in _versions(Q(run=run) & ~_undone())}
    before = {each.token: each for each in _versions(Q(ended_run=run) & ~Q(run=run))}
    tokens = mine.keys() | before.keys()
    laters = _laters(run)
    brought = _first_brought(laters, tokens) if laters else {}
    unclear = _kept_out(laters, tokens) if laters else set()
    for token in tokens:
        own, old = mine.get(token), before.get(token)
        next_one = brought.get(token)
        word = _word(own, old, laters=laters, brought=next_one, unclear=unclear)
        echoes = old is not None and next_one is not None and old.digest == next_one.digest
        echoes = echoes and word is not None and word.says == rules.SUPERSEDED
        fate = rules.fate(word, brought=own is not None, echoes=echoes)
        _decide(made, fate, own=own, old=old)
        if fate.before == rules.ECHO:
            _go_on(made, old, next_one)
    _follow(made, laters, {token: before.get(token) for token in brought})
    made.since = Record.objects.filter(run=run).aggregate(at=Min("received_at"))["at"]
    made.outpaced = _outpaced(laters, tokens) if laters else []
    return made


def _has_changed(run: ImportRun) -> bool:
    """Tell whether a run stands, as a whole or with the portions before it failed."""
    if run.state == State.FAILED:
        return run.records.exists()
    return run.state == State.DONE and run.repeats_id is None


def preview(run: ImportRun, *, by: User) -> dict[str, int]:
    """Return the figures of what undoing a run would do; raises `NothingToUndo`."""
    powers.require(by, Power.APPROVE_IMPORTS, run.area_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return plan(run).counts


def _undone() -> Q:
    """Return the mark of a row that went with its delivery: that very delivery ended it."""
    return Q(ended_run=F("run"))


def _versions(wanted: Q) -> Iterator[Version]:
    found = Record.objects.filter(wanted).values_list(
        "id", "key_token", "area_code", "state", "ended_run_id", "payload_hash", "run_id"
    )
    for pk, token, area_code, state, ended, digest, run in found.iterator(chunk_size=CHUNK):
        yield Version(pk, bytes(token), area_code, state, ended, bytes(digest), run)


def _laters(run: ImportRun) -> list[Later]:
    """Return the deliveries that were stored after a run, in their order."""
    runs = ImportRun.objects.filter(
        source=run.source_id,
        state=State.DONE,
        repeats=None,
        finished_at__gt=run.finished_at or run.created_at,
    ).order_by("finished_at", "pk")
    full = {
        version: profile.get("delivery") == "full"
        for version, profile in SourceVersion.objects.filter(source=run.source_id).values_list(
            "version", "profile"
        )
    }
    same = dict(RunTrace.objects.filter(run__in=runs).values_list("run_id", "same_keys"))
    return [
        Later(
            each.pk, *area_rules.subtree(each.area_code),
            each.mends_id is None and full.get(each.source_version, False),
            frozenset(storing.keys_in(bytes(same.get(each.pk, b"")))),
        )
        for each in runs
    ]  # fmt: skip


def _first_brought(laters: Sequence[Later], tokens: Iterable[bytes]) -> dict[bytes, Version]:
    """Return for each row the first version of it that a later delivery brought."""
    order = {later.id: place for place, later in enumerate(laters)}
    found: dict[bytes, Version] = {}
    wanted = set(tokens)
    for each in _versions(Q(run__in=list(order)) & ~_undone()):
        known = found.get(each.token)
        if each.token in wanted and (known is None or order[each.run_id] < order[known.run_id]):
            found[each.token] = each
    return found


def _kept_out(laters: Sequence[Later], tokens: Iterable[bytes]) -> set[tuple[UUID, bytes]]:
    """Return (delivery, row) where a row was on the list but could not enter."""
    wanted = set(tokens)
    rows = QuarantinedRow.objects.filter(run__in=[later.id for later in laters])
    pairs = rows.exclude(key_token=b"").values_list("run_id", "key_token")
    return {(run, bytes(token)) for run, token in pairs if bytes(token) in wanted}


def _word(
    own: Version | None,
    old: Version | None,
    *,
    laters: Sequence[Later],
    brought: Version | None,
    unclear: set[tuple[UUID, bytes]],
) -> rules.Word | None:
    """Return what the first later delivery said that spoke of a row."""
    row = own or old
    assert row is not None
    for later in laters:
        if brought is not None and later.id == brought.run_id:
            return rules.Word(rules.SUPERSEDED, later.id)
        if own is not None and own.ended_run_id == later.id:
            return rules.Word(own.state, later.id)
        listed = later.is_full and later.low <= row.area_code <= later.high
        if (later.id, row.token) in unclear:
            continue
        if own is not None and (listed or row.token[: storing.KEPT] in later.same):
            return rules.Word(rules.SAME, later.id)
        if own is None and listed:
            return rules.Word(rules.WITHDRAWN, later.id)
    return None


def _decide(made: Plan, fate: rules.Fate, *, own: Version | None, old: Version | None) -> None:
    if own is not None and fate.goes:
        made.goes.append(own.id)
    if own is not None and fate.kept_by is not None:
        made.kept.append((own.id, fate.kept_by))
    if old is None:
        return
    if fate.before == rules.CURRENT:
        made.restored.append(old.id)
    elif fate.before == rules.WITHDRAWN:
        made.withdrawn.append((old.id, fate.before_by))
    elif fate.before == rules.SUPERSEDED:
        made.superseded.append((old.id, fate.before_by))


def _go_on(made: Plan, old: Version | None, echo: Version | None) -> None:
    """Let the version before go on where a later one only repeats it, to the end of that one."""
    assert old is not None
    assert echo is not None
    made.echoes.append((echo.id, echo.run_id, echo.token))
    if echo.state == rules.CURRENT:
        made.restored.append(old.id)
    elif echo.state == rules.WITHDRAWN:
        made.withdrawn.append((old.id, echo.ended_run_id))
    else:
        made.superseded.append((old.id, echo.ended_run_id))


def _follow(made: Plan, laters: Sequence[Later], before: Mapping[bytes, Version | None]) -> None:
    """Note the standing rows of later deliveries with the version that is now before them."""
    if not before:
        return
    ended = {old for old, _run in made.superseded}
    gone = {echo for echo, _run, _key in made.echoes}
    current = Record.objects.current().filter(run__in=[later.id for later in laters])
    for pk, token in current.values_list("pk", "key_token").iterator(chunk_size=CHUNK):
        key = bytes(token)
        if key in before and pk not in gone:
            old = before[key]
            made.followed[pk] = old.id if old is not None and old.id in ended else None


def _outpaced(laters: Sequence[Later], tokens: Iterable[bytes]) -> list[QuarantinedRow]:
    """Return the rows that were kept out only because the undone delivery looked newer."""
    wanted = set(tokens)
    rows = QuarantinedRow.objects.filter(
        run__in=[later.id for later in laters], state=QuarantinedRow.State.OPEN,
        rules__contains=OUTDATED,
    ).select_related("run__source").order_by("run__finished_at", "row_no")  # fmt: skip
    return [row for row in rows if len(row.rules) == 1 and bytes(row.key_token) in wanted]


def ask(run: ImportRun, *, by: User, reason: str = "") -> ImportRun:
    """Undo a run: a short one at once, a long one by the worker, who tells how far it is."""
    powers.require(by, Power.APPROVE_IMPORTS, run.area_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        touched = Record.objects.filter(Q(run=run) | Q(ended_run=run))
        if not touched[AT_ONCE : AT_ONCE + 1]:
            return roll_back_run(run, by=by, reason=reason)
        run = ImportRun.objects.select_for_update(of=("self",)).select_related("source").get(
            pk=run.pk
        )  # fmt: skip
        if not _has_changed(run):
            raise NothingToUndo
        if not run.is_undoing:
            _note(run, {"code": "UNDOING", "reason": reason[:200]})
            receiving.start_undoing(run, by)
    return run


def carry_out(run_id: UUID, by_id: UUID) -> None:
    """Undo a run that a person asked to be undone; safe to repeat."""
    with progress.held(run_id, keep=True) as teller:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            run = ImportRun.objects.get(pk=run_id)
            by = User.objects.get(pk=by_id)
        asked = next((note for note in run.notes if note["code"] == "UNDOING"), None)
        if teller is None or asked is None:
            return
        try:
            roll_back_run(
                run, by=by, reason=asked["reason"],
                told=lambda percent, words: teller.tell(State.DONE, percent, words=words),
            )  # fmt: skip
        except Exception:
            with rowsecurity.acting(rowsecurity.SYSTEM):
                _note(run, {"code": "UNDO_FAILED"})
            raise


def _note(run: ImportRun, *notes: dict[str, str]) -> None:
    """Say at a run how undoing stands, in the place of what was said before."""
    others = [note for note in run.notes if note["code"] not in ("UNDOING", "UNDO_FAILED")]
    run.notes, run.progress, run.message = [*others, *notes], 0, ""
    run.save(update_fields=["notes", "progress", "message"])


@transaction.atomic
def roll_back_run(
    run: ImportRun,
    *,
    by: User | None,
    reason: str = "",
    told: Callable[[int, str], None] | None = None,
) -> ImportRun:
    """Undo a whole run; later deliveries keep what they said, and files follow.

    Who is `told` how far it is holds the run already; a lock on its row would silence the telling.
    """
    if by is not None:
        powers.require(by, Power.APPROVE_IMPORTS, run.area_code)
    say = told or (lambda _percent, _words: None)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        runs = ImportRun.objects.select_related("source")
        run = (runs if told else runs.select_for_update()).get(pk=run.pk)
        say(2, _("Comparing with later deliveries"))
        made = plan(run)
        say(15, _("Bringing earlier versions back"))
        _write(made)
        _settle_bad_rows(run, by)
        event = RunRolledBack(
            run.pk, run.source.target, [*made.goes, *(echo for echo, _r, _k in made.echoes)],
            made.restored,
            withdrawn=[old for old, _run in made.withdrawn],
            followed=made.followed, since=made.since,
            progress=lambda percent, words: say(30 + percent * 65 // 100, words),
        )  # fmt: skip
        bus.publish(event)
        run.state, run.finished_at = State.ROLLED_BACK, timezone.now()
        run.save(update_fields=["state", "finished_at"])
        _note(run)
        audit.record(
            "exchange.run.rolled_back", by=by, subject_kind="import_run", subject_id=run.pk,
            area_code=run.area_code, reason=reason, removed=len(made.goes),
            rows=made.counts,
        )  # fmt: skip
        resending.send_again(made.outpaced)
    return run


def _write(made: Plan) -> None:
    """Write the fates; a version goes before the one before it comes back."""
    run = made.run.pk
    _end([(each, run) for each in made.goes], Record.State.WITHDRAWN)
    _end([(echo, its_run) for echo, its_run, _key in made.echoes], Record.State.WITHDRAWN)
    _note_same(made)
    _execute(
        "UPDATE exchange_record r SET run_id = k.run FROM unnest(%s::uuid[], %s::uuid[])"
        " AS k(id, run) WHERE r.id = k.id",
        made.kept,
    )
    _end(made.superseded, Record.State.SUPERSEDED)
    _end(made.withdrawn, Record.State.WITHDRAWN)
    Record.objects.filter(pk__in=made.restored).update(state=Record.State.CURRENT, ended_run=None)


def _note_same(made: Plan) -> None:
    """Note at the later deliveries that they now bring a row unchanged."""
    keys: dict[UUID, list[bytes]] = defaultdict(list)
    for _echo, run, key in made.echoes:
        keys[run].append(key)
    for trace in RunTrace.objects.filter(run__in=keys):
        trace.same_keys = bytes(trace.same_keys) + storing.packed_keys(keys[trace.run_id])
        trace.save(update_fields=["same_keys"])


def _end(pairs: Sequence[tuple[UUID, Any]], state: str) -> None:
    _execute(
        "UPDATE exchange_record r SET state = %s, ended_run_id = k.run"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS k(id, run) WHERE r.id = k.id",
        pairs, state,
    )  # fmt: skip


def _execute(statement: str, pairs: Sequence[tuple[UUID, Any]], *first: str) -> None:
    if pairs:
        ids, runs = zip(*pairs, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(statement, [*first, list(ids), list(runs)])


def _settle_bad_rows(run: ImportRun, by: User | None) -> None:
    """Dismiss what the run kept out; a row that only it had mended is open again."""
    run.bad_rows.filter(state=QuarantinedRow.State.OPEN).update(
        state=QuarantinedRow.State.DISMISSED, closed_by=by
    )
    for row in run.mended_rows.exclude(key_token=b"").only("pk", "key_token"):
        later = Record.objects.filter(
            source=run.source_id, key_token=row.key_token, run__state=State.DONE,
            run__finished_at__gt=run.finished_at or run.created_at,
        ).order_by("run__finished_at").values_list("run", flat=True).first()  # fmt: skip
        if later is not None:
            QuarantinedRow.objects.filter(pk=row.pk).update(closed_by_run=later)
    run.mended_rows.update(state=QuarantinedRow.State.OPEN, closed_by_run=None)
