"""The whole road: a woman applies on her phone, is paired, cared for, leaves; the child goes on."""

from contextlib import contextmanager

import pytest

from tests.journeys import applying, bonding, caring
from tests.journeys.conftest import Visitor
from tests.journeys.steps import Road

# One worker lives all journeys: they share one served county.
pytestmark = pytest.mark.browser

ROOMS = {
    "county": (
        "/recruitment/", "/recruitment/lists/", "/recruitment/rules/", "/bonds/text/",
        "/bonds/ceremonies/", "/consents/", "/consents/texts/", "/consents/texts/MATCHING/",
        "/support/digest/", "/support/endings/", "/support/complaints/", "/support/transfers/",
        "/support/schedule/", "/mothers/care/", "/mothers/verify/", "/care/contacts/",
        "/care/overdue/", "/care/held/", "/care/phones/", "/care/disputed/", "/messages/",
    ),
    "mother": (
        "/care/", "/care/my-phones/", "/messages/",
    ),
}  # fmt: skip
DETAILS = (
    "/bonds/ceremonies/", "/support/complaints/", "/support/transfers/", "/mothers/care/",
    "/care/contacts/", "/care/phones/",
)  # fmt: skip


@pytest.fixture
def phone(chromium, site):
    """Return a way to take a phone into the hand that belongs to nobody who has an account."""

    @contextmanager
    def in_hand():
        context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=True)
        page = context.new_page()
        page.set_default_timeout(90_000)
        visitor = Visitor(page, site)
        visitor.take_phone()
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        yield visitor
        context.close()

    return in_hand


def look_into(sign_in) -> None:
    """Look at the rooms that the road has not passed, and at one thing in each."""
    for person, paths in ROOMS.items():
        with sign_in(person) as visitor:
            for path in paths:
                assert visitor.open(path) == 200, path
                visitor.look(person + path.replace("/", "-"))
                one = visitor.page.locator("tbody a[data-open]")
                if path in DETAILS and one.count():
                    visitor.open(one.first.get_attribute("href"))
                    visitor.look(person + path.replace("/", "-") + "one")


def apply(sign_in, phone, road: Road) -> None:
    """From the campaign's poster to a mother who may have a child."""
    with sign_in("clerk") as clerk:
        applying.read_the_campaign(clerk, road)
        with phone() as her:
            applying.begin_on_a_phone(her, road)
        with phone() as her:
            applying.go_on_by_code(her, road)
        applying.find_the_application(clerk, road)
        applying.screen(clerk, road)
        applying.hear_and_interview(clerk, road)
        applying.train(clerk)
        with phone() as her:
            applying.sign_on_her_phone(her, road)
        applying.let_her_begin(clerk, sign_in, road)


def become_a_pair(sign_in, phone, road: Road) -> None:
    """From the proposal to the first meeting."""
    with sign_in("town") as town:
        bonding.propose_by_hand(town, road)
    with sign_in("county") as county:
        bonding.offer_it(county, road)
        with phone() as guardian:
            bonding.guardian_says_yes(guardian, road)
        bonding.child_agrees(county, road)
        with phone() as guardian:
            bonding.guardian_signs(guardian, road)
        bonding.sign_and_meet(county, road)


def test_the_whole_road_from_an_application_to_a_farewell(site, sign_in, phone):
    road, before = Road(), len(site.flaws)
    bonding.on_her_own_phone(sign_in)
    with sign_in("town") as town:
        bonding.choose_a_child(town, road)
    apply(sign_in, phone, road)
    become_a_pair(sign_in, phone, road)
    with sign_in("county") as county:
        caring.support_the_pair(county, road)
        caring.she_leaves(county, road)
        caring.new_mother_proposed(county, road)
        caring.say_goodbye(county, road)
        caring.approve_her(county, road)
        caring.certify(county, phone)
        caring.look_at_forms(county)
    bonding.consent_from_afar(sign_in, phone)
    look_into(sign_in)
    assert site.flaws[before:] == []
