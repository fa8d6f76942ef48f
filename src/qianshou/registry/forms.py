"""The shape of what people type about files."""

from django import forms
from django.utils.translation import gettext_lazy as _


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


class ConsentForm(forms.Form):
    """A guardian's answer about pairing, with its day and its paper."""

    given = forms.TypedChoiceField(
        label=_("The guardian's answer"),
        choices=[("yes", _("agrees")), ("no", _("does not agree"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    given_on = forms.DateField(
        label=_("Signed on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reason = forms.CharField(
        label=_("Where the paper is kept"),
        min_length=4,
        max_length=200,
        help_text=_("Your name, the time and this note are recorded."),
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
