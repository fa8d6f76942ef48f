"""Where mothers should be recruited after a run, and whom: by town, in figures and sentences.

Groups of fewer than five children are not told to those who may see figures but no pairs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, hypot
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.engines.matching.policy import policy_from
from qianshou.engines.matching.scoring import TOP
from qianshou.mothers.models import Mother
from qianshou.mothers.rules.words import LANGUAGES
from qianshou.pairing.models import MatchRun
from qianshou.pairing.queries import archived, arrays, fairness, instance
from qianshou.pairing.queries.parts import PLACED
from qianshou.pairing.rules import plans as rules

AT_MOST: Final = 24
SENTENCES: Final = 3
# The qualifications in the order of the engine's bits, lowest first.
QUALIFICATIONS: Final = (
    (1, gettext_noop("is trained to help a troubled mind")),
    (2, gettext_noop("is trained to care for a child with a disability")),
    (4, gettext_noop("is trained to work with a child who has broken the law")),
)


class Need(NamedTuple):
    """What a mother must bring for a group of children."""

    languages: tuple[str, ...]
    special: int


@dataclass
class Supply:
    """The mothers of one town in the run: how many, their places, and what these are worth."""

    mothers: int = 0
    places: int = 0
    price: int = 0
    decisive: int = 0
    free: int = 0


@dataclass(frozen=True)
class Town:
    """One town with children left over.

    `price` is what one more place with one of its mothers is worth in points, on average;
    `decisive` counts the mothers with whom one more place would place one more child. All are
    None where the files of the run are gone. `left_over` is None where it is too small to tell.
    """

    area_code: str
    name: str
    left_over: int | None
    urgent: int | None
    mothers: int | None
    places: int | None
    price: int | None
    decisive: int | None
    sentences: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recruitment:
    """The towns with children left over, the worst first, and how many are not listed."""

    towns: list[Town]
    more: int
    hidden: int


@dataclass(frozen=True)
class _Left:
    town: str
    tier: int
    need: Need


def recruitment(user: User, run: MatchRun, area_code: str) -> Recruitment:
    """Return where mothers are missing in the part of a run that is looked at."""
    part = fairness.figures_part(user, run, area_code)
    if run.state != MatchRun.State.DONE:
        raise NotFound
    left = _left_over(run, part)
    by_town: dict[str, list[_Left]] = defaultdict(list)
    for each in left:
        by_town[each.town].append(each)
    hidden = len(by_town.pop("", []))
    ordered = sorted(by_town, key=lambda code: (-len(by_town[code]), code))
    shown = ordered[:AT_MOST]
    supply = _supply(run, part)
    names = areas.full_names_of({*shown, *supply}, within=part)
    near = _Near(supply, names, shown)
    least = 1 if permissions.may(user, Power.VIEW_PAIRS, part) else rules.SMALLEST_CELL
    places = _usual_places(supply)
    towns = [
        _town(
            code, by_town[code], names=names, supply=supply, near=near, least=least, places=places
        )
        for code in shown
    ]
    return Recruitment(
        towns, len(ordered) - len(shown), hidden if hidden >= least or not hidden else 0
    )


def _left_over(run: MatchRun, part: str) -> list[_Left]:
    """Return the children left over in a part; a hidden place counts for no town."""
    columns = ("area_code", "tier", "child__hidden_location")
    facts = tuple(f"child__facts__{name}" for name in instance.FACTS)
    rows = run.left_over.filter(reason__in=PLACED, area_code__range=area_rules.subtree(part))
    values = policy_from(run.policy.body, digest=run.policy.sha256).values
    tongues = values.words["languages"]
    found = []
    for code, tier, hidden, *said in rows.values_list(*columns, *facts).iterator(chunk_size=20_000):
        known = dict(zip(instance.FACTS, said, strict=True))
        spoken = tuple(sorted(set(tongues.meant(known.get("languages") or ()))))
        needed = values.needed({k: v for k, v in known.items() if v is not None})
        need = Need(spoken, needed)
        found.append(_Left("" if hidden else area_rules.town_code(code), tier, need))
    return found


def _supply(run: MatchRun, part: str) -> dict[str, Supply]:
    """Return the run's mothers by town, from its files; empty when these are gone."""
    places, prices = archived.capacities(run), _prices(run)
    current = run.proposals.current()
    held = Counter(str(each) for each in current.values_list("mother_id", flat=True))
    found: dict[str, Supply] = defaultdict(Supply)
    home = dict(
        Mother.objects.filter(area_code__range=area_rules.subtree(part)).values_list(
            "pk", "area_code"
        )
    )
    for name, count in places.items():
        code = home.get(UUID(name))
        if code is not None and count:
            town, price = found[area_rules.town_code(code)], prices.get(name, 0)
            town.mothers += 1
            town.places += count
            # What a placement itself is worth is beyond any score; the sum is told in scores.
            town.price += min(price, TOP)
            town.decisive += price > TOP
            town.free += max(count - held[name], 0)
    return dict(found)


