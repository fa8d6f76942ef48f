"""Shapes of what is typed on a mother's page."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.mothers.models import Commendation, ServiceEntry
from qianshou.mothers.rules import changes, hardship, weekly


class CapacityForm(forms.Form):
    """How many children she can have at once."""

    capacity = forms.IntegerField(label=_("Most children at once"), min_value=0, max_value=10)


class ReasonForm(forms.Form):
    """Why something is done; kept with the act."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more
    )


class SlotsForm(forms.Form):
    """The calendar: every ticked box is a part of a day in which she has time."""

    slots = forms.MultipleChoiceField(
        choices=[(slot, slot) for slot in weekly.SLOTS], required=False
    )


class WordsForm(forms.Form):
    """A list of likes or dislikes, separated by commas of either script."""

    words = forms.CharField(
        label=_("In your own words"),
        help_text=_("Separate them with commas, such as: walking, cooking, calligraphy."),
        max_length=400,
        required=False,
    )

    def clean_words(self) -> list[str]:
        """Return the single words."""
        return changes.words_in(self.cleaned_data["words"])


class RestForm(forms.Form):
    """From when to when she rests, and how many children she wants meanwhile."""

    from_on = _day(_("First day"))
    until_on = _day(_("Last day"))
    places = forms.IntegerField(
        label=_("Most children meanwhile"),
        help_text=_("The children you have stay with you; you get no new one above this number."),
        min_value=0,
        max_value=10,
        initial=0,
    )


class HelpForm(forms.Form):
    """What she needs help for, and perhaps whom it is about."""

    kind = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[(kind, _(word)) for kind, word in hardship.KINDS.items()],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Tell us"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )
    about = forms.ChoiceField(
        label=_("Is it about one of the staff?"),
        help_text=_("Then this person never sees it."),
        required=False,
    )

    def __init__(self, *args: Any, staff: Iterable[Any] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        chosen = [(str(each.pk), each.display_name) for each in staff]
        self.fields["about"].choices = [("", _("no")), *chosen]  # type: ignore[attr-defined]


class OutcomeForm(forms.Form):
    """What came of a request; she reads it."""

    outcome = forms.CharField(
        label=_("What came of it"), help_text=_("She reads this."), max_length=400
    )


class ServiceForm(forms.Form):
    """One service as it is written into the record."""

    held_on = _day(_("Day"))
    hours = forms.DecimalField(
        label=_("Hours of service"),
        help_text=_("Without the way there and back."),
        min_value=0,
        max_value=16,
        decimal_places=2,
    )
    travel_hours = forms.DecimalField(
        label=_("Hours on the way"), min_value=0, max_value=16, decimal_places=2, required=False
    )
    kind = forms.ChoiceField(label=_("Service"), choices=ServiceEntry.Kind.choices)
    place = forms.CharField(label=_("Where it was"), max_length=80, required=False)
    attested_by = forms.CharField(
        label=_("Attested by"), help_text=_("Empty: yourself."), max_length=80, required=False
    )

    def minutes(self, field: str) -> int:
        """Return a number of hours as minutes."""
        value = self.cleaned_data.get(field)
        return round(value * 60) if value else 0


class CorrectionForm(ServiceForm):
    """What replaces an entry; zero hours strike it out."""

    why = forms.CharField(label=_("Why it is corrected"), max_length=200)


class NumberForm(forms.Form):
    """The number under which the volunteers' register knows her."""

    volunteer_number = forms.CharField(
        label=_("Volunteer number"),
        help_text=_("From the national volunteers' register; it stands on her certificates."),
        max_length=32,
        required=False,
    )


class HonourForm(forms.Form):
    """An honour that she was given."""

    title = forms.CharField(label=_("Honour"), max_length=80)
    level = forms.ChoiceField(label=_("Level"), choices=Commendation.Level.choices)
    given_by = forms.CharField(label=_("Given by"), max_length=80)
    given_on = _day(_("Day"))
    paper = forms.CharField(label=_("Number of the paper"), max_length=60, required=False)


class EvaluationForm(forms.Form):
    """What the organiser says about her service."""

    score = forms.TypedChoiceField(
        label=_("Score"), coerce=int, choices=[(each, f"{each} / 5") for each in (5, 4, 3, 2, 1)]
    )
    words = forms.CharField(label=_("In words"), max_length=200, required=False)


class CertificateForm(forms.Form):
    """The period that a certificate covers, and who is in charge."""

    from_on = _day(_("First day"))
    until_on = _day(_("Last day"))
    in_charge = forms.CharField(label=_("In charge"), max_length=80)


class VerifyForm(forms.Form):
    """The number of a certificate as somebody reads it from the paper."""

    number = forms.CharField(
        label=_("Certificate number"),
        help_text=_("As it stands on the paper, beginning with AX."),
        max_length=60,
    )
