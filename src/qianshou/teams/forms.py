"""Shapes of input: a model slot by slot, its adoption, filling, asking and answering."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.assessment.models import Grade
from qianshou.pairing.models import Role
from qianshou.registry.queries.words import CATEGORIES
from qianshou.teams.rules import model as rules
from qianshou.teams.rules import parts
from qianshou.teams.rules import tasks as task_rules
from qianshou.teams.rules.model import GRADES, Problem

EMPTY_SLOTS: Final = 2
DUTIES_SHOWN: Final = 2
ROLE_CHOICES: Final = [("", "—"), (rules.MOTHER, _("loving mother")), *Role.choices]
# Which field of a slot's form a problem of the model belongs to.
PLACES: Final = {"from": "source", "duty": "what1", "days": "days1_RED"}


class HeadForm(forms.Form):
    """The name of a model, and what is new."""

    code = forms.CharField(
        label=_("Short code"), max_length=30,
        validators=[RegexValidator(r"^[\w+.\-]+$", _("Use letters, digits, + . - only."))],
        help_text=_("Stays the same from version to version, such as 1+1+4+N."),
    )  # fmt: skip
    name = forms.CharField(label=_("Name of the model"), max_length=40)
    note = forms.CharField(
        label=_("What is new and why"), max_length=300,
        help_text=_("Kept with the version; teams keep theirs until they are moved."),
    )  # fmt: skip


class SlotForm(forms.Form):
    """One slot; without a role it is left out."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, required=False)
    name = forms.CharField(label=_("Called here"), max_length=40, required=False)
    source = forms.ChoiceField(
        label=_("Where the person comes from"), required=False,
        choices=[(code, _(words)) for code, words in rules.SOURCES.items()],
    )  # fmt: skip
    least = forms.IntegerField(label=_("At least"), required=False, initial=1)
    most = forms.IntegerField(label=_("At most"), required=False, initial=1)
    required = forms.BooleanField(label=_("Required: empty, it is a gap"), required=False)
    parts = forms.MultipleChoiceField(
        label=_("May see of the child's file"), required=False,
        choices=[(code, _(words)) for code, words in parts.PARTS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: what the child is called, and its age."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, DUTIES_SHOWN + 1):
            self.fields[f"what{number}"] = forms.ChoiceField(
                label=_("Duty"), required=False,
                choices=[("", "—"), *((c, _(w)) for c, w in rules.DUTIES.items())],
            )  # fmt: skip
            self.fields[f"text{number}"] = forms.CharField(
                label=_("In own words"), max_length=100, required=False
            )
            for grade in GRADES:
                self.fields[f"days{number}_{grade}"] = forms.IntegerField(
                    label=_("Days, %(grade)s") % {"grade": Grade(grade).label}, required=False
                )

    @property
    def title(self) -> str:
        """Return what the slot is called so far: by its own name, or by its role."""
        role = str(self["role"].value() or "")
        return str(self["name"].value() or dict(ROLE_CHOICES).get(role, "") if role else "")

    @property
    def basics(self) -> list[Any]:
        """Return the fields of the slot itself."""
        return [self[n] for n in ("role", "name", "source", "least", "most", "required", "parts")]

    @property
    def duties(self) -> list[list[Any]]:
        """Return the fields of each duty."""
        return [
            [self[f"what{n}"], self[f"text{n}"], *(self[f"days{n}_{g}"] for g in GRADES)]
            for n in range(1, DUTIES_SHOWN + 1)
        ]

    @property
    def is_used(self) -> bool:
        """Tell whether this slot is part of the model."""
        return bool(self.cleaned_data.get("role"))

    def as_slot(self) -> dict[str, Any]:
        """Return what was typed as a slot of a model."""
        given = self.cleaned_data
        duties = []
        for number in range(1, DUTIES_SHOWN + 1):
            if given.get(f"what{number}"):
                days = {grade: given.get(f"days{number}_{grade}") for grade in GRADES}
                text = given.get(f"text{number}") or ""
                duty: dict[str, Any] = {"what": given[f"what{number}"], "days": days}
                duties.append(duty | ({"text": {"zh": text}} if text else {}))
        name = {"name": {"zh": given["name"]}} if given.get("name") else {}
        return {
            "role": given["role"], "from": given.get("source"), "least": given.get("least"),
            "most": given.get("most"), "required": bool(given.get("required")),
            "parts": list(given.get("parts") or ()), "duty": duties, **name,
        }  # fmt: skip

    @staticmethod
    def initial_of(slot: Mapping[str, Any]) -> dict[str, Any]:
        """Return a slot as the first values of its form."""
        name = slot.get("name", {})
        found = {
            "role": slot["role"], "source": slot["from"], "least": slot["least"],
            "most": slot["most"], "required": slot["required"], "parts": slot.get("parts", []),
            "name": name.get("zh", "") if isinstance(name, Mapping) else name,
        }  # fmt: skip
        for number, duty in enumerate(slot.get("duty", [])[:DUTIES_SHOWN], start=1):
            found[f"what{number}"] = duty["what"]
            found[f"text{number}"] = duty.get("text", {}).get("zh", "")
            found |= {f"days{number}_{grade}": duty["days"][grade] for grade in GRADES}
        return found


class ModelForms:
    """The head and the slots of a model on one page, with room for further slots."""

    def __init__(
        self, data: Any = None, *, head: Mapping[str, Any] | None = None,
        slots: Sequence[Mapping[str, Any]] = (),
    ) -> None:  # fmt: skip
        count = self._count(data) if data is not None else len(slots) + EMPTY_SLOTS
        self.count = min(count, rules.MOST_SLOTS)
        self.head = HeadForm(data, initial=dict(head or {}))
        self.slots = [
            SlotForm(
                data, prefix=f"slot{at}",
                initial=SlotForm.initial_of(slots[at]) if at < len(slots) else None,
            )
            for at in range(self.count)
        ]  # fmt: skip

    @staticmethod
    def _count(data: Any) -> int:
        more = EMPTY_SLOTS if data.get("act") == "more" else 0
        text = str(data.get("slots", ""))
        return max(int(text), 1) + more if text.isascii() and text.isdigit() else EMPTY_SLOTS

    def is_valid(self) -> bool:
        """Read all forms, so that every one of them says what is wrong with it."""
        return all([self.head.is_valid(), *(each.is_valid() for each in self.slots)])

    @property
    def used(self) -> list[SlotForm]:
        """Return the slots that are part of the model."""
        return [each for each in self.slots if each.is_used]

    def body(self) -> dict[str, Any]:
        """Return the slots as the body of a model."""
        return {"slot": [each.as_slot() for each in self.used]}

    def refuse(self, problems: Sequence[Problem]) -> None:
        """Put what is wrong beside its field; the summary names slot and field."""
        for problem in problems:
            says = gettext(problem.says) % problem.params
            if not problem.slot:
                self.head.add_error(None, says)
                continue
            form = self.used[problem.slot - 1]
            name = PLACES.get(problem.field, problem.field)
            form.add_error(name if name in form.fields else None, says)

    @property
    def lines(self) -> list[dict[str, str]]:
        """Return what is wrong as lines of a summary: which slot, which field, and how to mend."""
        made = [
            {"anchor": self.head[name].id_for_label if name in self.head.fields else "",
             "text": f"{self.head.fields[name].label if name in self.head.fields else ''} {text}"}
            for name, texts in self.head.errors.items() for text in texts
        ]  # fmt: skip
        for number, form in enumerate(self.slots, start=1):
            place = gettext("Slot %(number)d") % {"number": number}
            for name, texts in form.errors.items():
                known = name in form.fields
                label = f"，{form.fields[name].label}" if known else ""
                anchor = str(form[name].id_for_label) if known else ""
                made += [{"anchor": anchor, "text": f"{place}{label}：{text}"} for text in texts]
        return made


class AdoptForm(forms.Form):
    """Which children get a team of a model."""

    grades = forms.MultipleChoiceField(
        label=_("Grades"), required=False, choices=Grade.choices,
        widget=forms.CheckboxSelectMultiple, help_text=_("Nothing ticked: every grade."),
    )  # fmt: skip
    categories = forms.MultipleChoiceField(
        label=_("Categories"), required=False, choices=list(CATEGORIES.items()),
        widget=forms.CheckboxSelectMultiple, help_text=_("Nothing ticked: every category."),
    )  # fmt: skip
    towns = forms.MultipleChoiceField(
        label=_("Towns"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: every town."),
    )  # fmt: skip
    only_paired = forms.BooleanField(
        label=_("Only children who have a mother, or one on the way"), required=False, initial=True
    )
    rank = forms.IntegerField(
        label=_("Order"), min_value=1, max_value=999, initial=100,
        help_text=_("Where several rules fit a child, the lowest number decides."),
    )  # fmt: skip
    note = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, towns: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["towns"].choices = towns  # type: ignore[attr-defined]


class FormTeamForm(forms.Form):
    """The model of a child's team."""

    model = forms.ChoiceField(label=_("Care model"))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False,
        help_text=_("Needed when the child has a team already."),
    )  # fmt: skip

    def __init__(self, *args: Any, models: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model"].choices = models  # type: ignore[attr-defined]


class FillForm(forms.Form):
    """Whom a slot takes in; for a replacement also why, and what the next one has to know."""

    who = forms.ChoiceField(label=_("Person"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Why the earlier person leaves"), max_length=200)
    handover = forms.CharField(
        label=_("What the next person has to know"), max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, people: Sequence[tuple[str, str]], replaces: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = people  # type: ignore[attr-defined]
        if not replaces:
            del self.fields["reason"], self.fields["handover"]


class EndForm(forms.Form):
    """Why a place ends."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    handover = forms.CharField(
        label=_("What the next person has to know"), max_length=2_000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class AskForm(forms.Form):
    """What is asked of a member, until when, and what it opens."""

    asked = forms.CharField(
        label=_("What is asked"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Such as: note the child's vaccinations, or talk with the class teacher."),
    )  # fmt: skip
    due_on = forms.DateField(
        label=_("By which day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    parts = forms.MultipleChoiceField(
        label=_("Opens of the child's file"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what this needs; never more than the slot allows."),
    )  # fmt: skip
    by_link = forms.BooleanField(
        label=_("Send a link that works once"), required=False,
        help_text=_("For somebody without an account."),
    )  # fmt: skip

    def __init__(self, *args: Any, parts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].choices = parts  # type: ignore[attr-defined]

    def clean_due_on(self) -> Any:
        """Refuse a day that is over."""
        if self.cleaned_data["due_on"] < timezone.localdate():
            raise forms.ValidationError(_("Choose a day from today on."))
        return self.cleaned_data["due_on"]


class AnswerForm(forms.Form):
    """What a member answers."""

    outcome = forms.ChoiceField(
        label=_("How it went"), widget=forms.RadioSelect,
        choices=[(code, _(words)) for code, words in task_rules.OUTCOMES.items()],
    )  # fmt: skip
    words = forms.CharField(
        label=_("In a few words"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": _("Say in a few words what was done, or why it was not possible.")
        },
    )  # fmt: skip
    evidence = forms.CharField(
        label=_("Where it is written down"), max_length=200, required=False,
        help_text=_("Such as the number of a record or a form."),
    )  # fmt: skip


class ConnectForm(forms.Form):
    """The account that stands for a partner."""

    username = forms.CharField(label=_("User name of the account"), max_length=60)


class WithdrawForm(forms.Form):
    """Why a task is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
