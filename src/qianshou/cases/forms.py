"""The shape of what is written down about a task team."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.cases.actions import working
from qianshou.cases.models import Member, TaskTeam
from qianshou.cases.rules import rhythm

GOALS: Final = 4
DECISIONS: Final = 4
_DAY: Final = {"type": "date"}
_TEXT: Final = forms.Textarea({"rows": 4})
NO_NAMES: Final = _("Its owner reads it, perhaps the mother: name nobody else here.")


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A day, chosen as the browser offers it."""
    return forms.DateField(label=label, widget=forms.DateInput(_DAY, format="%Y-%m-%d"), **more)


def _chosen(label: Any, people: Sequence[User], **more: Any) -> forms.ChoiceField:
    choices = [(str(each.pk), each.display_name) for each in people]
    return forms.ChoiceField(label=label, choices=choices, **more)


def _member_field(label: Any, members: Sequence[Member], **more: Any) -> forms.ChoiceField:
    choices = [("", "—"), *((str(each.pk), each.name) for each in members)]
    return forms.ChoiceField(label=label, choices=choices, **more)


class OpenForm(forms.Form):
    """Why a child gets a task team although its grade has not opened one."""

    because = forms.ChoiceField(
        label=_("Occasion"),
        choices=[each for each in TaskTeam.Because.choices if each[0] != TaskTeam.Because.RED],
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=4000, widget=_TEXT,
        help_text=_("Kept sealed in the team's file; whoever opens it leaves a line in the trail."),
    )  # fmt: skip


class TextForm(forms.Form):
    """Words about one act; `name` is what the field is called."""

    words = forms.CharField(label=_("What was done"), max_length=8000, widget=_TEXT)


class LeadForm(forms.Form):
    """Who leads from now on, and what the earlier lead hands over."""

    handover = forms.CharField(
        label=_("Handover"), max_length=4000, widget=_TEXT, required=False,
        help_text=_("What is agreed, what is open, what to mind. Needed when the lead changes."),
    )  # fmt: skip

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        """Offer whoever may lead where the child lives."""
        super().__init__(*args, **kwargs)
        self.fields["lead"] = _chosen(_("Lead"), people)
        self.order_fields(["lead", "handover"])


class MemberForm(forms.Form):
    """Somebody with an account who joins the team."""

    role = forms.CharField(label=_("Role in the team"), max_length=60, required=False)
    unit = forms.CharField(
        label=_("Unit, for somebody of another body"), max_length=100, required=False,
        help_text=_("Its full name, such as of the school, hospital or police station: the "
                    "guardian is asked whether data may be shared with it."),
    )  # fmt: skip

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        """Offer everybody who works for the child's place."""
        super().__init__(*args, **kwargs)
        self.fields["user"] = _chosen(_("Person"), people)
        self.order_fields(["user", "role", "unit"])


