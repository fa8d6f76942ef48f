"""What an applicant types, step by step; each form says clearly what is wrong and what to write."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core import signing
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.mothers.rules import words
from qianshou.recruitment.rules import form as steps
from qianshou.recruitment.rules import reading
from qianshou.recruitment.rules.rulebook import Rulebook

YES_NO: Final = (("yes", _("Yes")), ("no", _("No")))
SALT: Final = "recruitment.begin"
# Nobody reads the page and presses within this time; a page older than a day is loaded anew.
FASTEST, SLOWEST = 2, 24 * 3600
EDUCATION: Final = ("小学", "初中", "高中", "中专", "大专", "本科", "研究生")
MOST_SKILLS: Final = 4


def a_moment() -> str:
    """Return the signed time at which a page was shown."""
    return signing.dumps(int(timezone.now().timestamp()), salt=SALT)


class BeginForm(forms.Form):
    """Nothing to fill in for a person; a program fills the trap, or presses at once."""

    website = forms.CharField(required=False, label=_("Leave this empty"))
    moment = forms.CharField(widget=forms.HiddenInput, required=False)
    via = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        """Refuse what no person does, in words that a person can act on."""
        given = super().clean() or {}
        try:
            shown = int(signing.loads(given.get("moment", ""), salt=SALT, max_age=SLOWEST))
        except signing.BadSignature:
            shown = None
        quick = shown is None or timezone.now().timestamp() - shown < FASTEST
        if given.get("website") or quick:
            raise forms.ValidationError(
                gettext("Please look at the page for a moment and press the button once more.")
            )
        return given


class ResumeForm(forms.Form):
    """The code that was written down."""

    code = forms.CharField(
        label=_("Your code"), max_length=40,
        help_text=_("Four groups of four letters and digits; dashes and capitals do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip


class StepForm(forms.Form):
    """One step; `kept` is what is saved of it, in the words of the application."""

    def kept(self) -> dict[str, Any]:
        """Return what is saved."""
        return dict(self.cleaned_data)


class WhoForm(StepForm):
    """Who she is."""

    name = forms.CharField(
        label=_("Name"), max_length=reading.LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    id_kind = forms.ChoiceField(
        label=_("Document"), choices=[(code, _(text)) for code, text in reading.ID_KINDS.items()]
    )
    id_number = forms.CharField(
        label=_("Number on the document"), max_length=30, required=False,
        help_text=_("Kept encrypted. With it the background query is asked and doubles are found."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    birth_on = forms.DateField(
        label=_("Birthday"), required=False,
        help_text=_("Not needed if you write the number of your identity card."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Telephone"), max_length=30,
        help_text=_("May be the telephone of your family."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Hold number and birthday against each other."""
        given = super().clean() or {}
        if "id_kind" in given:
            known = reading.identity(
                given["id_kind"], given.get("id_number", ""), birth_on=given.get("birth_on"),
                today=timezone.localdate(),
            )  # fmt: skip
            for name, text in known.wrong.items():
                if name not in self.errors:
                    self.add_error(name, gettext(text))
            given |= {"id_number": known.id_number, "birth_on": known.birth_on}
        return given

    def clean_phone(self) -> str:
        """Take any usual spelling of a number."""
        found = reading.phone(self.cleaned_data["phone"])
        if found is None:
            raise forms.ValidationError(gettext(reading.WRONG_PHONE))
        return found

    def kept(self) -> dict[str, Any]:
        """Save the day as text."""
        birth = self.cleaned_data["birth_on"]
        return {**self.cleaned_data, "birth_on": birth.isoformat() if birth else ""}


