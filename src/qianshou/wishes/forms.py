"""The shape of a wish, of its screening, and of what a giver writes."""

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from qianshou.wishes.actions.keeping import LONGEST, Said
from qianshou.wishes.models import Wish
from qianshou.wishes.queries.limits import limits
from qianshou.wishes.rules import kinds

MOBILE = re.compile(r"^1[3-9][0-9]{9}$")


class WishForm(forms.Form):
    """What the child wishes for, written down with it."""

    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    kind = forms.ChoiceField(label=_("What the wish is about"), choices=kinds.choices(_))
    words = forms.CharField(
        label=_("The wish in the child's words"), max_length=LONGEST,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Kept sealed. What strangers read is written at the screening."),
    )  # fmt: skip
    yuan = forms.IntegerField(label=_("What it costs about, in yuan"), min_value=1)
    assented = forms.BooleanField(
        label=_("The child agrees that strangers read its wish without its name"), required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say from which age on the child is asked, and what a small wish may cost."""
        super().__init__(*args, **kwargs)
        age = _("From %(age)d years on the child itself is asked.")
        self.fields["assented"].help_text = age % {"age": limits().assent_from_age}
        most = _("At most %(yuan)d yuan.")
        self.fields["yuan"].help_text = most % {"yuan": limits().most_yuan}

    def said(self) -> Said:
        """Return what was written."""
        given = self.cleaned_data
        return Said(given["kind"], given["words"], given["yuan"], given["assented"])


class ScreenForm(forms.Form):
    """The words for the public, and the checklist with a sentence each."""

    public_words = forms.CharField(
        label=_("Words that strangers read"), max_length=LONGEST,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("No name, no school, no village, nothing rare, and no pity."),
    )  # fmt: skip

    def __init__(self, *args: Any, wish: Wish, **kwargs: Any) -> None:
        """Ask for each check what was found."""
        super().__init__(*args, **kwargs)
        self.fields["public_words"].initial = wish.public_words
        for code, label in kinds.CHECKS.items():
            self.fields[f"check-{code}"] = forms.CharField(
                label=_(label), max_length=200, initial=wish.checks.get(code, "")
            )

    def checks(self) -> dict[str, str]:
        """Return what was found, by check."""
        return {code: self.cleaned_data[f"check-{code}"] for code in kinds.CHECKS}


class ActForm(forms.Form):
    """An act on a wish, with its reason or its words."""

    act = forms.CharField(max_length=20)
    reason = forms.CharField(max_length=200, required=False)
    thanks = forms.CharField(max_length=300, required=False)


class GiverForm(forms.Form):
    """Who takes a wish on: no account, a name and a telephone."""

    website = forms.CharField(required=False, label=_("Leave this empty"))
    name = forms.CharField(label=_("Your name, or your firm's"), max_length=60)
    phone = forms.CharField(
        label=_("Mobile number"), max_length=20,
        help_text=_("A code is sent to it. It is kept encrypted; the federation alone sees it."),
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip
    is_firm = forms.BooleanField(label=_("I act for a firm or an organisation"), required=False)

    def clean_phone(self) -> str:
        """Return the number without spaces; only a mobile number can take a code."""
        number = re.sub(r"[\s-]|^\+?86", "", self.cleaned_data["phone"])
        if not MOBILE.match(number):
            raise ValidationError(_("Please write a mobile number of eleven digits."))
        return number

    def clean_website(self) -> str:
        """Refuse what only a program fills in."""
        if self.cleaned_data["website"]:
            raise ValidationError(_("Leave this empty"))
        return ""


class CodeForm(forms.Form):
    """The code that was sent."""

    code = forms.CharField(
        label=_("The six digits that were sent to you"), max_length=10,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip
