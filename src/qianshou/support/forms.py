"""The shape of what staff write down about pairings, endings and transfers."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.pairing.models import EndCause, NextStep
from qianshou.support.actions import complaining, contacts, ending, transferring
from qianshou.support.models import Complaint, Contact, Ending, EndingStep, Side
from qianshou.support.queries import schedules
from qianshou.support.rules.schedule import HIGHEST, LOWEST, Schedule

SCALE = [("", _("not asked")), *((str(n), str(n)) for n in range(LOWEST, HIGHEST + 1))]
_DAY = {"type": "date"}


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A day, chosen as the browser offers it."""
    return forms.DateField(label=label, widget=forms.DateInput(_DAY, format="%Y-%m-%d"), **more)


class ContactForm(forms.Form):
    """One attempt to speak with a side, with its standard questions and the scale."""

    once = forms.UUIDField(widget=forms.HiddenInput)
    held_on = day_field(_("Day"))
    channel = forms.ChoiceField(label=_("How"), choices=Contact.Channel.choices)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Contact.Outcome.choices)

    def __init__(self, *args: Any, side: str, plan: Schedule, **kwargs: Any) -> None:
        """Ask what the schedule asks this side."""
        super().__init__(*args, **kwargs)
        self.side, self.plan = side, plan
        self.fields["once"].initial = uuid4()
        for each in plan.questions_to(side):
            self.fields[f"q-{each.code}"] = forms.CharField(
                label=schedules.words(each.text), required=False, max_length=contacts.LONGEST,
                widget=forms.Textarea({"rows": 2}),
            )  # fmt: skip
        for each in plan.items_for(side):
            self.fields[f"i-{each.code}"] = forms.ChoiceField(
                label=schedules.words(each.text), required=False, choices=SCALE,
                help_text=_("1 not at all, 5 fully"),
            )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label=_("Further notes"), required=False, max_length=contacts.LONGEST,
            widget=forms.Textarea({"rows": 3}),
            help_text=_("Kept sealed; whoever opens it leaves a line in the trail."),
        )  # fmt: skip
        self.fields["next_step"] = forms.CharField(
            label=_("Next step"), required=False, max_length=200
        )
        self.fields["next_on"] = day_field(_("By when"), required=False)

    def said(self) -> contacts.Said:
        """Return what was written down."""
        given = self.cleaned_data
        return contacts.Said(
            side=self.side, held_on=given["held_on"], channel=given["channel"],
            outcome=given["outcome"], note=given["note"], next_step=given["next_step"],
            next_on=given["next_on"],
            answers={each.code: given[f"q-{each.code}"] for each in
                     self.plan.questions_to(self.side)},
            items={each.code: int(given[f"i-{each.code}"]) for each in
                   self.plan.items_for(self.side) if given[f"i-{each.code}"]},
        )  # fmt: skip


class ReasonForm(forms.Form):
    """An act that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class OutcomeForm(forms.Form):
    """What came of a duty."""

    outcome = forms.CharField(label=_("What came of it"), max_length=200)


class BulkForm(forms.Form):
    """An act on many rows of the worklist."""

    act = forms.ChoiceField(choices=[("assign", ""), ("phone", ""), ("postpone", "")])
    owner = forms.UUIDField(required=False)
    side = forms.ChoiceField(choices=Side.choices, required=False)
    until = forms.DateField(required=False)
    reason = forms.CharField(max_length=200, required=False)
    once = forms.UUIDField(required=False)


class CloseForm(forms.Form):
    """How a pairing ends, why, and what comes next for the child."""

    kind = forms.ChoiceField(
        label=_("How it ends"), choices=Ending.Kind.choices, widget=forms.RadioSelect
    )
    cause = forms.ChoiceField(label=_("Cause"), choices=EndCause.choices, initial="OTHER")
    reason = forms.CharField(label=_("Reason"), max_length=200)
    next_step = forms.ChoiceField(
        label=_("What comes next for the child"), choices=NextStep.choices,
        widget=forms.RadioSelect,
    )  # fmt: skip
    cool_until = day_field(
        _("Cool-down until"), required=False,
        help_text=_("Only for a cool-down; left empty, the schedule says how long it is."),
    )  # fmt: skip

    def decision(self) -> ending.Decision:
        """Return what was decided."""
        return ending.Decision(**self.cleaned_data)


class StepForm(forms.Form):
    """What became of one step of an ending."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[each for each in EndingStep.Outcome.choices if each[0] != "OPEN"],
    )
    on = day_field(_("Day"))
    why_not = forms.CharField(label=_("Why not, if it was not done"), max_length=200,
                              required=False)  # fmt: skip
    note = forms.CharField(
        label=_("Notes of the talk"), max_length=2000, required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Kept sealed; whoever opens it leaves a line in the trail."),
    )  # fmt: skip

    def taken(self) -> ending.Taken:
        """Return what became of it."""
        return ending.Taken(**self.cleaned_data)