class PlaceForm(StepForm):
    """Where she lives: a town, then one of its villages if they are known."""

    town = forms.ChoiceField(label=_("Town or street"))
    village = forms.ChoiceField(label=_("Village or community"), required=False)
    address = forms.CharField(
        label=_("Address"), max_length=100, required=False,
        help_text=_("Group and house number are enough."),
    )  # fmt: skip
    years = forms.IntegerField(
        label=_("For how many years have you lived here?"), min_value=0, max_value=100,
        required=False,
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        towns: Iterable[tuple[str, str]],
        villages: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        places, inside = list(towns), list(villages)
        around = [
            ("", gettext("Choose …")),
            *places,
            (reading.ELSEWHERE, gettext("another county")),
        ]
        self.fields["town"].choices = around  # type: ignore[attr-defined]
        if inside:
            unlisted = ("", gettext("not in this list"))
            self.fields["village"].choices = [unlisted, *inside]  # type: ignore[attr-defined]
        else:
            del self.fields["village"]


class LifeForm(StepForm):
    """What she does, and by which call she comes."""

    education = forms.ChoiceField(label=_("Education"), choices=[(e, e) for e in EDUCATION])
    employer = forms.CharField(label=_("Employer"), max_length=100, required=False)
    categories = forms.MultipleChoiceField(
        label=_("You are …"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Several are possible; none is needed."),
    )  # fmt: skip

    def __init__(self, *args: Any, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = translation.get_language() or "zh-hans"
        chosen = [(each.code, each.text.in_language(language)) for each in book.categories]
        self.fields["categories"].choices = chosen  # type: ignore[attr-defined]


class OfferForm(StepForm):
    """What she can give."""

    times = forms.MultipleChoiceField(
        label=_("When you have time"), widget=forms.CheckboxSelectMultiple,
        choices=[(code, _(text)) for code, text in words.TIMES.items()],
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("What you speak"), widget=forms.CheckboxSelectMultiple,
        choices=[(code, _(text)) for code, text in words.LANGUAGES.items()],
    )  # fmt: skip
    skills = forms.MultipleChoiceField(
        label=_("What you do best"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(code, _(text)) for code, text in words.AXES.items()],
        help_text=_("Up to four."),
    )  # fmt: skip
    interests = forms.CharField(
        label=_("What you like"), max_length=100, required=False,
        help_text=_("Such as reading, cooking, sports; with a comma between."),
    )  # fmt: skip
    travel_km = forms.IntegerField(
        label=_("How far you can go (kilometres)"), min_value=0, max_value=100, initial=5
    )
    capacity = forms.IntegerField(
        label=_("How many children you can care for"), min_value=1, max_value=3, initial=1
    )

    def clean_skills(self) -> list[str]:
        """Keep to four, so that they say something."""
        chosen: list[str] = self.cleaned_data["skills"]
        if len(chosen) > MOST_SKILLS:
            raise forms.ValidationError(gettext("Choose up to four."))
        return chosen

    def kept(self) -> dict[str, Any]:
        """Save the interests one by one."""
        typed: str = self.cleaned_data["interests"]
        parts = typed.replace("，", ",").replace("、", ",").split(",")
        return {**self.cleaned_data, "interests": [each.strip() for each in parts if each.strip()]}


class QuestionsForm(StepForm):
    """The questions of the rulebook, each answered with yes or no."""

    def __init__(self, *args: Any, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = translation.get_language() or "zh-hans"
        for each in book.questions:
            self.fields[each.code] = forms.ChoiceField(
                label=each.text.in_language(language), choices=YES_NO, widget=forms.RadioSelect
            )

    def kept(self) -> dict[str, Any]:
        """Save the answers under their codes."""
        return {"questions": {code: said == "yes" for code, said in self.cleaned_data.items()}}


class CheckForm(StepForm):
    """Her consent to what happens next."""

    agreed = forms.BooleanField(
        required=False,
        label=_(
            "What I wrote is true. I agree that the women's federation keeps it, and asks police"
            " and procuratorate for records that rule out work with children."
        ),
    )


class WordsForm(forms.Form):
    """An appeal in her own words."""

    words = forms.CharField(
        label=_("Why the refusal is not right"), max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip


class SignForm(forms.Form):
    """Her name under a text."""

    name = forms.CharField(
        label=_("Sign with your full name"), max_length=reading.LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    read = forms.BooleanField(label=_("I have read this text and promise to keep to it."))


def initial_of(step: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step's form shows of what was saved."""
    if step == steps.QUESTIONS:
        said = answers.get("questions", {})
        return {code: "yes" if value else "no" for code, value in said.items()}
    found = {name: value for name, value in answers.items() if value not in (None, "")}
    if isinstance(found.get("interests"), list):
        found["interests"] = ", ".join(found["interests"])
    return found
