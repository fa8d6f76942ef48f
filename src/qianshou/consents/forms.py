"""The shape of what is typed about consents."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.consents.models import Assent, Authority
from qianshou.consents.queries.family import Signer
from qianshou.consents.rules.texts import LANGUAGES
from qianshou.registry.models import Consent

_DATE = {"format": "%Y-%m-%d", "attrs": {"type": "date"}}


class _PartiesForm(forms.Form):
    """Offers the purposes, and a box for the parties of sharing."""

    parties = forms.CharField(
        label=_("With whom data would be shared"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only for sharing: the full name of each party, one a line."),
    )  # fmt: skip

    def clean_parties(self) -> list[str]:
        """Return the parties as a list."""
        return str(self.cleaned_data["parties"]).splitlines()


class AskForm(_PartiesForm):
    """Whom to ask, for what, and how long the link stays open."""

    stands = forms.ChoiceField(label=_("Who is asked"), widget=forms.RadioSelect)
    purposes = forms.MultipleChoiceField(
        label=_("For what"), choices=Consent.Purpose.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("The link can be used for"), coerce=int, initial=7,
        choices=[(3, _("3 days")), (7, _("7 days")), (14, _("14 days"))],
    )  # fmt: skip
    field_order = ("stands", "purposes", "parties", "days")

    def __init__(self, *args: Any, signers: list[Signer], **more: Any) -> None:
        """Offer the adults who may sign."""
        super().__init__(*args, **more)
        _offer(self.fields["stands"], [each for each in signers if each.may_sign])


class PaperForm(_PartiesForm):
    """An answer on paper."""

    stands = forms.ChoiceField(label=_("Who has signed"), widget=forms.RadioSelect)
    giver = forms.CharField(
        label=_("Unit and official who signed"), required=False, max_length=80,
        help_text=_("Only where civil affairs consents for the state."),
    )  # fmt: skip
    purpose = forms.ChoiceField(
        label=_("For what"), choices=Consent.Purpose.choices, widget=forms.RadioSelect
    )
    given = forms.TypedChoiceField(
        label=_("The guardian's answer"),
        choices=[("yes", _("agrees")), ("no", _("does not agree"))],
        coerce=lambda value: value == "yes", widget=forms.RadioSelect,
    )  # fmt: skip
    given_on = forms.DateField(label=_("Signed on"), widget=forms.DateInput(**_DATE))  # type: ignore[arg-type]
    kept_at = forms.CharField(
        label=_("Where the paper is kept"), min_length=4, max_length=200,
        help_text=_("Your name, the time and this note are recorded."),
    )  # fmt: skip
    field_order = ("stands", "giver", "purpose", "parties", "given", "given_on", "kept_at")

    def __init__(self, *args: Any, signers: list[Signer], state_guarded: bool, **more: Any) -> None:
        """Offer the adults who may sign, or civil affairs."""
        super().__init__(*args, **more)
        _offer(
            self.fields["stands"], [each for each in signers if each.may_sign],
            state_guarded=state_guarded,
        )  # fmt: skip
        if not state_guarded:
            del self.fields["giver"]


class WithdrawForm(forms.Form):
    """Who takes the consent back, and how it was said."""

    stands = forms.ChoiceField(label=_("Who withdraws"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("How it was said"), min_length=4, max_length=200,
        help_text=_("Such as: by telephone on Monday. No reason has to be given by the guardian."),
    )  # fmt: skip

    def __init__(self, *args: Any, signers: list[Signer], state_guarded: bool, **more: Any) -> None:
        """Offer the adults who may sign, or civil affairs."""
        super().__init__(*args, **more)
        _offer(
            self.fields["stands"], [each for each in signers if each.may_sign],
            state_guarded=state_guarded,
        )  # fmt: skip


class AssentForm(forms.Form):
    """What the child said."""

    given = forms.TypedChoiceField(
        label=_("What the child says"),
        choices=[("yes", _("It wants to take part")), ("no", _("It does not want to"))],
        coerce=lambda value: value == "yes", widget=forms.RadioSelect,
    )  # fmt: skip
    asked_on = forms.DateField(label=_("The child was asked on"), widget=forms.DateInput(**_DATE))  # type: ignore[arg-type]
    way = forms.ChoiceField(
        label=_("How it was asked"), choices=Assent.Way.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In its own words"), required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept under lock; whoever opens it gives a reason."),
    )  # fmt: skip


class AuthorityForm(forms.Form):
    """A document that says who else may consent."""

    kind = forms.ChoiceField(
        label=_("Document"), choices=Authority.Kind.choices, widget=forms.RadioSelect
    )
    stands = forms.ChoiceField(
        label=_("For whom"), required=False, widget=forms.RadioSelect,
        help_text=_("Left empty for the guardianship of the state."),
    )  # fmt: skip
    unit = forms.CharField(label=_("Issued by"), min_length=2, max_length=80)
    number = forms.CharField(label=_("Number of the document"), min_length=2, max_length=80)
    issued_on = forms.DateField(label=_("Issued on"), widget=forms.DateInput(**_DATE))  # type: ignore[arg-type]
    valid_until = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(**_DATE),  # type: ignore[arg-type]
    )

    def __init__(self, *args: Any, signers: list[Signer], **more: Any) -> None:
        """Offer every adult of the child."""
        super().__init__(*args, **more)
        _offer(self.fields["stands"], signers)

    def clean(self) -> dict[str, Any]:
        """Ask for the adult wherever the document names one."""
        data = super().clean() or {}
        if data.get("kind") in ("DECISION", "DELEGATION") and not data.get("stands"):
            self.add_error("stands", _("Say for whom the document speaks."))
        return data


class TextForm(forms.Form):
    """A new version of a text in the three languages."""

    asks_again = forms.TypedChoiceField(
        label=_("What has changed"), coerce=lambda value: value == "purpose",
        choices=[
            ("wording", _("only the wording: earlier consents stay")),
            ("purpose", _("the purpose: everybody is asked again, earlier consents end")),
        ],
        widget=forms.RadioSelect,
    )  # fmt: skip
    in_force_on = forms.DateField(label=_("In force from"), widget=forms.DateInput(**_DATE))  # type: ignore[arg-type]
    note = forms.CharField(
        label=_("Why it is changed"), min_length=4, max_length=200,
        help_text=_("Your name, the time and this reason are recorded."),
    )  # fmt: skip

    def __init__(self, *args: Any, drafts: dict[str, tuple[str, str]], **more: Any) -> None:
        """Begin with the newest version of each language."""
        super().__init__(*args, **more)
        names = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}
        for language in LANGUAGES:
            title, body = drafts.get(language, ("", ""))
            self.fields[f"title-{language}"] = forms.CharField(
                label=_("Title (%(language)s)") % {"language": names[language]},
                min_length=2, max_length=80, initial=title,
            )  # fmt: skip
            self.fields[f"body-{language}"] = forms.CharField(
                label=_("Text (%(language)s)") % {"language": names[language]},
                min_length=20, max_length=5000, initial=body,
                widget=forms.Textarea(attrs={"rows": 10}),
            )  # fmt: skip

    def drafts(self) -> dict[str, tuple[str, str]]:
        """Return title and body by language."""
        data = self.cleaned_data
        return {each: (data[f"title-{each}"], data[f"body-{each}"]) for each in LANGUAGES}


class CheckForm(forms.Form):
    """What the guardian knows."""

    answer = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, kind: str, **more: Any) -> None:
        """Ask for what is on file."""
        super().__init__(*args, **more)
        field = self.fields["answer"]
        if kind == "ID4":
            field.label = _("The last four characters of your ID number")
            field.help_text = _("Digits, and perhaps an X at the end.")
        else:
            field.label = _("Your telephone number")
            field.help_text = _("The one that you have given to the federation or the school.")
            field.widget.attrs["inputmode"] = "numeric"


class ReasonForm(forms.Form):
    """Why something is opened."""

    reason = forms.CharField(label=_("Why"), min_length=4, max_length=200)


STATE = "STATE"


def _offer(field: forms.Field, signers: list[Signer], *, state_guarded: bool = False) -> None:
    assert isinstance(field, forms.ChoiceField)
    choices: list[tuple[str, Any]] = [
        (str(each.stands.pk), f"{each.stands.guardian.name} · {each.stands.get_kinship_display()}")
        for each in signers
    ]
    if state_guarded:
        choices.append((STATE, _("civil affairs, for the state as guardian")))
    field.choices = choices
