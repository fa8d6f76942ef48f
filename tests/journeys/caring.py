"""From the first support contact to the farewell, and the child's next mother."""

import re
from datetime import timedelta

from tests.journeys.steps import PDF, Road, address, keep, press, send, today_here


def support_the_pair(county, road: Road) -> None:
    """Write down a contact, and see the pair on the worklist of care."""
    page = county.page
    care = road.pair.replace("/bonds/", "/support/")
    county.open("/support/")
    county.look("worklist")
    assert county.open(care) == 200
    county.look("care-of-pair")
    press(page, "a[href$='/contact/CHILD/']")
    county.look("contact")
    for text in page.locator("textarea[name^=q-]").all():
        text.fill("一起看了两本书，孩子很开心")
    for scale in page.locator("select[name^=i-]").all():
        scale.select_option("4")
    send(page)
    assert address(page) == care
    county.look("care-after-contact")


def she_leaves(county, road: Road) -> None:
    """Her service ends: the farewell begins the same moment, and the duty is on the list."""
    page = county.page
    county.open(road.mother)
    county.look("mother-paired")
    page.locator("a[href='#leave']").click()
    page.locator("#leave input[name=reason]").fill("随家人迁往外地")
    keep(page, page.locator("#leave form"))
    county.open("/support/duties/")
    county.look("duties")
    county.open(road.pair.replace("/bonds/", "/support/"))
    county.look("care-ending")
    press(page, "main a[href*='/support/endings/']")


def say_goodbye(county, road: Road) -> None:
    """Take every step of the ending, talks with all sides too, and close the pairing."""
    page = county.page
    county.open(road.pair.replace("/bonds/", "/support/"))
    press(page, "main a[href*='/support/endings/']")
    ending = address(page)
    county.look("ending")
    looked = False
    while page.locator("a[href*='/support/steps/']").count():
        press(page, "a[href*='/support/steps/']")
        if not looked:
            county.look("ending-step")
            looked = True
        page.locator("[name=note]").fill("都说了想说的话")
        send(page)
    press(page, f"form[action='{ending}finish/'] button[value=close]")
    county.look("ending-over")
    assert page.locator("a[href*='/support/steps/']").count() == 0


def new_mother_proposed(county, road: Road) -> None:
    """The child has a proposed mother again: another one."""
    page = county.page
    for _ in range(30):
        county.open(road.child)
        if page.locator("main a.button[href*='/pairing/proposals/']").count():
            break
        page.wait_for_load_state("networkidle")
    county.look("child-again")
    press(page, "main a.button[href*='/pairing/proposals/']")
    assert page.locator(f"main a[href='{road.mother}']").count() == 0
    county.look("proposal-again")


def approve_her(county, road: Road) -> None:
    """Approve the proposed pair: the child's road begins anew."""
    page = county.page
    county.open(road.child)
    press(page, "main a.button[href*='/pairing/proposals/']")
    press(page, ".review-bar button[value=approve]")
    county.open(road.child)
    standing = page.locator(f"main a[href*='/bonds/pairs/']:not([href='{road.pair}'])")
    assert standing.count()
    county.look("child-paired-again")


def certify(county, phone) -> None:
    """Print the file of a mother at work, certify her hours, and let anybody check the paper."""
    page = county.page
    county.open("/support/")
    press(page, "tbody a[data-open]")
    press(page, "main a[href^='/mothers/']")
    token = page.locator("form[action$='/paper/'] [name=csrfmiddlewaretoken]").input_value()
    paper = page.request.post(
        f"{page.url}paper/", form={"csrfmiddlewaretoken": token}, headers={"referer": page.url}
    )
    assert paper.body().startswith(PDF)
    county.open(f"{address(page)}service/")
    form = page.locator("form[action$='/service/']")
    form.locator("[name=held_on]").fill((today_here() - timedelta(days=1)).isoformat())
    form.locator("[name=hours]").fill("2.5")
    keep(page, form)
    keep(page, page.locator("form[action$='/certificate/']"))
    number = re.search(r"AX[0-9A-Z-]+", page.locator(".toast").first.inner_text())[0]
    county.look("service-record")
    with phone() as anybody:
        assert anybody.open(f"/mothers/verify/{number}/") == 200
        anybody.look("certificate-checked")
        assert anybody.page.locator(".facts .code").inner_text() == number


def look_at_forms(county) -> None:
    """Look at the forms of a pair in care that the road has not needed."""
    page = county.page
    county.open("/support/")
    pair = page.locator("tbody a[data-open]").first.get_attribute("href")
    county.open(pair)
    child = page.locator("main a[href^='/children/']").first.get_attribute("href").split("/")[2]
    forms = {
        "close": f"{pair}close/", "complain": f"{pair}complain/",
        "contact-mother": f"{pair}contact/MOTHER/",
        "move-child": f"/support/children/{child}/move/",
        "consent-paper": f"/consents/children/{child}/note/",
        "assent": f"/consents/children/{child}/assent/",
        "authority": f"/consents/children/{child}/document/",
    }  # fmt: skip
    for name, path in forms.items():
        assert county.open(path) == 200
        county.look(name)
