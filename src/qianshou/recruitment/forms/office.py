"""What staff type about campaigns, applications, queries, interviews and training."""

from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.recruitment.models import Interview, Likeness, Reference
from qianshou.recruitment.rules.rulebook import SCALE, Rulebook

ACCEPTED = "application/pdf,image/jpeg,image/png,image/webp"


def _day(label: Any, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


def _language() -> str:
    return translation.get_language() or "zh-hans"


class CampaignForm(forms.Form):
    """A call for mothers."""

    name = forms.CharField(label=_("Name of the campaign"), max_length=60)
    carrier = forms.CharField(
        label=_("Who carries it"), max_length=60, help_text=_("Such as 红岩先锋 or 妇女之家.")
    )
    appeal = forms.CharField(
        label=_("Words to the public"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    target = forms.IntegerField(label=_("Mothers wanted"), min_value=1, max_value=100_000)
    opens_on = _day(_("Opens on"))
    closes_on = _day(_("Closes on"), required=False)
    channels = forms.CharField(
        label=_("Channels"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line, such as a poster or a parents' meeting; each gets its own code."),
    )  # fmt: skip

    def clean_channels(self) -> list[str]:
        """Read one channel a line."""
        typed: str = self.cleaned_data["channels"]
        return typed.splitlines()

    def clean(self) -> dict[str, Any]:
        """A campaign closes after it opens."""
        given = super().clean() or {}
        opens, closes = given.get("opens_on"), given.get("closes_on")
        if opens and closes and closes < opens:
            self.add_error("closes_on", gettext("The last day comes before the first one."))
        return given


class ReasonForm(forms.Form):
    """Why something is done; kept with the act."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class RefuseForm(forms.Form):
    """A criterion of the rulebook, or own words."""

    criterion = forms.ChoiceField(label=_("Criterion"), required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False,
        help_text=_("Not needed with a criterion: she reads its sentence."),
    )  # fmt: skip

    def __init__(self, *args: Any, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(each.code, each.sentence.in_language(_language())) for each in book.criteria
                if each.effect != "prefer_if"]  # fmt: skip
        choices = [("", gettext("another reason")), *rows]
        self.fields["criterion"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One of the two is needed."""
        given = super().clean() or {}
        if not given.get("criterion") and not given.get("reason", "").strip():
            self.add_error("reason", gettext("Choose a criterion, or write the reason."))
        return given


class AppealDecisionForm(forms.Form):
    """What becomes of an appeal."""

    uphold = forms.ChoiceField(
        label=_("Decision"), widget=forms.RadioSelect,
        choices=[("yes", _("She is right: check her again")), ("no", _("The refusal stands"))],
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RequestForm(forms.Form):
    """A background query that was asked."""

    kind = forms.ChoiceField(label=_("Query"))
    authority = forms.CharField(label=_("Asked of"), max_length=80)
    requested_on = _day(_("Asked on"))

    def __init__(self, *args: Any, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(each.code, each.text.in_language(_language())) for each in book.queries]
        self.fields["kind"].choices = rows  # type: ignore[attr-defined]
        self.fields["authority"].initial = book.queries[0].authority


class AnswerForm(forms.Form):
    """What came back, with its certificate."""

    result = forms.ChoiceField(
        label=_("Result"), widget=forms.RadioSelect,
        choices=[("CLEAR", _("clear")), ("HIT", _("on record"))],
    )  # fmt: skip
    received_on = _day(_("Received on"))
    certificate = forms.FileField(
        label=_("Certificate"), required=False,
        help_text=_("PDF or picture, up to 10 MB. It is kept encrypted."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )  # fmt: skip


class ReferenceForm(forms.Form):
    """What somebody who knows her says."""

    relation = forms.CharField(label=_("How they know her"), max_length=40)
    who = forms.CharField(label=_("Name and telephone"), max_length=80, required=False)
    spoken_on = _day(_("Spoken on"))
    verdict = forms.ChoiceField(label=_("Says"), choices=Reference.Verdict.choices)
    said = forms.CharField(
        label=_("In their words"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class InterviewForm(forms.Form):
    """The interview by the rulebook's form."""

    held_on = _day(_("Held on"))

    def __init__(self, *args: Any, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [each.code for each in book.interview]
        for each in book.interview:
            self.fields[each.code] = _asked(each.kind, each.text.in_language(_language()))
        self.fields["verdict"] = forms.ChoiceField(
            label=_("Result of the interview"),
            choices=Interview.Verdict.choices,
            widget=forms.RadioSelect,
        )

    def answers(self) -> dict[str, Any]:
        """Return the answers under their codes."""
        return {code: self.cleaned_data.get(code, "") for code in self.codes}


def _asked(kind: str, label: str) -> forms.Field:
    """Return the field of one question of the interview."""
    if kind == "scale":
        rows = [(str(step), str(step)) for step in SCALE]
        return forms.ChoiceField(
            label=label, choices=rows, widget=forms.RadioSelect({"class": "scale"}),
            help_text=_("1 not at all, 5 very much"),
        )  # fmt: skip
    if kind == "yes_no":
        rows = [("yes", gettext("Yes")), ("no", gettext("No"))]
        return forms.ChoiceField(
            label=label, choices=rows, widget=forms.RadioSelect({"class": "scale"})
        )
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=1000, required=False, widget=widget)


class SessionForm(forms.Form):
    """A session of training that took place."""

    module = forms.ChoiceField(label=_("Subject"))
    held_on = _day(_("Held on"))
    hours = forms.DecimalField(
        label=_("Hours"), min_value=0.5, max_value=12, max_digits=4, decimal_places=1
    )
    place = forms.CharField(label=_("Where"), max_length=80)

    def __init__(self, *args: Any, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(each.code, each.text.in_language(_language())) for each in book.modules]
        self.fields["module"].choices = rows  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    """Commitments that were signed on paper."""

    codes = forms.MultipleChoiceField(label=_("Signed"), widget=forms.CheckboxSelectMultiple)
    signed_on = _day(_("Signed on"))
    reference = forms.CharField(
        label=_("Where the sheet is kept"), max_length=60,
        help_text=_("Such as the number of the folder."),
    )  # fmt: skip

    def __init__(self, *args: Any, book: Rulebook, unsigned: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(each.code, each.title.in_language(_language())) for each in book.commitments
                if each.code in unsigned]  # fmt: skip
        self.fields["codes"].choices = rows  # type: ignore[attr-defined]


class LikenessForm(forms.Form):
    """Whether two entries are one person."""

    verdict = forms.ChoiceField(label=_("They are"), choices=Likeness.State.choices[1:])


class ListForm(forms.Form):
    """The office's list of applicants."""

    file = forms.FileField(
        label=_("File"), help_text=_("Excel workbook (.xlsx) or text (.csv)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )  # fmt: skip
