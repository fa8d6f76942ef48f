"""The shape of a receiver, and of a request for data."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.exchange.models import Agreement
from qianshou.outbound.models import Receiver
from qianshou.outbound.rules import words


class ToldForm(forms.Form):
    """What a receiver is told, on which basis, until when."""

    told = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=[(code, _(text)) for code, text in words.KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A message names a file's number and a county, never a person."),
    )
    ground = forms.ChoiceField(
        label=_("What it rests on"), choices=Agreement.Basis.choices, widget=forms.RadioSelect,
        initial=Agreement.Basis.DUTY,
        help_text=_("With consent it hears only of children whose guardian agreed to sharing with "
                    "the system's name, written exactly so."),
    )  # fmt: skip
    basis = forms.CharField(
        label=_("Legal basis"), max_length=200,
        help_text=_("The agreement or rule that allows it, with its number."),
    )  # fmt: skip
    valid_until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))


class ReceiverForm(ToldForm):
    """A new receiver."""

    code = forms.SlugField(
        label=_("Code"), max_length=60, help_text=_("Latin letters, digits and hyphens; it stays.")
    )
    name = forms.CharField(label=_("Name of the system"), max_length=80)
    url = forms.CharField(
        label=_("Address that is called"), max_length=300, required=False,
        help_text=_("Leave it empty if the system collects its messages itself."),
    )  # fmt: skip
    algorithm = forms.ChoiceField(
        label=_("Signature"), choices=Receiver.Algorithm.choices, widget=forms.RadioSelect,
        initial=Receiver.Algorithm.SHA256,
    )  # fmt: skip
    field_order = ("name", "code", "url", "algorithm", "told", "ground", "basis", "valid_until")


class ExportForm(forms.Form):
    """Which rows are asked for, with names or without, and what for."""

    dataset = forms.ChoiceField(label=_("What is needed"), widget=forms.RadioSelect)
    named = forms.BooleanField(
        label=_("With full names, birthdays and villages"), required=False,
        help_text=_("Such an export always waits for a second person."),
    )  # fmt: skip
    reason = forms.CharField(label=_("What it is needed for"), min_length=4, max_length=200)

    party = forms.CharField(
        label=_("Who outside gets the rows by the guardians' consent"), max_length=120,
        required=False,
        help_text=_("Its full name: then only children whose guardian agreed are in the file. "
                    "Empty if the rows stay in the house or a law allows it."),
    )  # fmt: skip

    def __init__(self, *args: Any, datasets: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = forms.ChoiceField(choices=list(datasets)).choices
        self.fields["dataset"].choices = choices  # type: ignore[attr-defined]
