"""The checklist and a try in vain on the phone app: without a signal, counted once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from qianshou.care.models import Enclosure, Reminder
from qianshou.plans.actions import opening
from qianshou.plans.models import Slot, Tick
from tests import make, make_consents, make_plans, make_recordings, make_visits
from tests.care.test_phone_browser import own_files, unsent
from tests.web.test_fresh_browser import aside

pytestmark = pytest.mark.browser
__all__ = ["own_files"]
DONE = "一起读了两章，她读得比上次顺"


def a_plan_and_a_visit(pairing):
    """Open the checklist of the pair, and plan a visit for tomorrow on which the mother goes."""
    make_plans.photos_wanted()
    make_consents.a_consent(pairing.child, purpose="PHOTOS")
    opening.begin([pairing], today=timezone.localdate())
    worker = make.a_worker()
    make_visits.a_visit(
        pairing.child, by=worker, today=timezone.localdate(),
        goers=(make_visits.staff(worker), make_visits.with_mother(pairing.mother)),
        on=timezone.localdate() + timedelta(days=1),
    )  # fmt: skip
    return worker.display_name


def open_checklist(page):
    page.locator("#today").get_by_role("button", name="Checklist").click()
    expect(page.locator("#checklist h1")).to_have_text("一诺")


def reading(page):
    """Return the card of the item that is ticked by hand."""
    return page.locator("#checklist .card").filter(has=page.locator('[data-item="reading_study"]'))


def photograph(page, hers):
    """Take a photo, and lose the tab to the camera: the app comes back with both."""
    open_checklist(page)
    reading(page).get_by_role("button", name="Tick").click()
    page.get_by_label("What did you do?").fill("一起")
    page.locator("#tick-photo").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": make_recordings.a_photo()}
    )
    expect(page.locator("#tick [data-photos]")).to_have_text("1")
    page.reload()
    hers.open(page)


def tick(page):
    """Say what was done: without a word it is not taken."""
    open_checklist(page)
    reading(page).get_by_role("button", name="Tick").click()
    expect(page.locator("#tick [data-photos]")).to_have_text("1")
    expect(page.get_by_label("What did you do?")).to_have_value("一起")
    page.get_by_label("What did you do?").fill("")
    save = page.locator("#tick").get_by_role("button", name="Save")
    save.click()
    expect(page.locator("#tick h1")).to_be_visible()
    page.get_by_label("What did you do?").fill(DONE)
    save.click()


def counted():
    """Return what the server holds: each tick's words, photos, periods it fulfilled, and tries."""
    done = Slot.objects.filter(item="reading_study", done__gt=0).values_list("done", flat=True)
    tries = Reminder.objects.filter(act="TRIED").count()
    photos = Enclosure.objects.filter(tick__isnull=False).values_list("state", flat=True)
    return [each.note.open() for each in Tick.objects.all()], list(photos), list(done), tries


def call_in_vain(page):
    page.get_by_role("button", name="Log a contact").click()
    page.get_by_role("button", name="Nobody answered").click()


def test_an_item_ticked_without_a_signal_survives_a_restart_and_counts_once(
    phone, mother, own_files
):
    user, pairing = mother
    colleague = aside(lambda: a_plan_and_a_visit(pairing))
    hers = phone()
    page = hers.set_up(user)
    expect(page.locator('[data-list="goings"]')).to_contain_text(colleague)
    hers.lose_signal()
    hers.open(page)
    expect(page.locator('[data-list="goings"]')).to_contain_text("一诺")
    photograph(page, hers)
    tick(page)
    unsent(page, 2)
    call_in_vain(page)
    unsent(page, 3)
    open_checklist(page)
    expect(page.locator("#checklist [data-item-unsent]:visible")).to_have_count(1)
    assert aside(Tick.objects.count) == 0
    hers.switch_off()
    assert hers.holds(DONE, colleague, "JFIF") == []

    page = hers.switch_on(offline=True)
    hers.open(page)
    unsent(page, 3)
    hers.find_signal()
    expect(page.locator("[data-sent]")).to_be_visible()
    page.reload()
    hers.open(page)
    open_checklist(page)

    assert aside(counted) == ([DONE], ["KEPT"], [1], 1)
    expect(page.locator("#checklist [data-item-unsent]:visible")).to_have_count(0)
    assert hers.complaints == []
