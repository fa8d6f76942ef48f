"""A county steers a plan: why not her, veto, repair, what if, approve in bulk, follow back."""

import re

import pytest

# One worker lives all journeys: they share one served county.
pytestmark = pytest.mark.browser


def ask_why_not_her(coordinator) -> str:
    """Open the run, then a pair, and ask about another mother; return the pair's page."""
    page = coordinator.page
    coordinator.open("/pairing/")
    rows = page.locator("tbody a[data-open]")
    runs = [row.get_attribute("href") for row in rows.all()]
    # The newest may be one that another journey has decided whole.
    to_decide = page.get_by_role("link", name=re.compile("决定 .* 对"))
    for run in runs:
        coordinator.open(run)
        if to_decide.count():
            break
    to_decide.click()
    page.locator("tbody a[data-open]").first.click()
    page.wait_for_url("**/proposals/*/")
    proposal = page.url
    page.get_by_label("爱心妈妈姓名").fill("w")
    page.get_by_role("button", name="询问").click()
    page.wait_for_load_state()
    assert page.locator(".card-title").count() > 2
    page.goto(proposal)
    return proposal


def veto(coordinator) -> str:
    """Look at what a veto would move, confirm it, and see it done; return the act's page."""
    page = coordinator.page
    page.locator("a[href*='act=VETO']").first.click()
    page.wait_for_url("**/steer/**")
    coordinator.look("veto")
    foreseen = page.locator("tbody tr").all_inner_texts()
    page.locator("select[name=reason_code]").select_option("CONFLICT")
    page.locator("input[name=reason]").fill("两家有矛盾")
    page.locator("form.form button.main").click()
    page.wait_for_url("**/steering/*/")
    coordinator.look("steered")
    done = page.locator("section.section").first.locator("tbody tr").all_inner_texts()

    assert foreseen
    assert sorted(done) == sorted(foreseen)
    return page.url


def repair(coordinator) -> None:
    """A mother goes on leave; the run's page says so, and one press repairs the plan."""
    page = coordinator.page
    page.locator("a[href*='state=OPEN']").click()
    page.wait_for_url("**/pairs/**")
    run = page.url.partition("pairs/")[0]
    page.locator("tbody a[data-open]").last.click()
    page.wait_for_url("**/proposals/*/")
    page.locator(".card-title a").nth(1).click()
    page.wait_for_url("**/mothers/**")
    page.locator("a[href='#pause']").click()
    page.locator("#pause-reason").fill("外出务工三个月")
    page.locator("#pause-reason").press("Enter")
    page.locator("a[href='#resume']").wait_for()
    page.goto(run)
    coordinator.look("changed-since")
    page.locator("form[action$='/repair/'] button").click()
    page.get_by_text("已证明：没有更好的方案").wait_for(timeout=120_000)
    coordinator.look("repaired")
    page.locator("a[href$='/moves/']").click()
    page.wait_for_url("**/moves/")
    coordinator.look("moves")

    assert page.locator("tbody tr").count() >= 1


def try_out(coordinator) -> None:
    """Move a slider with the keyboard; the answer follows, and the last question wins."""
    page = coordinator.page
    coordinator.open("/pairing/what-if/")
    for _ in range(4):
        page.locator("input[name=distance]").press("ArrowRight")
    page.locator("#what-if table").first.wait_for(timeout=60_000)
    page.wait_for_function(
        "new URLSearchParams(location.search).get('distance') === '140'"
        " && !document.querySelector('[aria-busy]')"
    )
    coordinator.look("what-if-slider")


def approve_in_bulk(coordinator) -> str:
    """Approve two pairs at once; return the page of a child among them."""
    page = coordinator.page
    coordinator.open("/pairing/")
    rows = page.locator("tbody a[data-open]")
    runs = [row.get_attribute("href") for row in rows.all()]
    # The newest may be one that another journey has decided whole.
    to_decide = page.get_by_role("link", name=re.compile("决定 .* 对"))
    for run in runs:
        coordinator.open(run)
        if to_decide.count():
            break
    to_decide.click()
    for tick in page.get_by_role("checkbox", name=re.compile("选")).all()[1:3]:
        tick.check()
    page.get_by_role("button", name="批准勾选的结对").click()
    page.get_by_text("已批准 2 对").wait_for()
    coordinator.open("/pairing/pairs/")
    page.locator("tbody a[data-open]").first.click()
    page.wait_for_url("**/children/*/")
    return page.url


def follow_back(coordinator) -> None:
    """Go from the child's page to the decision, its run, its policy and its certificate."""
    page = coordinator.page
    page.locator("a[href*='/pairing/proposals/']").first.click()
    page.wait_for_url("**/proposals/*/")
    coordinator.look("decision")
    decision = page.url
    page.locator("a[href*='/pairing/policies/']").first.click()
    page.wait_for_url("**/policies/*/")
    page.goto(decision)
    with page.expect_download() as download:
        page.locator("form[action$='/certificate/'] button").click()
    assert download.value.suggested_filename.startswith("certificate-")
    page.locator("main a[href*='/pairing/runs/']:not([href*='pairs'])").last.click()
    page.wait_for_url("**/runs/*/")


def test_a_county_steers_a_plan_and_follows_a_decision_back(site, sign_in):
    with sign_in("county") as coordinator:
        ask_why_not_her(coordinator)
        act = veto(coordinator)
        repair(coordinator)
        try_out(coordinator)
        approve_in_bulk(coordinator)
        follow_back(coordinator)
    with sign_in("city") as city:
        # The city sees figures, no pairs.
        assert city.page.goto(act).status == 404
        city.complaints.clear()
        assert city.open("/pairing/what-if/") == 200
        city.look("what-if-city")
    assert site.flaws == []
