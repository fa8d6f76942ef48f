"""Shape of what is typed when a grade is confirmed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.assessment.models import Grade


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
