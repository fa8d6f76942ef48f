"""A day of care: a mother on her phone, and the county worker who sees what came and what did not.

Each page is looked at with large text, at the width of an old phone and at that of a desk.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.journeys.steps import address, press, send, today_here

pytestmark = pytest.mark.browser
NOTE = "今天她把新学的歌唱给我听，说周末想一起去看外婆"
DONE = "和孩子一起做了，奶奶也在"


@contextmanager
def with_large_text(sign_in, person: str, *, phone: bool = False):
    """Sign in as somebody who has chosen large text."""
    with sign_in(person) as visitor:
        large = {"name": "text", "value": "large", "url": visitor.site.address}
        visitor.page.context.add_cookies([large])
        if phone:
            visitor.take_phone()
        visitor.open("/")
        yield visitor


def log_a_contact(mother) -> tuple[str, str]:
    """Log a call with a note; return the pair's number and what she calls the child."""
    page = mother.page
    mother.look("her-day")
    button = page.locator("main a[href$='/log/']").first
    pair = button.get_attribute("href").split("/")[3]
    name = page.locator(f".card:has(a[href*='{pair}']) :is(h2, h3)").first.inner_text()
    button.click()
    page.wait_for_url("**/log/")
    mother.look("her-log")
    page.locator("[name=kind][value=CALL]").check()
    page.locator("[name=note]").fill(NOTE)
    press(page, ".care-log button.main")
    assert page.locator(".toast").count()
    return pair, name.strip()


def tick_an_item(mother, pair: str) -> None:
    """Tick the first item of the checklist that waits for her hand."""
    page = mother.page
    mother.open("/plans/mine/")
    mother.look("her-checklist")
    mother.open(f"/plans/pairs/{pair}/")
    press(page, f"a[href^='/plans/pairs/{pair}/tick/']")
    mother.look("her-tick")
    page.locator("[name=note]").fill(DONE)
    send(page)
    assert page.locator(".toast").count()


def read_the_contact(county) -> None:
    """Find the contact at the top of the list, open it, and tell her that it was read."""
    page = county.page
    county.open("/care/contacts/")
    press(page, "tbody th a")
    assert page.locator(".care-note").inner_text() == NOTE
    county.look("county-contact")
    page.locator("[name=kind][value=READ]").check()
    send(page)


def see_the_silent(county) -> None:
    """See who was not in touch this week, for how long, and why that matters."""
    page = county.page
    assert county.open("/care/overdue/") == 200
    county.look("county-overdue")
    rows = page.locator("tbody tr")
    assert rows.count()
    why = rows.first.locator("td").filter(has=page.locator(".grade"))
    assert len(why.first.inner_text().strip()) > len("高风险")


def find_the_child(county, pair: str, name: str) -> str:
    """Search the children by the name she calls the child, and open its file."""
    page = county.page
    county.open(f"/children/?q={name}")
    files = [each.get_attribute("href") for each in page.locator("tbody a[data-open]").all()]
    for file in files:
        county.open(file)
        if page.locator(f"main a[href='/plans/pairs/{pair}/']").count():
            county.look("county-file")
            return file
    pytest.fail(f"None of the {len(files)} files of {name} leads to the plan of the pair")


def open_the_plan(county, pair: str) -> None:
    """Open the plan, see the tick in it, and open the child's goal, or write one down."""
    page = county.page
    press(page, f"main a[href='/plans/pairs/{pair}/']")
    county.look("county-plan")
    assert page.locator("form[action*='/plans/ticks/']").count()
    goal = page.locator("main a[href^='/plans/goals/']")
    if goal.count():
        press(page, "main a[href^='/plans/goals/']")
    else:
        press(page, "main a[href$='/goal/']")
        page.locator("[name=aim]").fill("每天给外婆读一页书")
        page.locator("[name=measure]").fill("书签每天往后走一页")
        page.locator("[name=until]").fill((today_here() + timedelta(days=60)).isoformat())
        page.locator("[name=words]").fill("我想读给外婆听")
        send(page)
    assert "/plans/goals/" in address(page)
    county.look("county-goal")


def plan_a_visit(county, file: str) -> None:
    """Plan a visit to the child's home for tomorrow; the mother goes along."""
    page = county.page
    county.open(file)
    press(page, "main a[href^='/visits/plan/']")
    county.look("county-plan-visit")
    page.locator("[name=on]").fill((today_here() + timedelta(days=1)).isoformat())
    page.locator("[name=mother]").check()
    page.locator("[name=anyway]").fill("孩子想让阿姨一起来看她的画")
    send(page)
    assert "/visits/planned/" in address(page)
    county.look("county-visits")


def see_a_wish(county) -> None:
    """Open the first small wish of the list."""
    county.open("/wishes/")
    press(county.page, "tbody a[data-open]")
    county.look("county-wish")


def hear_back(mother) -> None:
    """Her note was read, and the visit stands on her list."""
    page = mother.page
    assert page.get_by_text("您的备注已有人看过").count()
    assert page.locator("main a[href^='/visits/']").count()
    mother.look("her-day-after")
    mother.open("/visits/mine/")
    assert page.locator("main .card a[href^='/visits/']").count()


def test_a_day_of_care_from_her_phone_to_the_county_and_back(site, sign_in):
    before = len(site.flaws)
    with with_large_text(sign_in, "mother", phone=True) as mother:
        pair, name = log_a_contact(mother)
        tick_an_item(mother, pair)
    with with_large_text(sign_in, "county") as county:
        read_the_contact(county)
        see_the_silent(county)
        file = find_the_child(county, pair, name)
        open_the_plan(county, pair)
        plan_a_visit(county, file)
        see_a_wish(county)
    with with_large_text(sign_in, "mother", phone=True) as mother:
        hear_back(mother)
    assert site.flaws[before:] == []
