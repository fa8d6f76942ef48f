"""Systems that may not be called collect their messages: none missed, none from elsewhere."""

from typing import Any

from django.test import Client
from django.utils import timezone

from qianshou.accounts import actions as accounts
from qianshou.accounts import permissions
from qianshou.accounts.rules import Power
from qianshou.outbound.actions import sending
from qianshou.outbound.rules import kinds
from tests import make
from tests.outbound.conftest import a_receiver
from tests.outbound.test_sending import happens

POWERS = frozenset({Power.TAKE_OUT, Power.VIEW_CHILDREN})


def a_key(*roles: str) -> str:
    """A key of an account that holds these roles in the county."""
    user = make.a_user(*roles)
    powers = sorted(POWERS & permissions.powers_of(user))
    return accounts.create_token(
        user, by=user, name="平台", powers=powers, today=timezone.localdate()
    )


def collect(key: str, **asked: Any) -> Any:
    return Client().get(
        "/api/v1/receivers/county/messages", asked, headers={"Authorization": f"Bearer {key}"}
    )


def test_messages_are_collected_in_order_and_from_any_number_on(db):
    a_receiver(code="county", area=make.COUNTY, told=(kinds.CHANGED,))
    key = a_key("clerk", "data_taker")
    children = [happens() for _ in range(3)]
    happens(kinds.STARTED)
    happens(area="500101001001")
    sending.hand_out()

    first = collect(key, limit=2).json()
    second = collect(key, after=first["next"]).json()

    subjects = [each["subject"] for each in first["messages"] + second["messages"]]
    assert subjects == [f"children/{each}" for each in children]
    assert collect(key, after=second["next"]).json() == {"messages": [], "next": second["next"]}


def test_who_may_not_take_data_out_or_see_children_collects_nothing(db):
    a_receiver(code="county", area=make.COUNTY)
    happens()
    sending.hand_out()

    assert collect(a_key("clerk")).status_code == 404
    assert collect(a_key("data_taker")).status_code == 403
    assert collect(a_key("clerk", "data_taker")).json()["messages"] != []


def test_bad_numbers_are_named(db):
    a_receiver(code="county", area=make.COUNTY)
    key = a_key("clerk", "data_taker")

    assert collect(key, after="x").status_code == 422
    assert collect(key, limit=0).status_code == 422
    assert collect(key, after=-1).status_code == 422
