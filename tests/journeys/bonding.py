"""From a proposal by hand to the first meeting, and a guardian's consent from afar."""

import re

from tests.journeys.steps import NAME, PDF, Road, address, keep, press, send, today_here

OLD_ENOUGH = 8


def choose_a_child(town, road: Road) -> None:
    """Take a child of eight or more who waits for a decision about its proposed mother."""
    page = town.page
    town.open("/pairing/")
    page.locator("tbody a[data-open]").first.click()
    page.wait_for_url("**/runs/*/")
    town.open(f"{address(page)}pairs/?state=OPEN")
    for row in page.locator("tbody tr").all():
        age = re.search(r"(\d+) ?岁", row.locator("th").inner_text())
        if age and int(age[1]) >= OLD_ENOUGH:
            row.locator("a[data-open]").click()
            break
    page.wait_for_url("**/proposals/*/")
    page.locator("main a[href*='/children/']").first.click()
    page.wait_for_url("**/children/*/")
    road.child = address(page)
    road.town = re.search(r"^  town .* · (.+)$", town.site.report, re.MULTILINE)[1]


def propose_by_hand(town, road: Road) -> None:
    """Propose the new mother to the child, with the reason."""
    page = town.page
    town.open(road.child)
    press(page, "a[href*='/bonds/propose/']")
    town.look("propose")
    town.open(f"{address(page)}?q={NAME}")
    page.locator("[name=mother]").first.check()
    page.locator("form.form [name=reason]").fill("同村邻居，孩子常到她家看书")
    send(page)
    road.pair = address(page)
    assert "/bonds/pairs/" in road.pair
    town.look("pair-proposed")


def offer_it(county, road: Road) -> None:
    """Another person reviews, offers it to the mother, notes her yes, and makes the link."""
    page = county.page
    county.open("/bonds/")
    county.look("road")
    county.open(road.pair)
    press(page, "form[action$='/review/'] button")
    press(page, "form[action$='/offer/'] button")
    county.look("pair-offered")
    answer(county, "yes", "愿意")
    county.look("pair-guardian")
    road.link = make_link(county)
    county.look("pair-link")


def answer(staff, said: str, words: str) -> None:
    """Note an answer on the page of a pair."""
    form = staff.page.locator("form[action$='/answer/']")
    form.locator(f"[name=said][value={said}]").check()
    form.locator("[name=words]").fill(words)
    keep(staff.page, form)


def make_link(staff) -> str:
    """Make the guardian's one-time link and return its path."""
    press(staff.page, "form[action$='/link/'] button[value='0']")
    said = staff.page.locator("code.breakable").inner_text()
    return re.search(r"/bonds/g/[^/\s]+/", said)[0]


def guardian_says_yes(guardian, road: Road) -> None:
    """The guardian opens the link at 360 px, says yes; the link does not open again."""
    page = guardian.page
    assert guardian.open(road.link) == 200
    guardian.look("link-offer")
    page.locator("[name=said][value=yes]").check()
    send(page)
    guardian.look("link-done")
    assert guardian.open(road.link) == 409
    guardian.look("link-over")


def child_agrees(county, road: Road) -> None:
    """Note what the child says in its own words."""
    county.open(road.pair)
    county.look("pair-child")
    county.page.locator("[name=mood]").select_option("GLAD")
    answer(county, "yes", "我想和阿姨一起看书")
    county.look("pair-agreement")
    road.link = make_link(county)


def guardian_signs(guardian, road: Road) -> None:
    """The guardian reads the agreement on the phone and signs."""
    assert guardian.open(road.link) == 200
    guardian.look("link-agreement")
    send(guardian.page)
    guardian.look("link-signed")


def sign_and_meet(county, road: Road) -> None:
    """Note the other signatures, open the agreement, plan the first meeting and hold it."""
    page, today = county.page, today_here().isoformat()
    county.open(road.pair)
    for side in ("MOTHER", "OFFICE"):
        form = page.locator("form[action$='/sign/']")
        form.locator("[name=side]").select_option(side)
        form.locator("[name=paper]").fill("结对卷 88")
        keep(page, form)
    paper = page.request.get(county.site.address + road.pair + "agreement.pdf")
    assert paper.ok
    assert paper.body().startswith(PDF)
    county.look("pair-signed")
    form = page.locator("form[action$='/plan/']")
    form.locator("[name=on]").fill(today)
    form.locator("[name=place]").fill("镇便民服务中心")
    keep(page, form)
    county.look("pair-planned")
    form = page.locator("form[action$='/meet/']")
    form.locator("[name=staff]").fill("李秀兰")
    for who in form.locator("[name=present]").all():
        who.check()
    keep(page, form)
    county.look("pair-met")


