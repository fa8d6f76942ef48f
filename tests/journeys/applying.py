"""From a campaign's poster to a mother who may have a child."""

import re
from datetime import date, timedelta

from tests.journeys.steps import NAME, Road, address, keep, open_form, press, send, today_here

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CODE = re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4})+$")


def number_of(county: str, birth: date) -> str:
    """Return an invented woman's identity number with its check character."""
    stem = f"{county}{birth:%Y%m%d}688"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def read_the_campaign(clerk, road: Road) -> None:
    """Look at the campaigns and take the address that a poster shows."""
    clerk.open("/recruitment/campaigns/")
    clerk.look("campaigns")
    clerk.page.locator("tbody a[data-open]").first.click()
    clerk.page.wait_for_url("**/campaigns/*-*/")
    clerk.look("campaign")
    said = clerk.page.locator("main").inner_text()
    road.slug = re.search(r"/apply/to/([\w-]+)/", said)[1]
    code = clerk.page.request.get(clerk.page.url + "code.svg")
    assert code.ok
    assert b"<svg" in code.body()


def begin_on_a_phone(her, road: Road) -> None:
    """Open the campaign's page without an account, begin, and note the code."""
    page = her.page
    assert her.open(f"/recruitment/apply/to/{road.slug}/") == 200
    shown = page.evaluate("Date.now()")
    her.look("call")
    page.wait_for_function("since => Date.now() - since > 3100", arg=shown)
    send(page)
    road.code = page.locator("#code").inner_text()
    assert CODE.match(road.code)
    her.look("code")
    press(page, "main a.button.main")
    her.look("apply-who")


def go_on_by_code(her, road: Road) -> None:
    """Take another phone, write the code, and fill in the steps; a wrong number is told apart."""
    page = her.page
    her.open("/recruitment/apply/")
    her.look("resume")
    page.locator("[name=code]").fill(road.code.lower())
    send(page)
    her.look("own-draft")
    her.open("/recruitment/apply/mine/place/")
    page.locator("[name=town]").select_option(label=road.town)
    county = page.locator("[name=town]").input_value()[:6]
    send(page)
    her.open("/recruitment/apply/mine/who/")
    page.locator("[name=name]").fill(NAME)
    number = number_of(county, date(1980, 5, 17))
    page.locator("[name=phone]").fill("15499990123")
    page.locator("[name=id_number]").fill(number[:-1] + ("1" if number[-1] == "0" else "0"))
    send(page)
    assert page.locator(".error-summary, [role=alert]").first.is_visible()
    her.look("apply-wrong-number")
    page.locator("[name=id_number]").fill(number)
    send(page)
    fill_in_the_rest(her)


def fill_in_the_rest(her) -> None:
    """Answer the later steps and hand in."""
    page = her.page
    her.open("/recruitment/apply/mine/place/")
    her.look("apply-place")
    page.locator("[name=address]").fill("3组")
    page.locator("[name=years]").fill("12")
    send(page)
    her.look("apply-life")
    page.locator("[name=education]").select_option("大专")
    page.locator("[name=categories]").first.check()
    send(page)
    her.look("apply-offer")
    for name in ("WEEKEND", "HOLIDAY"):
        page.locator(f"[name=times][value={name}]").check()
    for language in page.locator("[name=languages]").all():
        language.check()
    page.locator("[name=interests]").fill("阅读，种花")
    page.locator("[name=travel_km]").fill("60")
    send(page)
    her.look("apply-questions")
    yes = {"healthy", "family_agrees", "care_experience", "one_year"}
    names = {each.get_attribute("name") for each in page.locator("form.form [type=radio]").all()}
    for name in names:
        page.locator(f"[name={name}][value={'yes' if name in yes else 'no'}]").check()
    send(page)
    her.look("apply-check")
    page.locator("[name=agreed]").check()
    send(page)
    her.look("own-handed-in")


def find_the_application(clerk, road: Road) -> None:
    """Search the list for the new applicant and take her up."""
    page = clerk.page
    clerk.open(f"/recruitment/?q={NAME}")
    clerk.look("applications-found")
    page.locator("tbody a[data-open]").first.click()
    page.wait_for_url("**/applications/*/")
    road.application = address(page)
    clerk.look("application")
    press(page, "button[value=take_up]")
    press(page, "button[value=find_eligible]")