def _usual_places(supply: Mapping[str, Supply]) -> int:
    """Return how many places a mother of this run had on average, at least one."""
    mothers = sum(each.mothers for each in supply.values())
    return max(round(sum(each.places for each in supply.values()) / mothers), 1) if mothers else 1


def _prices(run: MatchRun) -> dict[str, int]:
    """Return what one more place with each mother would be worth; the dearest of her places."""
    found: dict[str, int] = {}
    for name, price in archived.proof(run).get("mother_price", {}).items():
        owner = name.partition("/")[0]
        found[owner] = max(found.get(owner, 0), price)
    return found


class _Near:
    """Finds the nearest town with free places."""

    def __init__(self, supply: Mapping[str, Supply], names: Mapping[str, str], towns: Any) -> None:
        self._names = names
        self._free = {code: each.free for code, each in supply.items() if each.free}
        self._spots = arrays.metres(instance.positions_of({*self._free, *towns}))

    def words(self, code: str) -> str:
        """Say where the nearest free places are; nothing when there are none or no position."""
        here = self._spots.get(code)
        others = [each for each in self._free if each != code and each in self._spots]
        if here is None or not others:
            return ""
        away = {
            each: hypot(here[0] - self._spots[each][0], here[1] - self._spots[each][1])
            for each in others
        }
        nearest = min(others, key=lambda each: (away[each], each))
        words = ngettext(
            "The nearest free place of the area is in %(town)s, %(km).0f km away as the crow"
            " flies; its mother cannot reach these children or does not suit them.",
            "The nearest free places of the area are in %(town)s, %(km).0f km away as the crow"
            " flies (%(count)d); their mothers cannot reach these children or do not suit them.",
            self._free[nearest],
        )
        return words % {
            "town": self._names.get(nearest, nearest),
            "km": away[nearest] / 1000,
            "count": self._free[nearest],
        }


def _town(
    code: str,
    left: list[_Left],
    *,
    names: Mapping[str, str],
    supply: Mapping[str, Supply],
    near: _Near,
    least: int,
    places: int,
) -> Town:
    here = supply.get(code, Supply()) if supply else None
    small = len(left) < least
    urgent = sum(each.tier <= 1 for each in left)
    name = names.get(code, code)
    sentences = [] if small else _wishes(left, least, town=name, places=places)
    if not small and here is not None:
        sentences += [each for each in (_worth(here), near.words(code)) if each]
    return Town(
        area_code=code,
        name=name,
        left_over=None if small else len(left),
        urgent=None if urgent < least and urgent and least > 1 else urgent,
        mothers=here.mothers if here else None,
        places=here.places if here else None,
        price=round(here.price / here.mothers) if here and here.mothers else None,
        decisive=here.decisive if here else None,
        sentences=sentences,
    )


def _wishes(left: Iterable[_Left], least: int, *, town: str, places: int) -> list[str]:
    """Say what kind of mother would help how many, the largest groups first.

    Whoever has these traits may take every child of the group: it was grouped by what a mother
    must bring.
    """
    counts = Counter(each.need for each in left)
    ordered = sorted(counts, key=lambda need: (-counts[need], need))
    told = [need for need in ordered if counts[need] >= least][:SENTENCES]
    others = sum(counts.values()) - sum(counts[need] for need in told)
    # A small rest could be reckoned from the sum: it takes the next smallest group in.
    while told and 0 < others < least:
        others += counts[told.pop()]
    sentences = [_wish(need, counts[need], town=town, places=places) for need in told]
    if others:
        words = ngettext(
            "%(count)d more child needs something else.",
            "%(count)d more children need something else.",
            others,
        )
        sentences.append(words % {"count": others})
    return sentences


def _wish(need: Need, count: int, *, town: str, places: int) -> str:
    """Say how many mothers of a kind would serve a group, with the usual number of places."""
    traits = [_(words) for bit, words in QUALIFICATIONS if need.special & bit]
    if need.languages:
        spoken = _(" or ").join(_(LANGUAGES.get(code, code)) for code in need.languages)
        traits.insert(0, _("speaks %(languages)s") % {"languages": spoken})
    traits.append(_("can travel to %(town)s") % {"town": town})
    wanted = ceil(count / places)
    words = ngettext(
        "%(mothers)d mother who %(traits)s would serve %(children)s (with %(places)s).",
        "%(mothers)d mothers, each of whom %(traits)s, would serve %(children)s (with %(places)s"
        " each).",
        wanted,
    )
    return words % {
        "mothers": wanted,
        "traits": _(" and ").join(traits),
        "children": ngettext("%(count)d child", "%(count)d children", count) % {"count": count},
        "places": ngettext("%(count)d place", "%(count)d places", places) % {"count": places},
    }


def _worth(here: Supply) -> str:
    if not here.mothers:
        return _("No mother with a place lives here.")
    if here.decisive:
        words = ngettext(
            "One more place with the one mother concerned here would place one more child.",
            "One more place with any of %(count)d mothers here would place one more child.",
            here.decisive,
        )
        return words % {"count": here.decisive}
    if here.price:
        return _("One more place here would raise the fit by about %(points)d points.") % {
            "points": round(here.price / here.mothers)
        }
    return _("One more place here would change nothing: language, training or travel is missing.")
