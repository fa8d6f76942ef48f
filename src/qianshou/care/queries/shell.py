"""The parts of the phone app: which files it needs, under which version, and how it is called."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import PrefixNode, static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qianshou.care.rules import codes, enclosing
from qianshou.protection.queries import own

MODULES: Final = (
    "app.js", "store.js", "vault.js", "sending.js", "screens.js", "recordings.js", "checklist.js",
    "report.js",
)  # fmt: skip
# The screens of the app, a section each, and what a child's card offers beside the usual.
SCREENS: Final = (
    "setup", "locked", "today", "log", "plan", "checklist", "tick", "help", "report", "gone",
)  # fmt: skip
ON_CARD: Final[tuple[str, ...]] = ("on_card_checklist",)
STYLES: Final = ("web/css/tokens.css", "web/css/base.css", "web/css/components.css")
FIRST: Final = "care/phone/first.js"
OTHERS: Final = (FIRST, "web/icons.svg", "web/mark.svg", "care/phone/icon-192.png")
OWN: Final = "care/phone/phone.css"


def context() -> dict[str, Any]:
    """Return what the shell shows: words and choices only, nobody's data."""
    return {
        "styles": [static(each) for each in (*STYLES, OWN)],
        "first": static(FIRST),
        "entry": module("app.js"),
        "modules": [module(each) for each in MODULES[1:]],
        "screens": [f"care/phone/{each}.html" for each in SCREENS],
        "on_card": [f"care/phone/{each}.html" for each in ON_CARD],
        "kinds": [(code, _(words), codes.ICONS[code]) for code, words in codes.KINDS.items()],
        "minutes": codes.MINUTES,
        "usual": codes.USUAL_MINUTES,
        "moods": [(each, codes.FACES[each], _(words)) for each, words in codes.MOODS.items()],
        "topics": [(code, _(words)) for code, words in codes.TOPICS.items()],
        "numbers": [(number, _(words)) for number, words in codes.EMERGENCY],
        "longest": codes.LONGEST_NOTE,
        "most_seconds": enclosing.MOST_SECONDS,
        "most_photos": enclosing.MOST_AT_ONCE - 1,
        "largest": enclosing.MOST_BYTES,
        **own.report_choices(),
    }


def module(name: str) -> str:
    """Return the address of a module: without a fingerprint, since modules name each other."""
    return f"{PrefixNode.handle_simple('STATIC_URL')}care/phone/{name}"


def files() -> list[str]:
    """Return every address that the app needs to start without a signal."""
    named = [static(each) for each in (*STYLES, OWN, *OTHERS)]
    return [reverse("care:app"), reverse("care:manifest"), *map(module, MODULES), *named]


@lru_cache(maxsize=64)
def _version(language: str) -> str:  # noqa: ARG001 - the page is drawn in it
    """Return the digest of everything the app is made of; a new one is a new app."""
    digest = sha256(render_to_string("care/phone.html", context()).encode())
    for part in _parts():
        digest.update(part.read_bytes())
    return digest.hexdigest()[:16]


def _parts() -> Iterator[Path]:
    names = (*(f"care/phone/{each}" for each in (*MODULES, "worker.js")), *STYLES, OWN, *OTHERS)
    for name in names:
        found = finders.find(name)
        if found:
            yield Path(found)


def worker(*, modules: bool) -> str:
    """Return the service worker; without `modules` it keeps the app but cannot send by itself."""
    source = Path(str(finders.find("care/phone/worker.js"))).read_text(encoding="utf-8")
    listed = ", ".join(f'"{each}"' for each in files())
    head = f'const VERSION = "{_version(get_language() or "")}";\nconst FILES = [{listed}];\n'
    if not modules:
        return f"{head}const sendAll = null;\n{source}"
    return f'import {{ sendAll }} from "{module("sending.js")}";\n{head}{source}'


def manifest() -> dict[str, Any]:
    """Return how the app is called and looks when it is installed."""
    icons = [
        {"src": static(f"care/phone/icon-{size}.png"), "sizes": f"{size}x{size}",
         "type": "image/png", "purpose": "any maskable"}
        for size in (192, 512)
    ]  # fmt: skip
    return {
        "id": reverse("care:app"), "start_url": reverse("care:app"), "scope": reverse("care:app"),
        "name": _("Qianshou for loving mothers"), "short_name": _("Qianshou"),
        "display": "standalone", "background_color": "#fbfaf7", "theme_color": "#a8433c",
        "lang": get_language() or "", "icons": icons,
    }  # fmt: skip
