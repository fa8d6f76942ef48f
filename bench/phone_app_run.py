"""One pass of bench.phone_app inside its installation; prints one line of JSON."""

# ruff: noqa: E402 - models can be imported only once Django knows its settings

import json
import sys
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright

from bench import phones_run
from qianshou.accounts.models import User
from qianshou.common import rowsecurity
from qianshou.config import database
from qianshou.config.commands import operate
from qianshou.config.postgres import launcher

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
PIN = "280519"
SLOW = {
    "offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}  # fmt: skip
WATCH = """
window.seen = { lcp: 0, cls: 0, tbt: 0, inp: 0 };
const watch = (type, each, more) =>
  new PerformanceObserver((list) => list.getEntries().forEach(each))
    .observe({ type, buffered: true, ...more });
watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
watch("longtask", (entry) => { seen.tbt += Math.max(0, entry.duration - 50); });
watch("event", (entry) => {
  if (entry.interactionId) seen.inp = Math.max(seen.inp, entry.duration);
}, { durationThreshold: 16 });
"""
READ = """
() => ({ ...seen, fcp: performance.getEntriesByName("first-contentful-paint")[0]?.startTime })
"""


def figures(page: Page) -> dict[str, float]:
    """Return what the browser itself measured on a page, in seconds."""
    page.wait_for_timeout(1500)
    found: dict[str, float] = page.evaluate(READ)
    return {
        name: value if name == "cls" else value / 1000
        for name, value in found.items()
        if value is not None
    }


def slowed(context: BrowserContext, page: Page) -> CDPSession:
    """Make the page's processor six times slower and its network slow."""
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    return session


def first_visit(context: BrowserContext, page: Page, *, url: str) -> dict[str, Any]:
    """Open the app for the first time; count what comes over the wire."""
    session = slowed(context, page)
    arrived: list[float] = []
    session.on("Network.loadingFinished", lambda told: arrived.append(told["encodedDataLength"]))
    page.goto(f"{url}/care/phone/")
    page.locator("#setup:not([hidden])").wait_for()
    return {"first": figures(page), "bytes": sum(arrived), "requests": len(arrived)}


def set_up(page: Page) -> None:
    """Choose a PIN, and wait until the app is kept."""
    page.locator("#pin-1").fill(PIN)
    page.locator("#pin-2").fill(PIN)
    page.locator('[data-form="setup"] button').click()
    page.locator("#today .card").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def usual_contact(page: Page) -> dict[str, Any]:
    """Log the usual contact: the child, what it was, save."""
    taps = (
        '[data-do="log"]', '#log label:has(input[value="CALL"])', '#log [data-form="log"] .wide',
    )  # fmt: skip
    begun, working = time.perf_counter(), 0.0
    for place, tap in enumerate(taps):
        if place:
            page.wait_for_timeout(1000)
        started = time.perf_counter()
        page.locator(tap).first.click()
        working += time.perf_counter() - started
    started = time.perf_counter()
    page.locator("#today:not([hidden])").wait_for()
    now = time.perf_counter()
    return {"taps": len(taps), "working": working + now - started, "seconds": now - begun}


def second_start(context: BrowserContext, page: Page, *, url: str) -> dict[str, Any]:
    """Open the app again with the network cut, and log a contact."""
    context.set_offline(True)
    page.goto(f"{url}/care/phone/")
    page.locator("#locked:not([hidden])").wait_for()
    loaded = figures(page)
    page.locator("#pin").fill(PIN)
    page.locator("#today .card").wait_for()
    page.evaluate("() => { seen.inp = 0; }")
    logged = usual_contact(page)
    return {"second": {**loaded, "inp": figures(page)["inp"]}, **logged}


def session() -> dict[str, str]:
    """Return the cookie of the mother's session."""
    client, name = Client(), settings.SESSION_COOKIE_NAME
    with rowsecurity.acting(rowsecurity.SYSTEM):
        client.force_login(User.objects.get(username="m0"))
    return {"name": name, "value": client.cookies[name].value}


def run(url: str, folder: Path, cookie: dict[str, str]) -> dict[str, Any]:
    """Measure in one browser with its own folder."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder), executable_path=CHROMIUM, args=ARGUMENTS, has_touch=True,
            viewport={"width": 360, "height": 740}, locale="zh-CN",
        )  # fmt: skip
        page = context.pages[0]
        page.add_init_script(WATCH)
        context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": url}])
        found = first_visit(context, page, url=url)
        page.goto(f"{url}/care/")
        page.goto(f"{url}/care/phone/")
        set_up(page)
        found |= second_start(context, page, url=url)
        told = str(page.evaluate("navigator.userAgent"))
        context.close()
        return {**found, "chromium": told.rpartition("Chrome/")[2].partition(" ")[0]}


def main() -> None:
    """Run the pass and print its figures."""
    operate.prepare()
    phones_run.people(1)
    web = phones_run.Web(1)
    try:
        found = run(web.url, Path(sys.argv[1]), session())
    finally:
        web.close()
        launcher.stop(database.data_dir())
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
