"""Shapes of what is typed about a contact, an answer, and a held entry."""

from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from qianshou.care.models import KIND_CHOICES
from qianshou.care.rules import codes, enclosing, payload, silence


def _minutes(value: str) -> int:
    return int(value)


class ContactForm(forms.Form):
    """One contact, as it is logged on a page."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What was it?"), choices=KIND_CHOICES, widget=forms.RadioSelect
    )
    minutes = forms.TypedChoiceField(
        label=_("How long?"), coerce=_minutes, required=False, widget=forms.RadioSelect,
        choices=[(each, _("%(n)d min") % {"n": each}) for each in codes.MINUTES],
    )  # fmt: skip
    mood = forms.TypedChoiceField(
        label=_("How was the child?"), coerce=int, empty_value=None, required=False,
        choices=[
            (each, format_lazy("{} {}", codes.FACES[each], _(words)))
            for each, words in codes.MOODS.items()
        ], widget=forms.RadioSelect,
    )  # fmt: skip
    topics = forms.MultipleChoiceField(
        label=_("What was it about?"), required=False,
        choices=[(code, _(words)) for code, words in codes.TOPICS.items()],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=codes.LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only the federation of your area can read it."),
    )  # fmt: skip
    follow_up = forms.BooleanField(
        label=_("Somebody should look into this with me"), required=False
    )
    at = forms.DateTimeField(
        label=_("When?"), required=False, help_text=_("Empty means just now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    voice = forms.FileField(
        label=_("Voice note"), required=False, max_length=200, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "audio/*", "capture": "user"}),
        help_text=_("At most three minutes."),
    )  # fmt: skip
    photo = forms.FileField(
        label=_("Photo"), required=False, max_length=200, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
        help_text=_("The guardian has agreed to photos. Place and time are removed from it."),
    )  # fmt: skip

    def __init__(self, *args: Any, photos: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not photos:
            del self.fields["photo"]

    @classmethod
    def fresh(cls, kept: dict[str, Any], *, photos: bool) -> "ContactForm":
        """Return a form with a key of its own: sent twice, it is still one contact."""
        usual = {"key": uuid4(), "minutes": codes.USUAL_MINUTES}
        return cls(initial={**usual, **kept}, photos=photos)

    def half_typed(self) -> dict[str, Any]:
        """Return what was typed, valid or not, as it can be kept and shown again."""
        data = self.data
        many = {"topics": data.getlist("topics")[:20]} if hasattr(data, "getlist") else {}
        names = ("kind", "minutes", "mood", "note", "follow_up", "at")
        kept = {name: data[name][: codes.LONGEST_NOTE] for name in names if name in data} | many
        self.full_clean()
        key = self.cleaned_data.get("key")
        return kept | ({"key": str(key)} if key else {})

    def handed_in(self) -> list[tuple[str, bytes]]:
        """Return the recordings that came along, no more of each than one byte too many."""
        wanted = {"voice": enclosing.VOICE, "photo": enclosing.PHOTO}
        return [
            (kind, self.cleaned_data[name].read(enclosing.MOST_BYTES[kind] + 1))
            for name, kind in wanted.items()
            if self.cleaned_data.get(name)
        ]

    def said(self, pairing: UUID) -> payload.Said:
        """Return what was typed, as the rules know it."""
        data: dict[str, Any] = self.cleaned_data
        at = data["at"] or timezone.now()
        return payload.Said(
            pairing=pairing, kind=data["kind"], at=at, minutes=data["minutes"] or 0,
            topics=tuple(data["topics"]), mood=data["mood"],
            note=payload.note(data["note"].replace("\r\n", "\n")), follow_up=data["follow_up"],
        )  # fmt: skip


class AppointmentForm(forms.Form):
    """When a pair meets next."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    base = forms.UUIDField(widget=forms.HiddenInput, required=False)
    what = forms.ChoiceField(label=_("What is planned?"), choices=KIND_CHOICES)
    at = forms.DateTimeField(
        label=_("When?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def planned(self, pairing: UUID) -> payload.Planned:
        """Return what was typed, as the rules know it."""
        data = self.cleaned_data
        return payload.Planned(pairing, data["what"], data["at"], data["base"])


class ReplyForm(forms.Form):
    """What staff answer to a contact."""

    kind = forms.ChoiceField(
        label=_("Answer"),
        choices=[
            ("READ", _("Your note was read")),
            ("THANKS", _("Thank her")),
            ("QUESTION", _("Ask her something")),
        ],
        widget=forms.RadioSelect,
        initial="READ",
    )
    text = forms.CharField(
        label=_("Words"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class WordsForm(forms.Form):
    """What a mother answers to a question."""

    text = forms.CharField(
        label=_("Your answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReasonForm(forms.Form):
    """Why something is done; kept with the act."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class SilenceForm(forms.Form):
    """What is done about the ticked pairs that were not in touch."""

    act = forms.ChoiceField(choices=[("remind", _("Remind")), ("called", _("Note it"))])
    note = forms.CharField(required=False, max_length=500)


TELLS = {
    silence.MOTHER: _("the mother is reminded after"),
    silence.TOWN: _("the town is told after"),
    silence.COUNTY: _("the county is told after"),
    silence.CITY: _("the city counts it after"),
}


class RulesForm(forms.Form):
    """How often contacts are due, and after how many days of silence who is told, by grade."""

    note = forms.CharField(label=_("What is new and why"), max_length=200)

    def __init__(self, *args: Any, rules: silence.Rules, **kwargs: Any) -> None:
        """Begin with what holds now."""
        super().__init__(*args, **kwargs)
        self.now = rules
        for grade in silence.GRADES:
            self._add(f"every-{grade}", rules.days_between[grade], least=1)
            for step in rules.steps:
                self._add(f"{step.tell}-{grade}", step.days[grade], least=0)

    def _add(self, name: str, initial: int, *, least: int) -> None:
        self.fields[name] = forms.IntegerField(
            min_value=least, max_value=silence.LONGEST, initial=initial
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a later step that would come before an earlier one."""
        given = super().clean() or {}
        for before, after in pairwise(silence.TELLS):
            for grade in silence.GRADES:
                first, second = given.get(f"{before}-{grade}"), given.get(f"{after}-{grade}")
                if first is not None and second is not None and second < first:
                    self.add_error(
                        f"{after}-{grade}",
                        _("This is fewer days than in the row above; a later step comes later."),
                    )
        return given

    def table(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the numbers as rows of a table, the grades as its columns."""
        rows = [(str(_("a contact is due every")), "every")]
        rows += [(str(words), tell) for tell, words in TELLS.items()]
        return [(words, [self[f"{name}-{each}"] for each in silence.GRADES])
                for words, name in rows]  # fmt: skip

    def rules(self) -> silence.Rules:
        """Return what was typed; for whom a message comes at once stays as it is."""
        given = self.cleaned_data
        return silence.Rules(
            {each: given[f"every-{each}"] for each in silence.GRADES},
            tuple(
                silence.Step(
                    step.tell, {each: given[f"{step.tell}-{each}"] for each in silence.GRADES},
                    step.at_once,
                )
                for step in self.now.steps
            ),
        )  # fmt: skip
