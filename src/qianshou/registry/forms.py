"""The shape of what people type about files."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.exchange.queries import purposes


class ReasonForm(forms.Form):
    """Why something is done; kept with the act."""

    reason = forms.CharField(
        label=_("Why"),
        min_length=4,
        max_length=200,
        help_text=_("Your name, the time and this reason are recorded."),
    )


class MergeForm(ReasonForm):
    """The other file of the same child."""

    other = forms.UUIDField(label=_("The other file"), widget=forms.HiddenInput)
    field_order = ("other", "reason")


class VisitForm(forms.Form):
    """What was seen when somebody looked in on a child."""

    said = forms.CharField(
        label=_("What you saw"),
        min_length=2,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Your name and the time are recorded; the note stays with the file."),
    )


class PlaceForm(ReasonForm):
    """Who may still see where the child lives."""

    readers = forms.CharField(
        label=_("Who may still see it"),
        required=False,
        max_length=400,
        help_text=_("User names, separated by commas. You yourself are always among them."),
    )
    field_order = ("readers", "reason")

    def user_names(self) -> list[str]:
        """Return the user names that were typed."""
        typed = self.cleaned_data["readers"].replace("，", ",").replace("、", ",")
        return [name.strip() for name in typed.split(",") if name.strip()]


class QuestionForm(forms.Form):
    """Whom a department is asked about, what for, and on which rule the question rests."""

    person = forms.ChoiceField(label=_("About whom"))
    source = forms.ChoiceField(label=_("Department and question"))
    purpose = forms.ChoiceField(label=_("What for"))
    basis = forms.CharField(
        label=_("Lawful basis"), min_length=4, max_length=200,
        help_text=_("The rule or agreement that allows this question, such as its number."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why in this case"), min_length=4, max_length=200,
        help_text=_("Who allows the question reads it. Ask about the same person again only "
                    "with a new reason."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, people: list[tuple[str, str]], sources: list[tuple[str, str]], **more: Any
    ) -> None:
        """Offer the people of the file and the departments that may be asked."""
        super().__init__(*args, **more)
        for name, choices in (("person", people), ("source", sources), ("purpose", purposes())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class ReviewForm(ReasonForm):
    """How many people must agree on a doubtful link."""

    eyes = forms.TypedChoiceField(
        label=_("A doubtful link is decided by"),
        choices=[(1, _("one person")), (2, _("two people who agree; a third if they do not"))],
        coerce=int,
        widget=forms.RadioSelect,
    )
    field_order = ("eyes", "reason")


class ValueForm(ReasonForm):
    """A value that a person sets; the field decides how it is asked for."""

    field_order = ("value", "reason")

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], kind: str) -> None:
        """`kind` is "date", "many", "choice" or "text"."""
        super().__init__(*args)
        self.fields["value"] = self._value_field(list(choices), kind)
        self.order_fields(self.field_order)

    @staticmethod
    def _value_field(choices: list[tuple[str, Any]], kind: str) -> forms.Field:
        label = _("The right value")
        if kind == "many":
            return forms.MultipleChoiceField(
                label=label, choices=choices, widget=forms.CheckboxSelectMultiple
            )
        if kind == "choice":
            return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)
        if kind == "date":
            widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            return forms.CharField(label=label, widget=widget, max_length=10)
        return forms.CharField(label=label, max_length=200)

    def typed(self) -> str:
        """Return what was typed or chosen as one text."""
        value = self.cleaned_data["value"]
        return ",".join(value) if isinstance(value, list) else str(value)
