"""Next month's civil-affairs list: the same rows, with what has happened in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from qianshou.engines.city import civil_affairs as form
from qianshou.engines.city import numbers
from qianshou.engines.city.geography import Places
from qianshou.engines.city.rows import Clerk, Rows

_NAME_ERRORS = (
    *("HOMOPHONE", "NEAR_SOUND", "TRADITIONAL", "LOOK_ALIKE", "CHAR_DROPPED"),
    *("CHARS_SWAPPED", "PET_NAME", "DOT"),
)
_FATHER_STATE, _MOTHER_STATE = f"{form.FATHER}/状况", f"{form.MOTHER}/状况"


@dataclass
class Story:
    """A list while a month goes by, and the log of what changed."""

    rows: Rows
    children: pl.DataFrame
    places: Places
    clerk: Clerk
    month_end: date
    log: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    truth: dict[str, dict[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.truth = {str(row["truth_id"]): row for row in self.children.iter_rows(named=True)}

    def put(self, i: int, change: str, *, column: str, value: str | date) -> None:
        """Write a changed cell and log it."""
        before = self.rows.columns[column][i]
        if before == value:
            return
        self.rows.columns[column][i] = value
        self.note(i, change, column=column, before=str(before or ""), after=str(value))
        updated = self.month_end - timedelta(days=self.clerk.rnd.randrange(28))
        self.rows.columns[form.UPDATED_ON][i] = updated

    def note(self, i: int, change: str, *, column: str, before: str, after: str) -> None:
        """Log a change of a row without touching it."""
        key = str(self.rows.columns[form.KEY][i])
        self.log.append((self.rows.truth[i], key, change, column, before, after))


def next_month(story: Story, newcomers: Rows) -> Rows:
    """Let a month go by: most rows stay as they are, some change, close, or come in new."""
    for change, rate in _CHANGES:
        for i in story.clerk.hits(rate, len(story.rows)):
            change(story, i)
    _correct(story, 0.2)
    closed = set(story.clerk.hits(0.006, len(story.rows)))
    for i in sorted(closed):
        story.note(i, "CLOSED", column="", before="", after="")
    kept = story.rows.take([i for i in range(len(story.rows)) if i not in closed])
    merged = _joined(kept, newcomers)
    for i in range(len(newcomers)):
        key = str(newcomers.columns[form.KEY][i])
        story.log.append((newcomers.truth[i], key, "NEW", "", "", ""))
    return form.in_order(merged)


def _joined(first: Rows, second: Rows) -> Rows:
    return Rows(
        columns={name: [*cells, *second.columns[name]] for name, cells in first.columns.items()},
        truth=[*first.truth, *second.truth],
        errors=[*first.errors, *second.errors],
        flaws=[*first.flaws, *second.flaws],
    )


def _lose_parent(story: Story, i: int) -> None:
    if story.rows.columns[_FATHER_STATE][i] not in {"在家", "外出务工"}:
        return
    state = story.clerk.rnd.choice(["去世", "失联", "服刑"])
    story.put(i, "PARENT_LOST", column=_FATHER_STATE, value=state)
    story.put(i, "PARENT_LOST", column=f"{form.FATHER}/联系电话", value="")
    other = str(story.rows.columns[_MOTHER_STATE][i])
    unattended = other in {"失联", "服刑", "强制戒毒", "重病", "重残"}
    category = "事实无人抚养儿童" if unattended else "单亲家庭儿童"
    _add_category(story, i, change="PARENT_LOST", category=category)


def _add_category(story: Story, i: int, *, change: str, category: str) -> None:
    held = str(story.rows.columns[form.CATEGORY][i])
    if category not in held:
        story.put(i, change, column=form.CATEGORY, value=f"{held}、{category}")


def _move(story: Story, i: int) -> None:
    places = story.places
    other = int(story.clerk.rng.integers(0, len(places.village_code)))
    for column, values in (
        (f"{form.HOME}/乡镇（街道）", places.town_name),
        (f"{form.HOME}/村（社区）", places.village_name),
        (form.AREA, places.village_code),
    ):
        story.put(i, "MOVED", column=column, value=str(values[other]))


def _change_phone(story: Story, i: int) -> None:
    phone = numbers.phones(story.clerk.rng, 1)[0]
    story.put(i, "PHONE_CHANGED", column=f"{form.CARER}/联系电话", value=phone)


def _consent(story: Story, i: int) -> None:
    if story.rows.columns[form.CONSENT][i] != "":
        return
    story.put(i, "CONSENT_GIVEN", column=form.CONSENT, value="是")
    day = story.month_end - timedelta(days=story.clerk.rnd.randrange(1, 28))
    story.put(i, "CONSENT_GIVEN", column=form.CONSENTED_ON, value=day)


def _withdraw(story: Story, i: int) -> None:
    if story.rows.columns[form.CONSENT][i] == "是":
        story.put(i, "CONSENT_WITHDRAWN", column=form.CONSENT, value="否")
        story.put(i, "CONSENT_WITHDRAWN", column=form.CONSENTED_ON, value="")


def _more_hardship(story: Story, i: int) -> None:
    _add_category(story, i, change="CATEGORY_ADDED", category="临时困境儿童")


def _find_clue(story: Story, i: int) -> None:
    clue = story.clerk.rnd.choice(["独自居住", "校园欺凌", "家暴线索"])
    story.put(i, "RISK_FOUND", column=f"{form.CLUES}/{clue}", value="是")


_CHANGES: tuple[tuple[Callable[[Story, int], None], float], ...] = (
    (_lose_parent, 0.004),
    (_move, 0.012),
    (_change_phone, 0.015),
    (_consent, 0.15),
    (_withdraw, 0.003),
    (_more_hardship, 0.005),
    (_find_clue, 0.004),
)


def _correct(story: Story, share: float) -> None:
    """Mend some of the wrong IDs and names, as offices do when they are told."""
    for i, codes in enumerate(story.rows.errors):
        if not codes or story.clerk.rnd.random() > share:
            continue
        truth = story.truth[story.rows.truth[i]]
        if any(code.startswith("ID_") for code in codes):
            story.put(i, "ID_CORRECTED", column=form.ID_NO, value=str(truth["id_no"]))
            _forget(story.rows, i, column=form.ID_NO)
        if any(code in _NAME_ERRORS for code in codes):
            story.put(i, "NAME_CORRECTED", column=form.NAME, value=str(truth["name"]))
            _forget(story.rows, i, column=form.NAME)


def _forget(rows: Rows, i: int, *, column: str) -> None:
    """Drop the errors and complaints of a cell that has been mended."""
    about_id = column == form.ID_NO
    rows.errors[i] = [
        code
        for code in rows.errors[i]
        if not (code.startswith("ID_") if about_id else code in _NAME_ERRORS)
    ]
    rows.flaws[i] = [flaw for flaw in rows.flaws[i] if flaw.column != column]
