"""The shape of what people type about quality."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReceiverForm(forms.Form):
    """To whom a report goes."""

    reason = forms.CharField(
        label=_("To whom it goes"),
        min_length=4,
        max_length=200,
        help_text=_("The department and the person. Your name and the time are recorded."),
    )
