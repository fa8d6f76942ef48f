"""The shape of what people type about accounts."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import Grant, User


class SignInForm(AuthenticationForm):
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")


class AccountForm(forms.Form):
    """A new account."""

    username = forms.SlugField(label=_("User name"), max_length=60)
    display_name = forms.CharField(label=_("Name"), max_length=60)
    password = forms.CharField(label=_("First password"), widget=forms.PasswordInput)

    def clean_password(self) -> str:
        """Refuse passwords that are too short, too common, or the name of the account."""
        typed: str = self.cleaned_data["password"]
        named = {name: self.cleaned_data.get(name, "") for name in ("username", "display_name")}
        validate_password(typed, User(**named))
        return typed


class GrantForm(forms.Form):
    """A role for an area."""

    role = forms.ChoiceField(label=_("Role"), choices=Grant.Role.choices)
    area = forms.RegexField(r"^[0-9]{12}$", label=_("Area code"), max_length=12)


class TokenForm(forms.Form):
    """A key for the REST interface."""

    name = forms.CharField(label=_("What the key is for"), max_length=60)
