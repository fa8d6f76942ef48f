"""What people ask about quality: scorecards of an area, faults in words, estimates from samples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from procrastinate.contrib.django.models import ProcrastinateJob

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.exchange.models import Source
from qianshou.quality.models import Pair, Sample, Scorecard
from qianshou.quality.rules import estimating
from qianshou.quality.rules.estimating import Quality, Stratum
from qianshou.registry.queries import words

# The lock under which a sample of a county is drawn by the worker.
DRAWING: Final = "sample-"
# What is wrong, and how the department mends it.
_FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "NO_NAME": (
        gettext_noop("names nobody"),
        gettext_noop("Write the child's registered name; ask the family if it has one by now."),
    ),
    "ID_CHECK": (
        gettext_noop("wrong check digit of the ID number"),
        gettext_noop("Copy the number anew from the household register."),
    ),
    "ID_BIRTH": (
        gettext_noop("birthday and ID number differ"),
        gettext_noop("One of the two is wrong; look at the household register."),
    ),
    "ID_SEX": (
        gettext_noop("sex and ID number differ"),
        gettext_noop("One of the two is wrong; look at the household register."),
    ),
    "AGE": (
        gettext_noop("not a child's birthday"),
        gettext_noop("Correct the birthday, or take who has grown up off the list."),
    ),
    "PHONE": (
        gettext_noop("not a telephone number"),
        gettext_noop("Write eleven digits, or leave the cell empty."),
    ),
    "NO_TOWN": (
        gettext_noop("no town or village"),
        gettext_noop("Name the village in which the child lives."),
    ),
    "DUPLICATE": (
        gettext_noop("the same child stands in the list twice"),
        gettext_noop("Keep the right row and take the other off the list."),
    ),
    "DIFFERS": (
        gettext_noop("another department says otherwise"),
        gettext_noop("Check the value with the family; leave it if it is right."),
    ),
}
_SHARES: Final = (
    ("completeness", gettext_noop("Completeness")),
    ("validity", gettext_noop("Validity")),
    ("freshness", gettext_noop("Freshness")),
    ("agreement", gettext_noop("Agreement with other departments")),
)
STRATA: Final[Mapping[str, str]] = {
    "FIRM": gettext_noop("in one file, beyond doubt"),
    "CLEAR": gettext_noop("in one file, clearly alike"),
    "WEAK": gettext_noop("in one file, little alike"),
    "CHAINED": gettext_noop("in one file through other rows only"),
    "NEAR": gettext_noop("in two files, much alike"),
    "FAR": gettext_noop("in two files, somewhat alike"),
    "FAINT": gettext_noop("in two files, hardly alike"),
}
TREND: Final = 24


def fault_words(code: str) -> tuple[str, str]:
    """Return what a fault is called and how it is mended."""
    says, mend = _FAULTS[code]
    return _(says), _(mend)


def row_words(faults: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the reasons of one row and how to mend them, each once."""
    says, mends = dict[str, None](), dict[str, None]()
    for code, name in faults:
        said, mend = fault_words(code)
        label = words.label_of(name) if name and code == "DIFFERS" else ""
        says[_("%(label)s: %(says)s") % {"label": label, "says": said} if label else said] = None
        mends[mend] = None
    return _("; ").join(says), " ".join(mends)


