"""A mandatory report in a real browser: locked, without a signal, sent before all else (T45)."""

import re

import pytest
from playwright.sync_api import expect

from qianshou.care.models import Contact
from qianshou.protection.models import Report
from tests import make_protection
from tests.care.test_phone_browser import log
from tests.web.test_fresh_browser import aside

pytestmark = pytest.mark.browser
SAID = "手上有烟头烫的疤"


def test_a_report_without_a_signal_or_a_pin_is_sealed_and_arrives_once_and_first(phone, mother):
    user, pairing = mother
    aside(make_protection.a_circle)
    hers = phone()
    page = hers.set_up(user)
    hers.lose_signal()
    hers.open(page)
    log(page, note="平常的一天")
    page.get_by_role("button", name="Report harm").click()
    expect(page.locator("#report")).to_contain_text("一诺")
    page.locator("#report").get_by_text("yes", exact=True).first.click()
    page.get_by_label("What did you see or hear?").fill(SAID)
    page.locator("[data-report-choices]").get_by_text("一诺").click()
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("[data-report-kept]")).to_be_visible()
    number = page.locator("[data-report-number]").text_content()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", number)
    hers.switch_off()
    assert hers.holds(SAID) == []

    page = hers.switch_on(offline=True)
    page.goto(f"{hers.address}/care/phone/")
    # Locked, the button still opens the page, and no child is named on it.
    page.get_by_role("button", name="Report harm").click()
    expect(page.locator("#report h1")).to_be_visible()
    expect(page.locator("[data-report-children]")).to_be_hidden()
    hers.find_signal()
    expect(page.locator("[data-unsent]")).to_be_hidden()

    report = aside(Report.objects.get)
    assert (report.number, report.child_id, report.channel) == (number, pairing.child_id, "PHONE")
    assert report.words.open() == SAID
    assert aside(Contact.objects.count) == 1
    assert hers.complaints == []
