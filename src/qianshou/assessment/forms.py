"""Shape of what is typed: a grade, answers to the scale's questions, versions of the scale."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.assessment.actions import writing
from qianshou.assessment.models import Grade
from qianshou.assessment.queries.grades import text_of
from qianshou.assessment.rules.instrument import AGAIN


class GradeForm(forms.Form):
    """The grade a person stands for, and why if it is another than the present one.

    `seen` is the assessment that the page showed.
    """

    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)
    grade = forms.ChoiceField(label=_("Grade"), choices=Grade.choices)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Needed if you change the grade. It stays on record."),
    )


class AskForm(forms.Form):
    """The questions of the instrument in force about one child, with what supports the answers."""

    def __init__(self, *args: Any, questions: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        """Ask each question; one that is left open keeps its earlier answer."""
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.fields["held_on"] = forms.DateField(
            label=_("Day of the visit"),
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        )
        for each in questions:
            self.fields[f"q-{each['code']}"] = forms.ChoiceField(
                label=each["words"], required=False, choices=[("", "—"), *each["answers"]]
            )
        self.fields["grounds"] = forms.CharField(
            label=_("What was seen and heard"), max_length=4000, required=False,
            widget=forms.Textarea({"rows": 4}),
            help_text=_("Kept sealed; whoever opens it leaves a line in the trail."),
        )  # fmt: skip

    def answers(self) -> dict[str, str]:
        """Return what was answered."""
        return {each["code"]: self.cleaned_data[f"q-{each['code']}"] for each in self.questions}


class UploadForm(forms.Form):
    """A scale as a file."""

    file = forms.FileField(
        label=_("File of the scale (TOML or JSON)"),
        help_text=_("Take a version from this page as a start."),
    )
    note = forms.CharField(label=_("What is new, and why"), max_length=200)


class NumbersForm(forms.Form):
    """The cuts, months, points and red conditions of a version, to begin a further one."""

    note = forms.CharField(label=_("What is new, and why"), max_length=200)

    def __init__(self, *args: Any, body: Mapping[str, Any], **kwargs: Any) -> None:
        """Ask for every number, filled with the version's own."""
        super().__init__(*args, **kwargs)
        self.body = body
        for grade, points in body["cuts"].items():
            label = _("%(grade)s from so many points") % {"grade": Grade(grade).label}
            self.fields[f"cut-{grade}"] = forms.IntegerField(label=label, initial=points)
        for grade, months in body.get("again", AGAIN).items():
            label = _("Months until %(grade)s is looked at again") % {"grade": Grade(grade).label}
            self.fields[f"again-{grade}"] = forms.IntegerField(label=label, initial=months)
        for each in body["triggers"]:
            self.fields[f"red-{each['code']}"] = forms.BooleanField(
                label=_("Red at once: %(what)s") % {"what": text_of(each)}, required=False,
                initial=True,
            )  # fmt: skip
        for each in body["indicators"]:
            self.fields[f"points-{each['code']}"] = forms.IntegerField(
                label=text_of(each), initial=each["points"], min_value=0, max_value=100
            )
        self.order_fields([*[name for name in self.fields if name != "note"], "note"])

    def numbers(self) -> writing.Numbers:
        """Return the numbers that were given."""
        given = self.cleaned_data
        return writing.Numbers(
            cuts={grade: given[f"cut-{grade}"] for grade in self.body["cuts"]},
            again={grade: given[f"again-{grade}"] for grade in self.body.get("again", AGAIN)},
            points={
                each["code"]: given[f"points-{each['code']}"] for each in self.body["indicators"]
            },
            dropped_triggers=frozenset(
                each["code"] for each in self.body["triggers"] if not given[f"red-{each['code']}"]
            ),
        )


class WhyForm(forms.Form):
    """An act that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
