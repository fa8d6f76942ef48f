"""T19: six kinds of tampering with the trail, a hundred times each, by the database's owner."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qianshou.audit import actions, queries, rules
from qianshou.audit.rules import Link
from tests import make

TRIALS, LENGTH = 100, 40
START = datetime(2026, 11, 24, tzinfo=UTC)


def a_chain() -> list[Link]:
    """Two counties' chains as the database would have written them."""
    chain = []
    for county in ("500235", "500236"):
        prev = rules.FIRST
        for seq in range(1, LENGTH + 1):
            link = Link(county, seq, START + timedelta(minutes=seq), ("u", f"act {seq}"), prev, b"")
            link = replace(link, hash=rules.digest(link))
            chain.append(link)
            prev = link.hash
    return chain


def rehashed(chain: list[Link]) -> list[Link]:
    """Make a chain consistent again, as an administrator of the database could."""
    out: list[Link] = []
    places: dict[str, int] = {}
    for link in chain:
        prev = out[-1].hash if out and out[-1].chain == link.chain else rules.FIRST
        places[link.chain] = places.get(link.chain, 0) + 1
        link = replace(link, seq=places[link.chain], prev_hash=prev)
        out.append(replace(link, hash=rules.digest(link)))
    return out


def edit(chain, place):
    chain[place] = replace(chain[place], fields=("u", "something else"))
    return chain


def edit_and_rehash_one(chain, place):
    changed = replace(chain[place], fields=("u", "something else"))
    chain[place] = replace(changed, hash=rules.digest(changed))
    return chain


def delete(chain, place):
    del chain[place]
    return chain


def insert(chain, place):
    chain.insert(place, replace(chain[place], fields=("u", "invented")))
    return chain


def drop_the_tail(chain, place):
    county = chain[place].chain
    return [link for link in chain if link.chain != county or link.seq < chain[place].seq]


def rewrite_everything(chain, place):
    return rehashed(edit(chain, place))


TAMPERINGS: list[Callable] = [
    edit, edit_and_rehash_one, delete, insert, drop_the_tail, rewrite_everything,
]  # fmt: skip


def anchors(chain: list[Link]) -> dict[tuple[str, int], bytes]:
    return {(link.chain, link.seq): link.hash for link in chain if link.seq == LENGTH}


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_tampering_is_detected(tamper):
    dice = random.Random(7)
    detected = 0
    for _ in range(TRIALS):
        chain = a_chain()
        outside = anchors(chain)
        detected += bool(list(rules.flaws(tamper(chain, dice.randrange(1, LENGTH)), outside)))

    assert detected == TRIALS


def test_an_honest_trail_has_no_flaw():
    chain = a_chain()

    assert list(rules.flaws(chain, anchors(chain))) == []


@pytest.mark.parametrize("tamper", [drop_the_tail, rewrite_everything])
def test_without_the_anchor_a_rewritten_head_goes_unseen(tamper):
    """Negative control: it is the anchor kept outside that proves these two."""
    assert list(rules.flaws(tamper(a_chain(), 20), {})) == []


@pytest.mark.django_db
def test_the_database_writes_the_chain_that_the_rules_expect():
    for number in range(5):
        actions.record("test.act", by=make.a_worker(), area_code=make.COUNTY, number=number)
    actions.record("test.act", by=None, reason="五个字的理由", area_code=make.OTHER_COUNTY)

    assert queries.flaws() == []
    assert queries.heads()["500236"][0] == 5


@pytest.mark.django_db
def test_a_claimed_place_or_hash_is_overwritten_by_the_database():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (chain, seq, at, actor_name, act, subject_kind, subject_id,"
            " area_code, reason, details, request_id, result, prev_hash, hash) VALUES"
            " ('500236', 77, '2020-01-01', '', 'x', '', '', '', '', '{}', '', 'DONE', 'a', 'b')"
        )

    assert queries.flaws() == []


@pytest.mark.django_db
def test_an_act_without_a_place_is_part_of_the_proof():
    """Opening an account, or failing to sign in, belongs to no county."""
    actions.record("accounts.sign_in_failed", by=None, refused=True)
    actions.record("accounts.sign_in_failed", by=None, refused=True)

    assert queries.heads()["000000"][0] == 2
    assert queries.flaws() == []


@pytest.mark.django_db
def test_what_the_administrators_do_is_read_by_the_auditor():
    from qianshou.accounts import actions as accounts
    from qianshou.accounts import permissions
    from qianshou.common import rowsecurity

    auditor = make.a_user("auditor", area=make.CITY)
    administrator = make.a_user("sys_admin", area=make.CITY)
    accounts.create_account("xin", by=administrator, display_name="新人")
    with rowsecurity.acting(permissions.scope_of(auditor)):
        read = list(queries.entries_for(auditor, area_code=make.CITY))

    assert [(each.act, each.actor_id) for each in read] == [
        ("accounts.account.opened", administrator.pk)
    ]
