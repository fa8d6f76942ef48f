"""The shape of what people write on plans: ticks, goals, sessions, homework, and checklists."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from qianshou.plans.actions import goals, guiding, ticking
from qianshou.plans.models import Goal, GoalStep, Guidance, ParentContact, Session
from qianshou.plans.models.guidance import Attendee
from qianshou.plans.rules import checklist as rules
from qianshou.plans.rules.checklist import Item


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A day, chosen as the browser offers it."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


def _pairs(known: dict[str, str]) -> list[tuple[str, Any]]:
    return [(code, _(words)) for code, words in known.items()]


class ReasonForm(forms.Form):
    """An act that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class TickForm(forms.Form):
    """What was done, when, and by what it is proven."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    item = forms.CharField(widget=forms.HiddenInput, max_length=30)
    part = forms.CharField(widget=forms.HiddenInput, max_length=30, required=False)
    on = day_field(_("When was it?"))
    note = forms.CharField(
        label=_("What did you do?"), required=False, max_length=ticking.LONGEST,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("A few words are enough. Kept sealed; whoever opens it leaves a line."),
    )  # fmt: skip
    evidence = forms.ChoiceField(
        label=_("Proof"), initial="NOTE", widget=forms.RadioSelect,
        choices=[
            ("NOTE", _("these words")),
            ("DOCUMENT", _("a document")),
            ("PHOTO", _("a photo, only with consent")),
        ],
        error_messages={"invalid_choice": _(ticking.NoPhotoConsent.__doc__ or "")},
    )  # fmt: skip
    reference = forms.CharField(
        label=_("Where the document or photo lies"), required=False, max_length=120
    )
    photo = forms.FileField(
        label=_("Photo"), required=False, max_length=200, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        help_text=_("The guardian has agreed to photos. Place and time are removed from it."),
    )  # fmt: skip

    def __init__(self, *args: Any, photos: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not photos:
            del self.fields["photo"]
            known: Any = self.fields["evidence"]
            known.choices = [each for each in known.choices if each[0] != "PHOTO"]

    @classmethod
    def fresh(cls, item: Item, part: str, *, today: date, photos: bool) -> "TickForm":
        """Return the form as it is first seen."""
        wanted = ("DOCUMENT", "PHOTO") if photos else ("DOCUMENT",)
        proof = item.evidence if item.evidence in wanted else "NOTE"
        first = {"key": uuid4(), "item": item.code, "part": part, "on": today, "evidence": proof}
        return cls(initial=first, photos=photos)

    def done(self) -> ticking.Done:
        """Return what was done."""
        given = self.cleaned_data
        photographed = bool(given.get("photo"))
        evidence = "PHOTO" if photographed and given["evidence"] == "NOTE" else given["evidence"]
        return ticking.Done(
            item=given["item"], on=given["on"], part=given["part"], note=given["note"],
            evidence=evidence, reference=given["reference"], photographed=photographed,
        )  # fmt: skip


class GoalForm(forms.Form):
    """What a child wants to reach."""

    field = forms.ChoiceField(label=_("What it is about"), choices=Goal.Field.choices)
    aim = forms.CharField(label=_("What is to be reached"), max_length=200)
    measure = forms.CharField(
        label=_("By what we see it"), max_length=200,
        help_text=_("Something that everybody can see, such as: reads ten minutes every evening."),
    )  # fmt: skip
    until = day_field(_("Until when"))
    words = forms.CharField(
        label=_("In the child's own words"), required=False, max_length=goals.LONGEST_WORDS,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("From eight years on the child's yes does not count without them."),
    )  # fmt: skip

    def wanted(self) -> goals.Wanted:
        """Return what was written down."""
        return goals.Wanted(**{each: self.cleaned_data[each] for each in
                               ("field", "aim", "measure", "until", "words")})  # fmt: skip


class ChangeGoalForm(GoalForm):
    """Another goal in the place of one, and why."""

    reason = forms.CharField(label=_("Why it changes"), max_length=200)


class GoalActForm(forms.Form):
    """One step of a goal."""

    act = forms.ChoiceField(choices=[(each, "") for each in ("agree", "review", "reach", "drop")])
    side = forms.ChoiceField(choices=[(each, "") for each in goals.SIDES], required=False)
    on = forms.DateField(required=False)
    how = forms.ChoiceField(choices=GoalStep.How.choices, required=False)
    words = forms.CharField(required=False, max_length=goals.LONGEST_WORDS)
    reason = forms.CharField(required=False, max_length=200)


class ParentsForm(forms.Form):
    """Whether parents were in touch in a week."""

    who = forms.ChoiceField(choices=ParentContact.Who.choices)
    week = forms.DateField()


class AimsForm(forms.Form):
    """A plan of guidance for a family."""

    basis = forms.ChoiceField(
        label=_("On what ground"), choices=Guidance.Basis.choices, widget=forms.RadioSelect
    )
    aims = forms.CharField(
        label=_("What it aims at"), max_length=guiding.LONGEST, widget=forms.Textarea({"rows": 4}),
        help_text=_("Kept sealed; whoever opens it leaves a line in the trail."),
    )  # fmt: skip
    for_whom = forms.MultipleChoiceField(
        label=_("Who takes part"), choices=Attendee.choices, widget=forms.CheckboxSelectMultiple
    )
    review_on = day_field(_("Looked at again on"))

    def said(self) -> guiding.Aims:
        """Return what was written down."""
        given = self.cleaned_data
        return guiding.Aims(
            given["basis"], given["aims"], tuple(given["for_whom"]), given["review_on"]
        )


class SessionForm(forms.Form):
    """A session to come."""

    on = day_field(_("Day"))
    form = forms.ChoiceField(label=_("How"), choices=Session.Form.choices)
    topic = forms.CharField(label=_("Topic"), max_length=120)
    held_by = forms.CharField(label=_("Held by"), max_length=80)

    def planned(self) -> guiding.Planned:
        """Return the session."""
        return guiding.Planned(**self.cleaned_data)


class BecameForm(forms.Form):
    """What became of a session."""

    act = forms.ChoiceField(
        label=_("What became of it"), widget=forms.RadioSelect,
        choices=[
            ("hold", _("held")),
            ("miss", _("nobody came")),
            ("cancel", _("called off")),
        ],
    )  # fmt: skip
    on = day_field(_("Day"), required=False)
    minutes = forms.IntegerField(
        label=_("Minutes"), required=False, min_value=1, max_value=guiding.MOST_MINUTES
    )
    present = forms.MultipleChoiceField(
        label=_("Who took part"), choices=Attendee.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    note = forms.CharField(
        label=_("What was talked about"), required=False, max_length=guiding.LONGEST,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200,
        help_text=_("Needed if nobody came or it was called off."),
    )  # fmt: skip

    def became(self, planned_on: date) -> guiding.Became:
        """Return what became of it."""
        given = self.cleaned_data
        return guiding.Became(
            act=given["act"], on=given["on"] or planned_on, minutes=given["minutes"] or 0,
            present=tuple(given["present"]), note=given["note"], reason=given["reason"],
        )  # fmt: skip


class HomeworkForm(forms.Form):
    """Something to try at home."""

    task = forms.CharField(label=_("What is tried at home"), max_length=200)
    whose = forms.ChoiceField(label=_("By whom"), choices=Attendee.choices)
    due_on = day_field(_("By when"))


class ProgressForm(forms.Form):
    """How far something at home has come."""

    act = forms.ChoiceField(choices=[(each, "") for each in ("start", "finish", "leave")])
    remark = forms.CharField(required=False, max_length=200)


class ResultForm(forms.Form):
    """The end of a plan of guidance."""

    result = forms.ChoiceField(
        label=_("Result"), choices=Guidance.Result.choices, widget=forms.RadioSelect
    )
    outcome = forms.CharField(
        label=_("What came of it"), max_length=guiding.LONGEST, widget=forms.Textarea({"rows": 3})
    )


class ReminderForm(forms.Form):
    """How often a parent wants to be reminded."""

    every = forms.ChoiceField(
        label=_("How often may we remind you?"), choices=_pairs(dict(rules.REMINDERS)),
        widget=forms.RadioSelect,
    )  # fmt: skip


# -- checklists -----------------------------------------------------------------------------------


class SetForm(forms.Form):
    """A checklist as a whole."""

    code = forms.CharField(label=_("Code"), max_length=30)
    name_zh = forms.CharField(label=_("Name (简体)"), max_length=rules.LONGEST_NAME)
    name_zh_hant = forms.CharField(
        label=_("Name (繁體)"), max_length=rules.LONGEST_NAME, required=False
    )
    name_en = forms.CharField(label=_("Name (English)"), max_length=120, required=False)
    remind = forms.ChoiceField(
        label=_("Parents are reminded"), choices=_pairs(dict(rules.REMINDERS)),
        help_text=_("Of their own contact once a week; each parent may choose otherwise."),
    )  # fmt: skip
    autumn_first = forms.CharField(label=_("Autumn term from"), max_length=5)
    autumn_last = forms.CharField(label=_("Autumn term until"), max_length=5)
    spring_first = forms.CharField(label=_("Spring term from"), max_length=5)
    spring_last = forms.CharField(label=_("Spring term until"), max_length=5)
    note = forms.CharField(
        label=_("What is new, and why"), max_length=200, required=False,
        help_text=_("Stays with the version."),
    )  # fmt: skip

    # Where the rule's name of a problem differs from the field that mends it.
    PLACES = {"name": "name_zh", "autumn": "autumn_first", "spring": "spring_first", "item": None}

    def body(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the checklist as plain data."""
        given = self.cleaned_data
        return {
            "code": given["code"], "name": _words(given, "name"), "remind": given["remind"],
            "terms": {
                name: [given[f"{name}_first"], given[f"{name}_last"]]
                for name in ("autumn", "spring")
            },
            "item": items,
        }  # fmt: skip