def shares_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the shares of a scorecard with their labels, in words."""
    return [
        {"name": name, "label": _(label), "value": figures.get(name),
         "words": "—" if figures.get(name) is None else f"{100 * figures[name]:.1f}%"}
        for name, label in _SHARES
    ]  # fmt: skip


# -- scorecards -----------------------------------------------------------------------------------


@dataclass
class Card:
    """The newest figures of a source in a county."""

    scorecard: Scorecard
    area: str
    shares: list[dict[str, Any]]

    @property
    def figures(self) -> dict[str, Any]:
        """Return the figures."""
        found: dict[str, Any] = self.scorecard.figures
        return found


def cards_for(user: User, area_code: str) -> list[Card]:
    """Return the newest scorecard of every source and county of an area, worst validity first."""
    accounts.require(user, Power.VIEW_IMPORTS, area_code)
    code = area_code if len(area_rules.significant(area_code)) <= 6 else _county(area_code)
    rows = list(
        Scorecard.objects.filter(area_code__range=area_rules.subtree(code))
        .select_related("source")
        .order_by("area_code", "source", "-at")
        .distinct("area_code", "source")
    )
    names = areas.names_of({row.area_code for row in rows})
    cards = [Card(row, names.get(row.area_code, row.area_code), shares_of(row.figures))
             for row in rows]  # fmt: skip
    return sorted(cards, key=lambda card: card.figures.get("validity") or 0)


def _county(area_code: str) -> str:
    return area_rules.county_code(area_code)


def source_for(user: User, source_id: UUID, area_code: str) -> Source:
    """Return a source whose rows of a county the person may judge; raises `NotFound`."""
    found = Source.objects.filter(pk=source_id, target=Source.Target.CHILD).first()
    if found is None or not accounts.may(user, Power.VIEW_IMPORTS, area_code):
        raise NotFound
    return found


def history_of(source: Source, county: str) -> list[Scorecard]:
    """Return the scorecards of a source in a county, oldest first."""
    rows = Scorecard.objects.filter(source=source, area_code=county).order_by("-at")[:TREND]
    return list(rows)[::-1]


def trend_of(cards: Sequence[Scorecard], name: str) -> list[dict[str, Any]]:
    """Return one share over the deliveries, for the line chart."""
    return [
        {"label": f"{card.at:%m-%d}", "value": round(100 * card.figures[name], 1)}
        for card in cards
        if card.figures.get(name) is not None
    ]


def filled_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return how often each field is filled, the emptiest first."""
    rows = figures["rows"] or 1
    bars = [
        {"label": words.label_of(name), "value": round(100 * many / rows)}
        for name, many in figures["filled"].items()
    ]
    return sorted(bars, key=lambda bar: bar["value"])


def faults_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong with how many rows, most frequent first."""
    return [
        {"code": code, "says": fault_words(code)[0], "mend": fault_words(code)[1], "rows": many}
        for code, many in figures["faults"].items()
    ]


def contradicted_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return in which fields how many rows differ from the file."""
    return [
        {"label": words.label_of(name), "value": many}
        for name, many in figures["contradicted"].items()
    ]


# -- samples --------------------------------------------------------------------------------------


def sample_for(user: User, area_code: str) -> Sample | None:
    """Return the newest sample of a county, for those who may decide links there."""
    if not accounts.may(user, Power.DECIDE_LINKS, area_code):
        raise NotFound
    return Sample.objects.filter(area_code=_county(area_code)).order_by("-drawn_at").first()


def is_drawing(area_code: str) -> bool:
    """Tell whether the worker is about to draw a sample of a county."""
    waiting = ProcrastinateJob.objects.filter(queueing_lock=f"{DRAWING}{_county(area_code)}")
    return waiting.filter(status__in=("todo", "doing")).exists()


def pair_for(user: User, pair_id: UUID) -> Pair:
    """Return a pair that the person may label; raises `NotFound`."""
    found = Pair.objects.filter(pk=pair_id).first()
    if found is None or not accounts.may(user, Power.DECIDE_LINKS, found.area_code):
        raise NotFound
    return found


def next_pair(sample: Sample) -> Pair | None:
    """Return the pair to label next."""
    return sample.pairs.filter(answer="").order_by("position").first()


def last_labelled(user: User, sample: Sample) -> Pair | None:
    """Return the person's last label, which can be taken back."""
    return sample.pairs.filter(by=user).exclude(answer="").order_by("-at").first()


def strata_of(sample: Sample) -> list[Stratum]:
    """Return the strata with what clerks have said so far."""
    said = {
        row["stratum"]: row
        for row in sample.pairs.values("stratum").annotate(
            labelled=Count("pk", filter=Q(answer__in=["SAME", "DIFFERENT"])),
            same=Count("pk", filter=Q(answer="SAME")),
        )
    }
    return [
        Stratum(code, linked, size, said[code]["labelled"], said[code]["same"])
        for code, (linked, size) in sorted(
            sample.strata.items(), key=lambda each: list(STRATA).index(each[0])
        )
        if code in said
    ]


def quality_of(sample: Sample) -> Quality | None:
    """Return what the labels say about the linkage, or None while too few are given."""
    return estimating.quality(strata_of(sample))


def progress_of(sample: Sample) -> tuple[int, int]:
    """Return how many pairs are labelled, and how many there are."""
    return sample.pairs.exclude(answer="").count(), sample.pairs.count()
