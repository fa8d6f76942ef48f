"""What a person sets about times: quiet hours, and days off of the office."""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.notices.rules import calendar
from qianshou.notices.rules.calendar import Span, Year

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]
_DAY = {"type": "date"}


class QuietForm(forms.Form):
    """The hours in which one is not disturbed."""

    begins = forms.TypedChoiceField(label=_("Quiet from"), choices=HOURS, coerce=int)
    ends = forms.TypedChoiceField(
        label=_("until"), choices=HOURS, coerce=int,
        help_text=_("The same hour twice means never. What is urgent comes at any time."),
    )  # fmt: skip


class DayForm(forms.Form):
    """One entry added to a year: days off, days worked at a weekend, or school holidays."""

    KINDS = (("off", _("days off")), ("work", _("worked at a weekend")),
             ("vacation", _("school holidays")))  # fmt: skip

    kind = forms.ChoiceField(label=_("What"), choices=KINDS)
    name = forms.CharField(label=_("Name"), max_length=40)
    first = forms.DateField(
        label=_("First day"), widget=forms.DateInput(_DAY, format="%Y-%m-%d")
    )  # fmt: skip
    last = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(_DAY, format="%Y-%m-%d"),
        help_text=_("Empty: one day only."),
    )  # fmt: skip
    note = forms.CharField(label=_("What is new and why"), max_length=200)

    def added_to(self, year: Year) -> Year:
        """Return the year with this entry; raises `BadCalendarError` where it cannot be."""
        given = self.cleaned_data
        span = Span(given["first"], given["last"] or given["first"], given["name"])
        return with_spans(year, given["kind"], (*spans_of(year, given["kind"]), span))


class AnnouncedForm(forms.Form):
    """Where a year's days off are from: announced, or still assumed."""

    standing = forms.ChoiceField(
        label=_("The days off are"),
        choices=[(calendar.ANNOUNCED, _("announced")), (calendar.ASSUMED, _("assumed"))],
    )
    source = forms.CharField(label=_("Source"), max_length=300)
    note = forms.CharField(label=_("What is new and why"), max_length=200)

    def stated(self, year: Year) -> Year:
        """Return the year with this standing."""
        given = self.cleaned_data
        return replace(year, standing=given["standing"], source=given["source"])


FIELDS = {"off": "off", "work": "work", "vacation": "vacations"}


def spans_of(year: Year, kind: str) -> tuple[Span, ...]:
    """Return the entries of one kind."""
    found: tuple[Span, ...] = getattr(year, FIELDS[kind])
    return found


def with_spans(year: Year, kind: str, spans: tuple[Span, ...]) -> Year:
    """Return the year with other entries of one kind."""
    changed: dict[str, Any] = {FIELDS[kind]: tuple(sorted(spans))}
    return replace(year, **changed)


def without(year: Year, kind: str, first: date) -> Year:
    """Return the year without the entry that begins on a day."""
    return with_spans(
        year, kind, tuple(each for each in spans_of(year, kind) if each.first != first)
    )