class ReasonForm(forms.Form):
    """An act that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class StrategyForm(forms.Form):
    """The goals of a team, each with measure, baseline, target and day; agreed with whom."""

    agreed_with = forms.CharField(
        label=_("Agreed with"), max_length=200,
        help_text=_("Who agreed: the child, its guardian, the members."),
    )  # fmt: skip
    agreed_on = day_field(_("Agreed on"))

    def __init__(self, *args: Any, goals: Sequence[dict[str, Any]] = (), **kwargs: Any) -> None:
        """Ask for some goals, filled with those of the last version."""
        super().__init__(*args, **kwargs)
        self.count = max(GOALS, len(goals) + 1)
        for number in range(1, self.count + 1):
            known = goals[number - 1] if number <= len(goals) else {}
            for name, label in _GOAL:
                field: forms.Field = (
                    day_field(label % number, required=False)
                    if name == "until"
                    else forms.CharField(label=label % number, max_length=200, required=False)
                )
                field.initial = known.get(name)
                self.fields[f"{name}-{number}"] = field

    def clean(self) -> dict[str, Any]:
        """Ask for the missing part of a goal that is only half written."""
        given = super().clean() or {}
        for number in range(1, self.count + 1):
            if not any(given.get(f"{name}-{number}") for name, _label in _GOAL):
                continue
            for name in ("what", "measure", "until"):
                if not given.get(f"{name}-{number}"):
                    self.add_error(f"{name}-{number}", _("Each goal needs this."))
        return given

    def goals(self) -> list[working.Goal]:
        """Return the goals that were written down."""
        given = self.cleaned_data
        return [
            working.Goal(
                what=given[f"what-{number}"], measure=given[f"measure-{number}"],
                baseline=given[f"baseline-{number}"], target=given[f"target-{number}"],
                until=given[f"until-{number}"],
            )
            for number in range(1, self.count + 1)
            if given.get(f"what-{number}")
        ]  # fmt: skip


_GOAL: Final = (
    ("what", _("Goal %d")),
    ("measure", _("Measure of goal %d")),
    ("baseline", _("Goal %d at the start")),
    ("target", _("Target of goal %d")),
    ("until", _("Goal %d until")),
)


class MeetingForm(forms.Form):
    """A meeting that lies ahead."""

    at = forms.DateTimeField(
        label=_("Day and time"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("Place"), max_length=80)
    purpose = forms.CharField(label=_("Purpose"), max_length=200)


class HeldForm(forms.Form):
    """What a meeting came to: who was there, the minutes, and the decisions with owner and day."""

    minutes = forms.CharField(
        label=_("Minutes"), max_length=8000, widget=forms.Textarea({"rows": 8})
    )

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        """Offer the members of the team."""
        super().__init__(*args, **kwargs)
        self.fields["came"] = forms.MultipleChoiceField(
            label=_("Present"), required=False, widget=forms.CheckboxSelectMultiple,
            choices=[(str(each.pk), each.name) for each in members],
        )  # fmt: skip
        self.order_fields(["came", "minutes"])
        for number in range(1, DECISIONS + 1):
            self.fields[f"what-{number}"] = forms.CharField(
                label=_("Decision %d") % number, max_length=200, required=False,
                help_text=NO_NAMES if number == 1 else "",
            )  # fmt: skip
            self.fields[f"owner-{number}"] = _member_field(
                _("Who does %d") % number, members, required=False
            )
            self.fields[f"due-{number}"] = day_field(_("By when %d") % number, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for owner and day of every decision."""
        given = super().clean() or {}
        for number in range(1, DECISIONS + 1):
            for name in ("owner", "due"):
                if given.get(f"what-{number}") and not given.get(f"{name}-{number}"):
                    self.add_error(f"{name}-{number}", _("Each decision needs this."))
        return given

    def decisions(self) -> Iterator[working.Task]:
        """Yield the decisions that were written down."""
        given = self.cleaned_data
        for number in range(1, DECISIONS + 1):
            if given.get(f"what-{number}"):
                yield working.Task(
                    given[f"what-{number}"], given[f"owner-{number}"], given[f"due-{number}"]
                )


class TaskForm(forms.Form):
    """Something that a member is to do until a day."""

    what = forms.CharField(label=_("What"), max_length=200, help_text=NO_NAMES)
    due_on = day_field(_("By when"))

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        """Offer the members of the team."""
        super().__init__(*args, **kwargs)
        self.fields["owner"] = _member_field(_("Who"), members)
        self.order_fields(["owner", "what", "due_on"])

    def task(self) -> working.Task:
        """Return what was written down."""
        given = self.cleaned_data
        return working.Task(given["what"], given["owner"], given["due_on"])


class ReviewForm(forms.Form):
    """How the goals stand, whether the team goes on, and what comes next for the child."""

    result = forms.CharField(label=_("How the goals stand"), max_length=8000, widget=_TEXT)
    act = forms.ChoiceField(
        label=_("Decision"),
        choices=[("go_on", _("The team goes on")), ("close", _("The team closes"))],
    )
    next_step = forms.ChoiceField(
        label=_("What comes next for the child"), required=False,
        choices=[("", "—"), *TaskTeam.Next.choices],
        help_text=_("Needed when the team closes."),
    )  # fmt: skip


class RhythmForm(forms.Form):
    """The clocks of an area."""

    answer_hours = forms.IntegerField(label=_("Hours until a red child has an answer"))
    second_hours = forms.IntegerField(label=_("Further hours until the city is told"))
    late_days = forms.IntegerField(
        label=_("Days of grace before the lead is told of something late")
    )
    reopen_days = forms.IntegerField(
        label=_("Days in which a closed team is opened again instead of a new one")
    )
    RED = forms.IntegerField(label=_("Days between reviews: red"))
    ORANGE = forms.IntegerField(label=_("Days between reviews: orange"))
    YELLOW = forms.IntegerField(label=_("Days between reviews: yellow"))
    GREEN = forms.IntegerField(label=_("Days between reviews: green"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def body(self) -> dict[str, Any]:
        """Return the clocks as they are kept."""
        given = self.cleaned_data
        return {
            **{name: given[name] for name in rhythm.BOUNDS},
            "review_days": {grade: given[grade] for grade in rhythm.GRADES},
        }


def first_values(clocks: rhythm.Rhythm) -> dict[str, int]:
    """Return clocks as the form begins with them."""
    return {
        **{name: getattr(clocks, name) for name in rhythm.BOUNDS}, **dict(clocks.review_days),
    }  # fmt: skip
