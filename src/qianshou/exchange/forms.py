"""The shape of deliveries, decisions about them, and the mapping of a new source."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules.profile import DELIVERIES

ACCEPTED = ".xlsx,.csv,.txt"


class UploadForm(forms.Form):
    """A file of a source."""

    source = forms.ChoiceField(label=_("Source"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel workbook (.xlsx) or text (.csv). You can drop the file on this field."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, sources: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = forms.ChoiceField(choices=list(sources)).choices
        self.fields["source"].choices = choices  # type: ignore[attr-defined]


class FileForm(forms.Form):
    """One file: mended rows, or a sample."""

    file = forms.FileField(
        label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED})
    )


class ReasonForm(forms.Form):
    """Why somebody reads, dismisses, refuses or undoes something."""

    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=200)


class SampleForm(FileForm):
    """A sample file of a source that does not exist yet."""

    target = forms.ChoiceField(
        label=_("Whom the list is about"),
        choices=[("CHILD", _("children")), ("MOTHER", _("loving mothers"))],
        widget=forms.RadioSelect,
        initial="CHILD",
    )


class SourceForm(forms.Form):
    """What a new source is called and how it delivers; the columns stand beside it."""

    code = forms.SlugField(
        label=_("Code"), max_length=60, help_text=_("Latin letters, digits and hyphens; it stays.")
    )
    name = forms.CharField(label=_("Name of the source"), max_length=80)
    department = forms.ChoiceField(
        label=_("Department"),
        choices=[
            ("civil_affairs", _("civil affairs")),
            ("education", _("education department")),
            ("disabled_persons", _("disabled persons' federation")),
            ("health", _("health department")),
            ("police", _("police")),
            ("federation", _("women's federation")),
        ],
    )
    delivery = forms.ChoiceField(
        label=_("What a file holds"),
        choices=[
            ("changes", _("only what is new or changed")),
            ("full", _("the whole list; who is missing has left it")),
        ],
        widget=forms.RadioSelect,
        initial=DELIVERIES[1],
    )
    trust = forms.IntegerField(
        label=_("Trust"), min_value=0, max_value=100, initial=60,
        help_text=_("From 0 to 100; where departments differ, the more trusted one is followed."),
    )  # fmt: skip


class WayForm(forms.Form):
    """Where a source is to be asked."""

    url = forms.CharField(label=_("Address of the interface"), max_length=300)
    addresses = forms.CharField(
        label=_("IP addresses"), max_length=400,
        help_text=_("Separated by spaces. Requests go to these alone; names are never looked up."),
    )  # fmt: skip

    def clean_addresses(self) -> list[str]:
        """Return the addresses one by one."""
        text: str = self.cleaned_data["addresses"]
        return text.replace(",", " ").split()


class SecretForm(forms.Form):
    """The secret that a source is asked with."""

    secret = forms.CharField(
        label=_("Secret"), min_length=8, max_length=500, strip=False,
        help_text=_("It is sealed at once; nobody can read it again here."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


def mapping_from(posted: Any, names: Iterable[str], target: str) -> dict[str, str]:
    """Return field -> header from the selects `map-<position>`; the first of a field wins."""
    known = catalogue.FIELDS[target]
    found: dict[str, str] = {}
    for position, name in enumerate(names):
        field = posted.get(f"map-{position}", "")
        if field in known and name:
            found.setdefault(field, name)
    return found


def texts_from(posted: Any) -> dict[int, str]:
    """Return the corrected cells of one row from the fields `cell-<position>`."""
    return {
        int(name.removeprefix("cell-")): text
        for name, text in posted.items()
        if name.startswith("cell-") and name.removeprefix("cell-").isdecimal()
    }