class ComplaintForm(forms.Form):
    """What somebody on a pairing complains of."""

    from_side = forms.ChoiceField(
        label=_("Who complains"), choices=[*Side.choices, ("OTHER", _("somebody else"))]
    )
    from_whom = forms.CharField(
        label=_("Name, if they give it"), max_length=100, required=False,
        help_text=_("Kept sealed. Whoever the complaint is about never learns who complained."),
    )  # fmt: skip
    about = forms.ChoiceField(
        label=_("About whom the complaint is"), choices=Complaint.About.choices
    )
    about_user = forms.TypedChoiceField(
        label=_("Which member of staff"), required=False, empty_value=None
    )
    words = forms.CharField(
        label=_("What about"), max_length=2000, widget=forms.Textarea({"rows": 5})
    )

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        """Offer the staff of the area."""
        super().__init__(*args, **kwargs)
        known = {str(each.pk): each for each in colleagues}
        staff: Any = self.fields["about_user"]
        staff.choices = [("", "—"), *((key, each.display_name) for key, each in known.items())]
        staff.coerce = known.__getitem__

    def told(self) -> complaining.Told:
        """Return what was told."""
        return complaining.Told(**self.cleaned_data)


class ReviewForm(forms.Form):
    """What came of a complaint."""

    founded = forms.TypedChoiceField(
        label=_("Was it right?"), coerce=lambda value: value == "yes",
        choices=[("yes", _("yes, at least in part")), ("no", _("no"))],
    )  # fmt: skip
    outcome = forms.CharField(
        label=_("What was done"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )


class TransferForm(forms.Form):
    """Where a file moves to, and who agreed."""

    to_code = forms.CharField(
        label=_("Code of the town or village (12 digits)"), min_length=12, max_length=12,
        help_text=_("As in the list of areas; the county there answers the request."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why"), max_length=200)
    consent_by = forms.CharField(label=_("Who agreed"), max_length=80)
    consent_on = day_field(_("On which day"))
    consent_proof = forms.CharField(
        label=_("Paper and where it lies"), max_length=200,
        help_text=_("Such as: letter of consent no. 12, kept at the town office."),
    )  # fmt: skip

    def agreed(self) -> transferring.Agreed:
        """Return the consent."""
        given = self.cleaned_data
        return transferring.Agreed(given["consent_by"], given["consent_on"], given["consent_proof"])


class AnswerForm(forms.Form):
    """The receiving county's answer."""

    act = forms.ChoiceField(
        choices=[("accept", ""), ("decline", ""), ("take_back", "")], widget=forms.HiddenInput
    )
    keep = forms.ChoiceField(choices=[("1", ""), ("", "")], required=False)
    next_step = forms.ChoiceField(choices=NextStep.choices, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class ScheduleForm(forms.Form):
    """A schedule as a file."""

    file = forms.FileField(
        label=_("Schedule file (TOML)"),
        help_text=_("Take the one in force as a start; it explains itself."),
    )
    note = forms.CharField(label=_("What is new, and why"), max_length=200)
