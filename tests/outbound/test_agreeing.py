"""Where it rests on consent, a party outside hears only of children whose guardians agree to it."""

from typing import Any

import pytest
from django.utils import timezone

from qianshou.outbound.actions import exporting, receivers, sending
from qianshou.outbound.models import Delivery, Receiver
from qianshou.outbound.queries import receivers as queries
from qianshou.outbound.rules import kinds
from qianshou.registry.models import Child
from tests import make, make_consents, make_pairing
from tests.outbound.conftest import a_receiver, agreed
from tests.outbound.test_exporting import REASON, table, taker
from tests.outbound.test_sending import happens

pytestmark = pytest.mark.django_db
PARTY = "市级平台"


def by_consent(receiver: Receiver) -> Receiver:
    """Let what a receiver hears rest on the consent of guardians."""
    plain = agreed()
    held = receivers.Agreement(plain.told, plain.basis, plain.valid_until, "CONSENT")
    return receivers.change(receiver, by=make.a_user("fed_city", area=make.CITY), agreed=held)


def share(child: Child, *, given: bool = True, party: str = PARTY) -> None:
    parties = [party] if given else []
    make_consents.a_consent(child, purpose="SHARING", given=given, parties=parties)


def two() -> tuple[Child, Child]:
    """One child whose guardian agrees to the party, and one who agreed to another."""
    yes, other = make_pairing.a_child(), make_pairing.a_child()
    share(yes)
    share(other, party="县人民医院")
    return yes, other


def told(children: Any) -> list[str]:
    receiver = a_receiver(code="county", area=make.COUNTY)
    for child in children:
        happens(child=child.pk)
    by_consent(receiver)
    sending.hand_out()
    found, following = queries.collected_for(
        make.a_user("clerk", "data_taker"), "county", after=0, most=10
    )
    assert following > 0
    return [each["subject"] for each in found]


def test_receiver_that_collects_hears_of_agreeing_children_alone():
    yes, other = two()

    assert told([yes, other]) == [f"children/{yes.pk}"]


def test_receiver_under_a_duty_of_law_hears_of_all():
    """The negative control: without the basis of consent both messages are there."""
    yes, other = two()
    a_receiver(code="county", area=make.COUNTY)
    for child in (yes, other):
        happens(child=child.pk)
    sending.hand_out()

    found, _ = queries.collected_for(make.a_user("clerk", "data_taker"), "county", after=0, most=10)
    assert len(found) == 2


def test_called_receiver_is_handed_and_sent_agreeing_children_alone(system):
    yes, other = two()
    by_consent(a_receiver(system.url))
    for child in (yes, other):
        happens(child=child.pk)
    sending.hand_out()
    assert list(Delivery.objects.values_list("child", flat=True)) == [yes.pk]

    assert sending.send_all() == 1
    assert [each["subject"] for each in system.events] == [f"children/{yes.pk}"]


def test_yes_taken_back_before_the_call_holds_the_message_back(system):
    yes, _other = two()
    by_consent(a_receiver(system.url))
    happens(child=yes.pk)
    sending.hand_out()
    share(yes, given=False)

    assert sending.send_all() == 0
    assert system.events == []
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("party", "rows"), [(PARTY, 1), ("", 2), ("无此单位", 0)])
def test_export_for_a_party_holds_agreeing_children_alone(party, rows):
    two()
    by = taker()
    given = {"by": by, "dataset": "CHILDREN", "area_code": make.COUNTY, "reason": REASON}
    if not rows:
        with pytest.raises(exporting.NothingThere):
            exporting.ask(**given, party=party)
        return

    export = exporting.ask(**given, party=party)
    exporting.make(export.pk)
    export.refresh_from_db()

    assert (export.rows, export.party) == (rows, party)
    assert table(export, by).num_rows == rows


def test_yes_taken_back_before_the_file_is_written_is_not_in_it():
    yes, _other = two()
    by = taker()
    export = exporting.ask(
        by=by, dataset="CHILDREN", area_code=make.COUNTY, reason=REASON, party=PARTY
    )
    share(yes, given=False)

    exporting.make(export.pk)
    export.refresh_from_db()

    assert (export.state, export.rows) == ("READY", 0)


def test_ground_that_nobody_knows_is_refused():
    plain = agreed(kinds.CHANGED)
    with pytest.raises(receivers.BadReceiver):
        receivers.Agreement(plain.told, plain.basis, timezone.localdate(), "WISH").check()