def screen(clerk, road: Road) -> None:
    """Ask both queries and enter their answers; a renamed program is refused as a certificate."""
    page = clerk.page
    for option in range(2):
        form = open_form(page, "/check/")
        form.locator("[name=kind]").select_option(index=option)
        keep(page, form)
    for certificate in (b"MZ\x90\x00 no certificate", b""):
        form = open_form(page, "/checks/")
        form.locator("[value=CLEAR]").check()
        if certificate:
            file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": certificate}
            form.locator("[type=file]").set_input_files(file)
        keep(page, form)
        if certificate:
            assert form.locator(".error-summary, [role=alert]").first.is_visible()
            clerk.complaints.clear()
            clerk.look("application-renamed-program")
            clerk.open(road.application)
    form = open_form(page, "/checks/")
    form.locator("[value=CLEAR]").check()
    keep(page, form)
    press(page, "button[value=find_clear]")


def hear_and_interview(clerk, road: Road) -> None:
    """Note two references and hold the interview by the form of the rules."""
    page = clerk.page
    for relation in ("邻居", "同事"):
        form = open_form(page, "/reference/")
        form.locator("[name=relation]").fill(relation)
        form.locator("[name=verdict]").select_option("FOR")
        form.locator("[name=said]").fill("热心，对孩子有耐心。")
        keep(page, form)
    press(page, "button[value=hear_references]")
    page.goto(clerk.site.address + road.application + "interview/")
    clerk.look("interview")
    for name in {each.get_attribute("name") for each in page.locator("[type=radio]").all()}:
        good = page.locator(f"[name={name}][value='5'], [name={name}][value=yes]")
        (good if good.count() else page.locator(f"[name={name}][value=YES]")).first.check()
    for text in page.locator("form.form textarea").all():
        text.fill("讲得清楚，边界感好。")
    send(page)
    press(page, "button[value=pass_interview]")


def train(clerk) -> None:
    """Enter a session that took place, and attest that she was at it and at three before."""
    page = clerk.page
    clerk.open("/recruitment/training/")
    clerk.look("sessions")
    page.locator("details.fold summary").first.click()
    page.locator("[name=held_on]").fill((today_here() - timedelta(days=1)).isoformat())
    page.locator("[name=hours]").fill("3")
    page.locator("[name=place]").fill("区妇女儿童活动中心")
    send(page)
    clerk.look("session")
    tick_her(page)
    clerk.open("/recruitment/training/")
    paths = [each.get_attribute("href") for each in page.locator("tbody a[data-open]").all()]
    for path in paths[1:4]:
        clerk.open(path)
        tick_her(page)


def tick_her(page) -> None:
    """Attest that the new applicant was there."""
    page.locator("tr").filter(has_text=NAME).locator("[name=pick]").check()
    press(page, "main form button.main")


def sign_on_her_phone(her, road: Road) -> None:
    """Sign the four commitments; another name than hers is not taken."""
    page = her.page
    her.open("/recruitment/apply/")
    page.locator("[name=code]").fill(road.code)
    send(page)
    her.look("own-to-sign")
    forms = page.locator("form[action*='/sign/']")
    assert forms.count() == 4
    for name in ("覃桂芬", NAME, NAME, NAME, NAME):
        form = forms.first
        form.locator("[name=name]").fill(name)
        form.locator("[name=read]").check()
        keep(page, form)
    assert forms.count() == 0
    her.look("own-signed")


def let_her_begin(clerk, sign_in, road: Road) -> None:
    """The clerk finds all done; the county approves and lets her begin; her file says ready."""
    clerk.open(road.application)
    press(clerk.page, "button[value=commit]")
    with sign_in("county") as county:
        page = county.page
        county.open(road.application)
        press(page, "button[value=approve]")
        press(page, "button[value=activate]")
        county.look("application-active")
        press(page, "main a[href^='/mothers/']")
        road.mother = address(page)
        assert page.locator("h1").inner_text().startswith(NAME)
        county.look("mother-new")
