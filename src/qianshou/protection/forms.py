"""Shapes of what is typed. The report's own form never refuses: it is read by rules/reading.py."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from qianshou.protection.rules import codes

MOMENT = {"type": "datetime-local"}
YES_OR_NO = [(codes.YES, _("yes")), (codes.NO, _("no")), ("", _("I do not know"))]


def _words(label: Any, *, rows: int = 2, longest: int = codes.SHORT, help_text: Any = "") -> Any:
    return forms.CharField(
        label=label, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "maxlength": longest, "autocomplete": "off"}),
    )  # fmt: skip


class ReportForm(forms.Form):
    """The form of a mandatory report. It is drawn, and never asked whether it is valid.

    Its fields count as required only so that not each of them is marked as optional: the page
    says once that everything may stay empty.
    """

    use_required_attribute = False

    key = forms.UUIDField(widget=forms.HiddenInput)
    now = forms.ChoiceField(
        label=_("Is the child in danger now?"), choices=YES_OR_NO, widget=forms.RadioSelect
    )
    words = _words(
        _("What did you see or hear?"), rows=6, longest=codes.LONGEST,
        help_text=_("In your own words; a few are enough. At most 100,000 characters."),
    )  # fmt: skip
    child = forms.ChoiceField(label=_("Which child?"), widget=forms.RadioSelect)
    child_words = _words(
        _("How can the child be found?"),
        help_text=_("Name, age, school, house, who it lives with: whatever you know."),
    )
    county = forms.ChoiceField(label=_("In which county?"))
    situation = forms.ChoiceField(
        label=_("What is it about?"), widget=forms.RadioSelect,
        choices=[
            *((code, _(words)) for code, words in codes.MANDATORY_REPORT_SITUATION.items()),
            ("", _("I cannot say")),
        ],
    )  # fmt: skip
    noticed = forms.CharField(
        label=_("When did you notice it?"), widget=forms.DateTimeInput(attrs=MOMENT)
    )
    called = forms.ChoiceField(
        label=_("Was 110 called?"), choices=YES_OR_NO, widget=forms.RadioSelect
    )
    called_at = forms.CharField(
        label=_("When was 110 called?"), widget=forms.DateTimeInput(attrs=MOMENT)
    )
    accused = forms.ChoiceField(
        label=_("Who may have done it?"), choices=[(c, _(w)) for c, w in codes.ACCUSED.items()],
        help_text=_("Neither this person nor anybody of the same office will see this."),
    )  # fmt: skip
    post = forms.ChoiceField(
        label=_("If it is somebody of the staff: where?"),
        choices=[(c, _(w)) for c, w in codes.POSTS.items()],
    )
    accused_words = _words(_("Name or description of this person"))
    name = forms.CharField(
        label=_("Your name"), widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Only the safeguarding lead can look it up. You need not give it."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Where can you be called back?"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )

    @classmethod
    def fresh(cls, **initial: Any) -> "ReportForm":
        """Return an empty form with a key of its own: sent twice, it is still one report."""
        return cls(initial={"key": uuid4(), "now": "", "called": "", "situation": "", **initial})

    def offer(self, children: list[tuple[str, str]], counties: list[tuple[str, str]]) -> None:
        """Put in the choices that depend on who asks; what cannot be chosen is left out."""
        if children:
            self._choices_of("child", [*children, ("", _now("another child"))])
        else:
            del self.fields["child"]
        if counties:
            self._choices_of("county", [("", _now("not known")), *counties])
        else:
            del self.fields["county"]

    def _choices_of(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class MoreForm(forms.Form):
    """What a reporter adds afterwards."""

    words = forms.CharField(
        label=_("Add something"), max_length=codes.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )  # fmt: skip


class WordsForm(forms.Form):
    """Words that a step needs."""

    words = forms.CharField(
        label=_("In a few words"), max_length=codes.SHORT,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )  # fmt: skip


class AcceptForm(forms.Form):
    """Taking a report up."""

    announce = forms.BooleanField(
        label=_("Raise the child's grade to red now"), required=False,
        help_text=_(
            "Everybody who works with this child will see that it is red, and not why."
            " Leave it if that would warn somebody."
        ),
    )  # fmt: skip


class HandoverForm(forms.Form):
    """Where a report was handed to."""

    authority = forms.ChoiceField(
        label=_("Authority"), choices=[(c, _(w)) for c, w in codes.AUTHORITIES.items()]
    )
    done_at = forms.DateTimeField(
        label=_("When?"), required=False, help_text=_("Empty means just now."),
        widget=forms.DateTimeInput(attrs=MOMENT, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    receipt = forms.CharField(label=_("Receipt number"), max_length=60, required=False)
    words = forms.CharField(
        label=_("Remark"), max_length=codes.SHORT, required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )  # fmt: skip


class CloseForm(WordsForm):
    """Why a report is closed."""

    closing = forms.ChoiceField(
        label=_("Why is it closed?"), choices=[(c, _(w)) for c, w in codes.CLOSINGS.items()]
    )
    field_order = ("closing", "words")


class TermsForm(forms.Form):
    """How long things may take in a county."""

    now_minutes = forms.IntegerField(
        label=_("Minutes to accept when the danger is now"), min_value=5, max_value=240
    )
    other_minutes = forms.IntegerField(
        label=_("Minutes to accept otherwise"), min_value=15, max_value=1440
    )
    feedback_days = forms.IntegerField(
        label=_("Days until the reporter hears"), min_value=1, max_value=3,
        help_text=_("The law allows three days at most."),
    )  # fmt: skip
    signals_a_week = forms.IntegerField(
        label=_("Signals shown in a week"), min_value=1, max_value=50
    )


class DecisionForm(forms.Form):
    """What somebody decides who has looked at a signal."""

    reason = forms.CharField(
        label=_("Why?"), max_length=codes.SHORT,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("Stays here; staff of the pairing do not read it."),
    )  # fmt: skip
    for_staff = forms.CharField(
        label=_("What staff of the pairing should know"), max_length=200, required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=_(
            "If somebody is to talk with them or look after it: staff read these words only, "
            "and not where they come from."
        ),
    )  # fmt: skip


class WordsListForm(forms.Form):
    """The danger words of a county, one a line, and a text to try them on."""

    words = forms.CharField(
        label=_("Words"), max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 16, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "One a line: word | kind | weight 1 to 5 | language | harmless phrases, with commas."
        ),
    )  # fmt: skip
    note = forms.CharField(label=_("What is new in it"), max_length=200, required=False)
    trial = forms.CharField(
        label=_("A text to try it on"), max_length=5_000, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("It is looked at and not kept."),
    )  # fmt: skip
