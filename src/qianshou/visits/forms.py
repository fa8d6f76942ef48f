"""The shape of what is planned, said at the door and written up."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.mothers.models import Mother
from qianshou.visits.actions import going, planning, writing
from qianshou.visits.models import Visit
from qianshou.visits.queries import books, lists
from qianshou.visits.rules import together
from qianshou.visits.rules.book import Book, Purpose

_DAY = {"type": "date"}
_TIME = {"type": "time"}


class PlanForm(forms.Form):
    """A visit to one child or to several on one day, and who goes."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    purpose = forms.ChoiceField(label=_("What the visit is for"))
    on = forms.DateField(
        label=_("Day of the visit"), widget=forms.DateInput(_DAY, format="%Y-%m-%d")
    )
    opens = forms.TimeField(
        label=_("The family is at home from"), widget=forms.TimeInput(_TIME, format="%H:%M")
    )
    closes = forms.TimeField(
        label=_("The family is at home until"), widget=forms.TimeInput(_TIME, format="%H:%M")
    )
    minutes = forms.IntegerField(
        label=_("Minutes on the spot"), required=False, min_value=5, max_value=300,
        help_text=_("Left empty, what is usual for the purpose."),
    )  # fmt: skip
    lead = forms.TypedChoiceField(
        label=_("Whose day it is"), coerce=UUID,
        help_text=_("The route of the day is reckoned for this person."),
    )  # fmt: skip
    staff = forms.TypedMultipleChoiceField(
        label=_("Who goes along"), coerce=UUID, widget=forms.CheckboxSelectMultiple,
        required=False,
    )  # fmt: skip
    mother = forms.BooleanField(label=_("The loving mother goes along"), required=False)
    partner = forms.CharField(
        label=_("A partner goes along"), required=False, max_length=80,
        help_text=_("Name and post, such as the class teacher or the community police officer."),
    )  # fmt: skip
    anyway = forms.CharField(
        label=_("Why two visits in one week"), required=False, max_length=200,
        help_text=_("Only if somebody else goes there in that week and two visits are needed."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, book: Book, colleagues: Sequence[tuple[User, bool]], **kwargs: Any
    ) -> None:
        """Offer the purposes of the book and the people of the place."""
        super().__init__(*args, **kwargs)
        self.colleagues = {each.pk: (each, director) for each, director in colleagues}
        known = [(str(key), each.display_name) for key, (each, _d) in self.colleagues.items()]
        chosen: Any = self.fields["purpose"]
        chosen.choices = [(each.code, books.words(each.text)) for each in book.purposes.values()]
        for name in ("lead", "staff"):
            offered: Any = self.fields[name]
            offered.choices = known
        self.fields["once"].initial = uuid4()

    def plan(self, mother: Mother | None) -> planning.Plan:
        """Return what is planned for one child."""
        given = self.cleaned_data
        picked = dict.fromkeys(given["staff"])
        goers = [self._going(key) for key in picked]
        if given["mother"] and mother is not None:
            goers.append(planning.Going(together.MOTHER, mother=mother))
        if given["partner"].strip():
            goers.append(planning.Going(together.PARTNER, name=given["partner"]))
        return planning.Plan(
            purpose=given["purpose"], on=given["on"], opens=_minute(given["opens"]),
            closes=_minute(given["closes"]), goers=tuple(goers), minutes=given["minutes"],
            anyway=given["anyway"],
        )  # fmt: skip

    def _going(self, key: UUID) -> planning.Going:
        person, is_director = self.colleagues[key]
        return planning.Going(together.DIRECTOR if is_director else together.STAFF, user=person)

    @property
    def whose_day(self) -> User:
        """Return whose day it is."""
        return self.colleagues[self.cleaned_data["lead"]][0]


def _minute(clock: Any) -> int:
    return int(clock.hour * 60 + clock.minute)


class SignForm(forms.Form):
    """What the phone says at the door: the script fills the hidden fields, words fill the other."""

    cell = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    said_at = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    why = forms.CharField(
        label=_("Why there is no position"), required=False, max_length=200,
        help_text=_("Only if the phone gives none: no signal, not allowed, an old phone."),
    )  # fmt: skip

    def sign(self) -> going.Sign:
        """Return what was said."""
        given = self.cleaned_data
        return going.Sign(given["cell"], given["why"], lists.moment_of(given["said_at"]))


class RecordForm(forms.Form):
    """The form of a purpose: its questions, who was met, who came, and notes."""

    def __init__(
        self, *args: Any, visit: Visit, purpose: Purpose, whole: bool,
        scale: Sequence[Mapping[str, Any]] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        """Ask what the book asks for this purpose, then the scale; a draft need not be `whole`."""
        super().__init__(*args, **kwargs)
        self.purpose, self.scale = purpose, [each["code"] for each in scale]
        self.fields["came"] = forms.TypedMultipleChoiceField(
            label=_("Who was there"), coerce=UUID, required=whole,
            widget=forms.CheckboxSelectMultiple,
            choices=[(str(each.pk), f"{each.name} · {each.get_kind_display()}")
                     for each in visit.goers.all()],
        )  # fmt: skip
        self.fields["met"] = forms.MultipleChoiceField(
            label=_("Who was met"), required=whole, widget=forms.CheckboxSelectMultiple,
            choices=[("CHILD", _("the child")), ("GUARDIAN", _("a guardian or carer")),
                     ("OTHER", _("somebody else"))],
        )  # fmt: skip
        for each in purpose.questions:
            self.fields[f"q-{each.code}"] = _asked(each, whole=whole)
        for question in scale:
            self.fields[f"s-{question['code']}"] = forms.ChoiceField(
                label=question["words"], required=False, choices=[("", "—"), *question["answers"]]
            )
        self.fields["note"] = forms.CharField(
            label=_("Further notes"), required=False, widget=forms.Textarea({"rows": 5}),
            help_text=_("Kept sealed; whoever opens it leaves a line in the trail."),
        )  # fmt: skip

    def record(self) -> writing.Record:
        """Return what was written, whole or not."""
        given = self.cleaned_data
        return writing.Record(
            answers={each.code: given.get(f"q-{each.code}") or ""
                     for each in self.purpose.questions},
            scale={code: given.get(f"s-{code}") or "" for code in self.scale},
            met=tuple(given.get("met") or ()), came=tuple(given.get("came") or ()),
            note=given.get("note") or "",
        )  # fmt: skip


def _asked(question: Any, *, whole: bool) -> forms.Field:
    label = books.words(question.text)
    if not question.answers:
        return forms.CharField(label=label, required=False, widget=forms.Textarea({"rows": 3}))
    return forms.ChoiceField(
        label=label, required=whole, widget=forms.RadioSelect,
        choices=[(each.code, books.words(each.text)) for each in question.answers],
    )  # fmt: skip


def initial_of(draft: dict[str, Any], visit: Visit) -> dict[str, Any]:
    """Return a draft as the form shows it; without one everybody came."""
    everybody = [str(each.pk) for each in visit.goers.all()]
    return {
        "came": draft.get("came", everybody),
        "met": draft.get("met", []),
        "note": draft.get("note", ""),
        **{f"q-{code}": said for code, said in draft.get("answers", {}).items()},
        **{f"s-{code}": said for code, said in draft.get("scale", {}).items()},
    }


class WhyForm(forms.Form):
    """An act that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class TaskForm(forms.Form):
    """What came of a task, or who does it now and by when."""

    result = forms.CharField(label=_("What came of it"), max_length=200, required=False)
    owner = forms.UUIDField(required=False)
    due_on = forms.DateField(required=False)


class BookForm(forms.Form):
    """A version of an area's own."""

    file = forms.FileField(
        label=_("Book of visits (TOML)"),
        help_text=_("Take the file of the version in force as a beginning."),
    )  # fmt: skip
    note = forms.CharField(label=_("What is new and why"), max_length=200)


def numbers_of(posted: Any) -> dict[UUID, int]:
    """Return the order that was typed: a number for each visit."""
    found = {}
    for name, value in posted.items():
        if name.startswith("stop-") and value.strip().isdigit():
            try:
                found[UUID(name.removeprefix("stop-"))] = int(value[:4])
            except ValueError:
                continue
    return found


def refused(form: forms.Form, refusal: Exception) -> None:
    """Show a refusal above the form, in the reader's language."""
    form.add_error(None, str(refusal))