def _words(given: dict[str, Any], name: str) -> dict[str, str]:
    found = {each: given.get(f"{name}_{each}", "").strip() for each in rules.LANGUAGES}
    return {each: text for each, text in found.items() if text}


class ItemForm(forms.Form):
    """One item of a checklist."""

    code = forms.CharField(
        label=_("Code"), max_length=30,
        help_text=_("Small letters; it stays the same from version to version."),
    )  # fmt: skip
    name_zh = forms.CharField(label=_("Name (简体)"), max_length=rules.LONGEST_NAME)
    name_zh_hant = forms.CharField(
        label=_("Name (繁體)"), max_length=rules.LONGEST_NAME, required=False
    )
    name_en = forms.CharField(label=_("Name (English)"), max_length=120, required=False)
    help_zh = forms.CharField(label=_("What counts"), max_length=200, required=False)
    cadence = forms.ChoiceField(label=_("How many times"), choices=_pairs(dict(rules.CADENCES)))
    minimum = forms.IntegerField(label=_("At least"), initial=1)
    maximum = forms.IntegerField(label=_("At most"), initial=1)
    evidence = forms.ChoiceField(label=_("Proof"), choices=_pairs(dict(rules.EVIDENCE)))
    owner = forms.ChoiceField(label=_("Whose task"), choices=_pairs(dict(rules.OWNERS)))
    may_tick = forms.MultipleChoiceField(
        label=_("May be ticked by"), choices=_pairs(dict(rules.TICKERS)), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    counts = forms.MultipleChoiceField(
        label=_("Contacts that count by themselves"), choices=_pairs(dict(rules.CONTACTS)),
        required=False, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    occasions = forms.MultipleChoiceField(
        label=_("Occasions"), choices=_pairs(dict(rules.OCCASIONS)), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    parts = forms.CharField(
        label=_("Parts"), required=False, max_length=400, widget=forms.Textarea({"rows": 2}),
        help_text=_("If it is done with several people each time: one per line, code = name."),
    )  # fmt: skip
    personal = forms.BooleanField(label=_("It is the child's own goal (+1)"), required=False)
    points = forms.IntegerField(label=_("Points"), initial=0, min_value=0, max_value=100)

    PLACES = {"name": "name_zh", "part": "parts"}
    # What a person types; the choices of an empty item are sent by the browser all the same.
    TYPED = ("code", "name_zh", "name_zh_hant", "name_en", "help_zh", "parts")

    def has_changed(self) -> bool:
        """Tell whether a further item was filled in, or an item of the version changed."""
        if self.empty_permitted and not self.initial:
            return any(self.data.get(self.add_prefix(each), "").strip() for each in self.TYPED)
        return super().has_changed()

    @staticmethod
    def begun(row: dict[str, Any]) -> dict[str, Any]:
        """Return an item of a version as the form shows it."""
        parts = "\n".join(f"{each['code']} = {each['name']['zh']}" for each in row.get("part", []))
        names = {f"name_{each}": row["name"].get(each, "") for each in rules.LANGUAGES}
        return {
            "points": 0,
            **row,
            **names,
            "help_zh": row.get("help", {}).get("zh", ""),
            "parts": parts,
        }

    def row(self) -> dict[str, Any]:
        """Return the item as plain data; words of other languages that the form hides are kept."""
        given, before = self.cleaned_data, self.initial or {}
        made = {
            each: given[each] for each in
            ("code", "cadence", "minimum", "maximum", "evidence", "owner", "may_tick", "counts",
             "occasions", "personal", "points")
        } | {"name": _words(given, "name"), "part": self._parts(before)}  # fmt: skip
        if given["help_zh"]:
            kept = before.get("help", {})
            same = kept.get("zh") == given["help_zh"]
            made["help"] = kept if same else {"zh": given["help_zh"]}
        return made

    def _parts(self, before: Any) -> list[dict[str, Any]]:
        known = {(each["code"], each["name"]["zh"]): each for each in before.get("part", [])}
        made = []
        for line in filter(str.strip, self.cleaned_data["parts"].splitlines()):
            code, _equals, name = (each.strip() for each in line.partition("="))
            made.append(known.get((code, name), {"code": code, "name": {"zh": name}}))
        return made


ItemFormSet: Any = forms.formset_factory(
    ItemForm, extra=1, can_delete=True, max_num=rules.MOST_ITEMS, absolute_max=rules.MOST_ITEMS + 5
)
