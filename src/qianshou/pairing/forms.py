"""The shape of decisions about pairs."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from qianshou.engines.matching.policy import RULES
from qianshou.pairing.models import Conflict, EndCause, Policy, Role, SteeringAct, Wish
from qianshou.pairing.queries import roster, whatifs, wishes
from qianshou.pairing.queries.policies import LIMIT_WORDS, SWITCHING_WORDS, WAITING_WORDS
from qianshou.pairing.queries.shapes import PARTS, rule_words
from qianshou.pairing.rules.plans import FIXED_RULES

OFFERED_RULES = tuple(name for name in RULES if name not in FIXED_RULES)
TABLES: Mapping[str, Mapping[str, str]] = {
    "limits": LIMIT_WORDS,
    "switching": SWITCHING_WORDS,
    "waiting": WAITING_WORDS,
    "fairness": {"step": gettext_noop("points less for each further child")},
}
MOST = {"limits": 1_000_000}


class DecisionForm(forms.Form):
    """Approve, or refuse with a reason."""

    verdict = forms.ChoiceField(choices=[("approve", _("Approve")), ("refuse", _("Refuse"))])
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def clean(self) -> dict[str, str]:
        """A refusal needs its reason."""
        given: dict[str, str] = super().clean() or {}
        if given.get("verdict") == "refuse" and not given.get("reason"):
            self.add_error("reason", _("Please give a reason; the next run learns from it."))
        return given


class EndForm(forms.Form):
    """End a pairing with a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    CAUSES = EndCause.choices
    cause = forms.ChoiceField(
        label=_("Cause"), choices=CAUSES, required=False, initial=EndCause.OTHER
    )

    def clean_cause(self) -> str:
        """An end without a known cause is one for another reason."""
        return str(self.cleaned_data["cause"] or EndCause.OTHER)


class ReasonForm(forms.Form):
    """An act that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class PolicyFileForm(forms.Form):
    """A policy as a file."""

    file = forms.FileField(
        label=_("Policy file (TOML)"),
        help_text=_("In the form of the policy in force; take that one as a start."),
    )
    note = forms.CharField(label=_("What is new, and why"), max_length=200)


class PolicyForm(forms.Form):
    """The next version of a policy: its name, which rules are on, and all its numbers."""

    def __init__(self, *args: Any, base: Any, study: Any = None, **kwargs: Any) -> None:
        """Offer the numbers of the version to start from, with the weights of a study if any."""
        super().__init__(*args, **kwargs)
        body = base.body
        self.fields["name"] = forms.CharField(
            label=_("Name of the policy"), max_length=80, initial=base.name
        )
        self.fields["note"] = forms.CharField(label=_("What is new, and why"), max_length=200)
        self._weigh(body.get("parts", {}), study.weights if study else None)
        chosen = [name for name in OFFERED_RULES if body.get("rules", {}).get(name, {}).get("on")]
        self.fields["rules"] = forms.MultipleChoiceField(
            label=_("Rules that must hold"), required=False, initial=chosen,
            choices=[(name, rule_words(name)) for name in OFFERED_RULES],
            widget=forms.CheckboxSelectMultiple,
            help_text=_(
                "Consent, readiness, free places and conflicts of interest are always asked."
            ),
        )  # fmt: skip
        self.fields["together"] = forms.BooleanField(
            label=_("Siblings go to one mother, or to none"), required=False,
            initial=bool(body.get("siblings", {}).get("together")),
            help_text=_(
                "On the page of a child a person can decide otherwise for one family. It cannot"
                " be combined with points less for each further child."
            ),
        )  # fmt: skip
        for table, words in TABLES.items():
            for key, label in words.items():
                self.fields[f"{table}-{key}"] = forms.IntegerField(
                    label=gettext(label), min_value=int(table == "limits"),
                    max_value=MOST.get(table, 10_000), initial=body.get(table, {}).get(key, 0),
                )  # fmt: skip

    def _weigh(self, now: Mapping[str, Any], proposed: Mapping[str, int] | None) -> None:
        for name in PARTS:
            weight = proposed[name] if proposed else now.get(name, {}).get("weight", 0)
            self.fields[f"weight-{name}"] = forms.IntegerField(
                label=gettext("Weight: %(part)s") % {"part": gettext(PARTS[name])},
                min_value=0, max_value=1000, initial=weight,
                help_text=gettext("per mille; all together 1000"),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The weights are shares of one whole."""
        given: dict[str, Any] = super().clean() or {}
        weights = [given.get(f"weight-{name}") for name in PARTS]
        if None not in weights and sum(weights) != 1000:  # type: ignore[arg-type]
            words = gettext("The weights add up to %(sum)d; they must add up to 1000.")
            self.add_error(None, words % {"sum": sum(weights)})  # type: ignore[arg-type]
        if given.get("together") and given.get("fairness-step"):
            words = gettext("Siblings cannot go together where each further child costs more.")
            self.add_error("together", words)
        return given

    def numbers(self) -> dict[str, Any]:
        """Return what was given, by subject."""
        given = self.cleaned_data
        tables = {
            table: {key: given[f"{table}-{key}"] for key in words}
            for table, words in TABLES.items()
        }
        return {
            "weights": {name: given[f"weight-{name}"] for name in PARTS},
            "rules_on": frozenset(given["rules"]),
            "limits": tables["limits"],
            "switching": tables["switching"],
            "waiting": tables["waiting"],
            "step": tables["fairness"]["step"],
            "together": given["together"],
        }