def her_own_offer(mother) -> str:
    """The demo's mother reads an offer on her phone and says yes; return her name."""
    page = mother.page
    mother.take_phone()
    assert mother.open("/mothers/mine/") == 200
    mother.look("mine")
    name = page.locator("h1").inner_text()
    press(page, "a[href*='/bonds/mine/']")
    mother.look("my-offer")
    page.locator("[name=said][value=yes]").check()
    page.locator("form.form [name=words]").fill("愿意试一试")
    send(page)
    assert address(page) == "/mothers/mine/"
    return name


def the_others_agree(county, name: str) -> None:
    """Note the yes of the guardian, and of the child where it is old enough to be asked."""
    page = county.page
    county.open(f"/mothers/?q={name}")
    press(page, "tbody a[data-open]")
    press(page, "main a[href^='/bonds/pairs/']")
    answer(county, "yes", "同意")
    if page.locator("[name=mood]").count():
        page.locator("[name=mood]").select_option("GLAD")
        answer(county, "yes", "好")


def her_signature(mother) -> None:
    """She reads the agreement on her phone, opens it as PDF, and signs."""
    page = mother.page
    mother.open("/mothers/mine/")
    press(page, "a[href*='/bonds/mine/agreement/']")
    mother.look("my-agreement")
    paper = page.request.get(f"{page.url}paper.pdf")
    assert paper.body().startswith(PDF)
    send(page)
    assert address(page) == "/mothers/mine/"
    mother.look("mine-signed")


def on_her_own_phone(sign_in) -> None:
    """What a mother with an account does herself: answer an offer, sign the agreement."""
    with sign_in("mother") as mother:
        name = her_own_offer(mother)
        with sign_in("county") as county:
            the_others_agree(county, name)
        her_signature(mother)


def ask_for_consent(county) -> tuple[str, str]:
    """Ask a guardian from afar; return the link's path and what the guardian knows by heart."""
    page = county.page
    county.open("/consents/?kind=WAITING")
    county.look("consents-waiting")
    press(page, "tbody a[data-open]")
    child = re.search(r"[0-9a-f-]{36}", page.url)[0]
    county.look("consents-child")
    press(page, "a[href$='/ask/']")
    county.look("consents-ask")
    first = page.locator("label:has([name=stands]), [name=stands] + label").first
    guardian = first.inner_text().partition(" · ")[0].strip()
    page.locator("[name=stands]").first.check()
    send(page)
    county.look("consents-asked")
    link = re.search(r"/c/[^/\s]+/", page.locator("p.code").inner_text())[0]
    county.open(f"/children/{child}/family/")
    card = page.locator(".card").filter(has_text=guardian)
    folded = card.locator(".folded").last
    folded.locator("summary").click()
    folded.locator("[name=reason]").fill("核对签署人身份")
    folded.locator("button").click()
    number = card.locator(".folded-value").first.inner_text()
    return link, number.strip()[-4:]


def guardian_consents(guardian, link: str, knows: str) -> None:
    """Read each text on the phone and answer; who does not know the number gets no further."""
    page = guardian.page
    assert guardian.open(link) == 200
    guardian.look("consent-check")
    for answer_, name in (("0000", "consent-wrong"), (knows, "consent-questions")):
        page.locator("[name=answer]").fill(answer_)
        send(page)
        guardian.look(name)
    for yes in page.locator("[type=radio][value=yes]").all():
        yes.check()
    send(page)
    guardian.look("consent-confirm")
    send(page)
    guardian.look("consent-signed")
    assert guardian.open(link) == 410
    guardian.look("consent-over")


def consent_from_afar(sign_in, phone) -> None:
    """A guardian far away consents by a one-time link."""
    with sign_in("county") as county:
        link, knows = ask_for_consent(county)
        with phone() as guardian:
            guardian_consents(guardian, link, knows)
