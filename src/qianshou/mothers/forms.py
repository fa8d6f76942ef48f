"""Shapes of what is typed on a mother's page."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CapacityForm(forms.Form):
    """How many children she can have at once."""

    capacity = forms.IntegerField(label=_("Most children at once"), min_value=0, max_value=10)


class ReasonForm(forms.Form):
    """Why something is done; kept with the act."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