class RosterForm(forms.Form):
    """A list of partners."""

    file = forms.FileField(label=_("List of partners (XLSX or CSV)"))


class PartnerForm(forms.Form):
    """One partner who is typed."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    name = forms.CharField(label=_("Name"), max_length=60)
    unit = forms.CharField(
        label=_("Unit"), max_length=100,
        help_text=_("A class teacher's school exactly as it stands in the children's files."),
    )  # fmt: skip
    area_code = forms.CharField(
        label=_("Area code"), max_length=12, help_text=_("12 digits, of a town or village.")
    )
    reach_km = forms.CharField(label=_("Goes as far as (km)"), initial="10")
    places = forms.CharField(label=_("Most children"), initial="20")
    languages = forms.CharField(label=_("Languages"), required=False, initial="重庆话、普通话")
    phone = forms.CharField(
        label=_("Telephone"), required=False, max_length=20,
        help_text=_("Links to single tasks are sent there."),
    )  # fmt: skip

    COLUMNS = {
        "role": roster.ROLE, "name": roster.NAME, "unit": roster.UNIT, "area_code": roster.AREA,
        "reach_km": roster.REACH, "places": roster.PLACES, "languages": roster.SPEAKS,
        "phone": roster.PHONE,
    }  # fmt: skip

    def cells(self) -> dict[str, str]:
        """Return what was typed as the cells of a list."""
        words = {role.value: word for word, role in roster.ROLES.items()}
        given = self.cleaned_data | {"role": words[self.cleaned_data["role"]]}
        return {column: given[name] for name, column in self.COLUMNS.items()}

    def refuse(self, wrong: Mapping[str, str]) -> None:
        """Put what is wrong with a cell beside its field."""
        fields = {column: name for name, column in self.COLUMNS.items()}
        for column, words in wrong.items():
            self.add_error(fields[column], words)


class SteeringForm(forms.Form):
    """A demand on the plan with its reason, and the seal of what the person was shown."""

    act = forms.ChoiceField(choices=SteeringAct.Kind.choices, widget=forms.HiddenInput)
    mother = forms.UUIDField(widget=forms.HiddenInput)
    seal = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason_code = forms.ChoiceField(
        label=_("Kind of reason"), choices=[("", "—"), *SteeringAct.Reason.choices]
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("It stays with the pair and in the trail.")
    )


class SiblingForm(forms.Form):
    """What a person decides for one family."""

    decision = forms.ChoiceField(
        label=_("Siblings"),
        choices=[
            ("TOGETHER", _("go to one mother, or to none")),
            ("APART", _("may go to different mothers")),
            ("POLICY", _("as the policy says")),
        ],
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class WishForm(forms.Form):
    """One wish, about a mother by name or about a kind of mother."""

    of = forms.ChoiceField(label=_("Whose wish"), choices=Wish.Of.choices)
    kind = forms.ChoiceField(label=_("What is said"), choices=Wish.Kind.choices)
    mother = forms.CharField(
        label=_("Mother's name"), max_length=60, required=False,
        help_text=_("The whole name, if the wish is about one mother."),
    )  # fmt: skip
    trait = forms.ChoiceField(
        label=_("or a mother who"), required=False,
        choices=lambda: [("", "—"), *wishes.trait_choices()],
    )  # fmt: skip
    reason = forms.CharField(
        label=_("How it is known"), max_length=200,
        help_text=_("Who said it, and when; only those who may note wishes read it."),
    )  # fmt: skip


class ConflictForm(forms.Form):
    """One conflict of interest."""

    mother = forms.CharField(label=_("Mother's name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind of conflict"), choices=Conflict.Kind.choices)
    reason = forms.CharField(label=_("How it is known"), max_length=200)


SLIDERS = ("fit", "distance", "fairness", "steadiness")


class SliderInput(forms.NumberInput):
    """A number that is chosen by sliding."""

    input_type = "range"


def _slider(label: Any, *, low: int = 0, high: int, step: int, words: Any) -> forms.IntegerField:
    widget = SliderInput(attrs={"step": step})
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, help_text=words, widget=widget
    )


class WhatIfForm(forms.Form):
    """Four sliders, another policy, more mothers in one town, and each part by itself."""

    fit = _slider(
        _("Fit"), high=200, step=10,
        words=_("How much all that speaks for a pair counts, except the way; 100: as in force."),
    )  # fmt: skip
    distance = _slider(
        _("Distance"), high=200, step=10,
        words=_("How much a short way counts; 100: as in force."),
    )  # fmt: skip
    fairness = _slider(
        _("Fairness among the mothers"), high=1000, step=50,
        words=_("What each further child of a mother costs more, in points."),
    )  # fmt: skip
    steadiness = _slider(
        _("Stability"), high=2000, step=100,
        words=_("What a pair that is proposed today is worth more, in points."),
    )  # fmt: skip
    policy = forms.ChoiceField(label=_("Start from the policy"), required=False)
    mothers = forms.IntegerField(
        label=_("More mothers"), min_value=0, max_value=200, required=False,
        help_text=_("Invented ones, like those of today, with the same number of places."),
    )  # fmt: skip
    town = forms.ChoiceField(label=_("in the town"), required=False)

    def __init__(
        self,
        *args: Any,
        weights: Mapping[str, int],
        step: int,
        towns: list[tuple[str, str]],
        policies: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """Offer the weights in force, and the towns in which children wait."""
        standard = {"fit": 100, "distance": 100, "fairness": step, "steadiness": 0, "mothers": 0}
        super().__init__(*args, **kwargs)
        self.initial = standard
        if self.is_bound:
            # An address may name some sliders only; the others stand where they stand by default.
            said: Any = self.data
            self.data = {**{name: standard[name] for name in SLIDERS}, **said.dict()}
        self.parts = list(weights)
        self.standard = standard
        self.fields["policy"].choices = policies  # type: ignore[attr-defined]
        self.fields["town"].choices = [("", "—"), *towns]  # type: ignore[attr-defined]
        for name, weight in weights.items():
            self.fields[name] = forms.IntegerField(
                label=gettext(PARTS.get(name, name)), min_value=0, max_value=1000, required=False,
                widget=forms.NumberInput(attrs={"placeholder": str(weight)}),
            )  # fmt: skip

    @property
    def sliders(self) -> list[Any]:
        """Return the four fields that slide."""
        return [self[name] for name in SLIDERS]

    @property
    def part_fields(self) -> list[Any]:
        """Return the fields of the parts."""
        return [self[name] for name in self.parts]

    def clean(self) -> dict[str, Any]:
        """More mothers need a town, and some part must count."""
        given: dict[str, Any] = super().clean() or {}
        given["mothers"] = given.get("mothers") or 0
        if given["mothers"] and not given.get("town") and "town" not in self.errors:
            self.add_error("town", _("Please choose the town in which they would live."))
        weights = [given.get(name) for name in self.parts]
        nothing = given.get("fit") == given.get("distance") == 0
        if not self.errors and (nothing or not any(each is None or each for each in weights)):
            self.add_error(None, _("At least one part must count."))
        return given

    def question(self, area_code: str) -> tuple[whatifs.Question, Policy | None]:
        """Return what a valid form asks, and the other policy it starts from."""
        given = self.cleaned_data
        known = whatifs.policies_for(area_code)
        other = next((each for each in known if str(each.pk) == given["policy"]), None)
        step = given["fairness"]
        question = whatifs.Question(
            {name: given[name] for name in self.parts if given[name] is not None},
            given["mothers"],
            given["town"],
            fit=given["fit"],
            distance=given["distance"],
            fairness=None if other and step == self.standard["fairness"] else step,
            stability=given["steadiness"],
        )
        return question, other


def what_if_form(area_code: str, stored: Policy, given: Mapping[str, Any] | None) -> WhatIfForm:
    """Return the form of an area under the policy in force."""
    others = [each for each in whatifs.policies_for(area_code) if each != stored]
    return WhatIfForm(
        given,
        weights=whatifs.weights_of(stored),
        step=whatifs.step_of(stored),
        towns=whatifs.towns_of(area_code),
        policies=[("", str(stored)), *((str(each.pk), str(each)) for each in others)],
    )
