"""Wishes on the stage of the matrix: written down, open, being claimed, taken on."""

from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from qianshou.wishes.actions import claiming
from qianshou.wishes.models import Claim
from tests import make_pairing, make_wishes


def furnish(place: Any) -> None:
    """One wish in each state that a page asks for."""
    worker, now = place.things["worker"], timezone.now()

    def a_child() -> Any:
        return make_pairing.a_child(area=place.village, name=f"张雨愿{place.letter}")

    place.put("small_wish", make_wishes.a_wish(a_child(), by=worker))
    opened = make_wishes.published(a_child(), by=worker)
    place.put("wish_open", opened)
    claim = claiming.ask(opened.slug, make_wishes.giver(f"1380000{place.letter}001"), now=now)
    place.put("claim", Claim.objects.get(pk=claim))
    taken = make_wishes.published(a_child(), by=worker)
    secret = make_wishes.claimed(taken, phone=f"1380000{place.letter}002", now=now)
    taken.refresh_from_db()
    place.put("wish_claimed", taken)
    place.things["giver_secret"] = SimpleNamespace(pk=secret)
