"""What the page on one field of a source shows: its form, its flaws in words, real cells."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.exchange.models import QuarantinedRow, Source
from qianshou.exchange.queries import connections
from qianshou.exchange.queries.rows import opened
from qianshou.exchange.rules import catalogue, stating
from qianshou.exchange.rules.profile import Column

BLANK_ROWS: Final = 5
LOOKED_AT: Final = 500
SHOWN: Final = 40
_FLAWS: Final = {
    "NO_WORD": gettext_noop("There is a meaning without a word."),
    "LONG_WORD": gettext_noop("“%(value)s…” is longer than 40 characters."),
    "TWO_CODES": gettext_noop("“%(value)s” stands above with another meaning."),
    "NO_CODE": gettext_noop("“%(value)s” has no meaning; choose one or empty the row."),
    "NO_WORDS": gettext_noop("Leave at least one word, or no row could enter."),
    "NO_NUMBER": gettext_noop("“%(value)s” is not a number."),
    "NO_AGE": gettext_noop("“%(value)s” is not a whole number of years from 0 to 120."),
    "TURNED": gettext_noop("%(value)s is below the lowest value."),
    "HALF": gettext_noop("Give both ages or none."),
}
_COLUMNS: Final = {
    "word": gettext_noop("Word in the list"), "code": gettext_noop("Its meaning"),
    "low": gettext_noop("Lowest value"), "high": gettext_noop("Highest value"),
    "youngest": gettext_noop("Youngest, in years"), "oldest": gettext_noop("Oldest, in years"),
}  # fmt: skip


def field_of(source: Source, field: str) -> catalogue.Field:
    """Return a mapped field that the agreement, if there is one, names; raises `NotFound`."""
    known = catalogue.FIELDS[source.target].get(field)
    if (
        known is None
        or field not in source.profile.get("columns", {})
        or field not in connections.may_show(source)
    ):
        raise NotFound
    return known


def form_of(stated: stating.Stated, known: catalogue.Field, field: str) -> dict[str, Any]:
    """Return the form on a field: which parts it has, and what stands in them."""
    meanings: dict[str, str] = {}
    for word, code in known.codes.items():
        meanings.setdefault(code, word)
    words = stated.words if known.kind in stating.CODED else []
    free = sum(not word and not code for word, code in words)
    blank = [("", "")] * max(BLANK_ROWS - free, 0) if words else []
    return {
        "coded": bool(words), "ranged": known.kind in stating.RANGED,
        "dated": known.kind == "date", "always": field in stating.ALWAYS,
        "required": stated.required or field in stating.ALWAYS, "future": stated.future,
        "values": stated.values,
        "rows": [
            {
                "position": at, "number": at + 1, "word": word,
                "choices": [(code, said, code == chosen) for code, said in meanings.items()],
            }
            for at, (word, chosen) in enumerate([*words, *blank])
        ],
    }  # fmt: skip


def flaw_words(flaws: Iterable[stating.Flaw]) -> list[str]:
    """Return what is wrong with the form, each with its row and column."""
    found = []
    for flaw in flaws:
        column, says = _(_COLUMNS[flaw.column]), _(_FLAWS[flaw.code]) % {"value": flaw.value}
        if flaw.row:
            place = _("Row %(row)s, column “%(column)s”") % {"row": flaw.row, "column": column}
        else:
            place = column
        found.append(_("%(place)s: %(problem)s") % {"place": place, "problem": says})
    return found


def texts_for(user: User, source: Source, column: Column, *, area_code: str) -> Counter[str]:
    """Return what stood in a column of the latest rows that were kept out, and how often.

    The words alone: nothing says whose row it was.
    """
    powers.require(user, Power.VIEW_IMPORTS, area_code)
    rows = QuarantinedRow.objects.filter(
        run__source=source, area_code__range=area_rules.subtree(area_code)
    ).order_by("-pk")[:LOOKED_AT]
    found: Counter[str] = Counter()
    for row in rows:
        cells = opened(row)["cells"]
        texts = [cells[name].strip() for name in column.headers if cells.get(name)]
        if texts:
            found["".join(texts) if column.joined else texts[0]] += 1
    return found
