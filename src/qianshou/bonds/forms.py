"""The shape of what is said, signed and met on the way to a pairing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.bonds.models import Means, Side
from qianshou.bonds.rules import reasons

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class WhyForm(forms.Form):
    """An act that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200, min_length=2)


class ProposeForm(forms.Form):
    """Which mother is proposed, and why."""

    mother = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why these two"),
        max_length=200,
        min_length=2,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    since = forms.DateField(
        label=_("A pair already since"),
        required=False,
        widget=DAY,
        help_text=_(
            "Only for pairs that the office cared for before it had this system: they run at once,"
            " without offers and a first meeting. The county decides; your words are kept."
        ),
    )


class AnswerForm(forms.Form):
    """A yes, or a no with its reason; of a child also mood and words."""

    said = forms.ChoiceField(
        label=_("Answer"), choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, side: str, **kwargs: Any) -> None:
        """Offer the reasons of one side."""
        super().__init__(*args, **kwargs)
        self.side = side
        listed = [(each.code, _(each.words)) for each in reasons.REASONS[side]]
        self.fields["cause"] = forms.ChoiceField(
            label=_("If no: why"), choices=[("", "—"), *listed], required=False
        )
        if side == Side.CHILD:
            moods = [(code, _(words)) for code, words in reasons.MOODS.items()]
            self.fields["mood"] = forms.ChoiceField(label=_("How the child seemed"), choices=moods)
        self.fields["words"] = forms.CharField(
            label=_("In the child's own words") if side == Side.CHILD else _("In own words"),
            max_length=300,
            required=side == Side.CHILD,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def clean(self) -> dict[str, Any]:
        """A no needs a reason of the list."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("said") == "no" and not given.get("cause"):
            self.add_error("cause", _("Please choose a reason; it is blamed on nobody."))
        return given


class SignForm(forms.Form):
    """A signature that staff note."""

    side = forms.ChoiceField(
        label=_("Who has signed"),
        choices=[(s.value, s.label) for s in (Side.MOTHER, Side.GUARDIAN, Side.OFFICE)],
    )
    signed_on = forms.DateField(label=_("Signed on"), widget=DAY)
    paper = forms.CharField(
        label=_("Where the paper is"),
        max_length=100,
        required=False,
        help_text=_("Number of the scan or of the binder; not needed for the office's own word."),
    )

    @property
    def means(self) -> str:
        """Return how it was signed: the office by its word in here, the others on paper."""
        return Means.STAFF if self.cleaned_data["side"] == Side.OFFICE else Means.PAPER


class PlanForm(forms.Form):
    """When and where a first meeting is."""

    on = forms.DateField(label=_("Day"), widget=DAY)
    place = forms.CharField(
        label=_("Where they meet"),
        max_length=80,
        help_text=_("As “town hall”; never the child's address."),
    )


class HeldForm(forms.Form):
    """How a first meeting went."""

    on = forms.DateField(label=_("Held on"), widget=DAY)
    staff = forms.CharField(
        label=_("Staff present"), max_length=200, help_text=_("Without staff it does not count.")
    )
    present = forms.MultipleChoiceField(
        label=_("Who else was there"),
        choices=[(s.value, s.label) for s in (Side.MOTHER, Side.CHILD, Side.GUARDIAN)],
        widget=forms.CheckboxSelectMultiple,
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class CeremonyForm(PlanForm):
    """A ceremony: its name, day and place."""

    title = forms.CharField(label=_("Name of the ceremony"), max_length=80)
    field_order = ("title", "on", "place")


class MinutesForm(forms.Form):
    """The end of the day: staff, minutes, and the next date for those who were absent."""

    staff = forms.CharField(label=_("Staff present"), max_length=200)
    minutes = forms.CharField(
        label=_("Minutes"), max_length=5000, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    next_on = forms.DateField(
        label=_("New date for those who were absent"), required=False, widget=DAY
    )


class TextForm(forms.Form):
    """The next version of the agreement's text."""

    title = forms.CharField(label=_("Title"), max_length=80)
    body = forms.CharField(
        label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 18})
    )
    note = forms.CharField(label=_("What is new, and why"), max_length=200, min_length=2)


class TermsForm(forms.Form):
    """How long offers and agreements stand."""

    offer_days = forms.IntegerField(
        label=_("Days for an answer to an offer"), min_value=1, max_value=60
    )
    sign_days = forms.IntegerField(label=_("Days for signing"), min_value=1, max_value=180)
