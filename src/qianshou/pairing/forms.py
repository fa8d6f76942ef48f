"""The shape of decisions about pairs."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.pairing.queries.shapes import PARTS


class DecisionForm(forms.Form):
    """Approve, or refuse with a reason."""

    verdict = forms.ChoiceField(choices=[("approve", _("Approve")), ("refuse", _("Refuse"))])
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def clean(self) -> dict[str, str]:
        """A refusal needs its reason."""
        given: dict[str, str] = super().clean() or {}
        if given.get("verdict") == "refuse" and not given.get("reason"):
            self.add_error("reason", _("Please give a reason; the next run learns from it."))
        return given


class EndForm(forms.Form):
    """End a pairing with a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class WhatIfForm(forms.Form):
    """Other weights of the parts, and more mothers in one town."""

    def __init__(
        self, *args: Any, weights: Mapping[str, int], towns: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Offer the weights in force, and the towns in which children wait."""
        super().__init__(*args, **kwargs)
        self.fields["mothers"] = forms.IntegerField(
            label=_("More mothers"), min_value=0, max_value=200, required=False, initial=0,
            help_text=_("Invented ones, like those of today, with the same number of places."),
        )  # fmt: skip
        self.fields["town"] = forms.ChoiceField(
            label=_("in the town"), choices=[("", "—"), *towns], required=False
        )
        for name, weight in weights.items():
            self.fields[name] = forms.IntegerField(
                label=gettext(PARTS.get(name, name)), min_value=0, max_value=1000, initial=weight
            )

    def clean(self) -> dict[str, Any]:
        """More mothers need a town, and some part must count."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("mothers") and not given.get("town") and "town" not in self.errors:
            self.add_error("town", _("Please choose the town in which they would live."))
        weights = [value for name, value in given.items() if name not in {"mothers", "town"}]
        if not self.errors and not any(weights):
            self.add_error(None, _("At least one part must count."))
        return given
