"""What is to do in care: contacts, items, duties, visits, endings, task teams."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.care.models import Appointment, Clock, Contact, Held
from qianshou.cases.queries import lists as cases
from qianshou.outbound.models import Line
from qianshou.plans.queries import unfulfilled
from qianshou.support.models import Duty, Ending, Followup, Transfer
from qianshou.support.queries import care as support
from qianshou.visits.models import Visit, VisitTask
from qianshou.web.queries.todo import Make, Task
from qianshou.wishes.queries import office as small_wishes


def _silent(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Children whom their mother was not in touch with as agreed"),
        _("Silence is often the first sign that a pair, or the mother herself, needs help."),
        reverse("care:overdue"),
        _("Call"),
        "clock",
        Clock.objects.late_on(today).filter(**inside).count(),
    )


def _notes(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Notes of mothers that wait for an answer"),
        _("She wrote down what she saw; one word back keeps her writing."),
        reverse("care:contacts") + "?only=unread",
        _("Read"),
        "message",
        Contact.objects.filter(**inside).unread().count(),
    )


def _held(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Entries of phones that could not be taken as they came"),
        _("They may be evidence; nothing of them is lost, and nothing is filed unseen."),
        reverse("care:held-list"),
        _("Decide"),
        "lock",
        Held.objects.open().filter(**inside).count(),
    )


def _disputed(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Appointments that two phones set differently"),
        _("Both versions are kept; ask which one holds."),
        reverse("care:disputed"),
        _("Settle"),
        "calendar",
        Appointment.objects.disputed().filter(**inside).count(),
    )


def _untold(_inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Systems that cannot be told"),
        _("Messages wait for them; look at what is wrong with the line."),
        reverse("outbound:receivers"),
        _("Look"),
        "building",
        Line.objects.filter(receiver__is_active=True).exclude(problem={}).count(),
    )


def _contacts(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Pairs whose turn it is"),
        _("Speak with mother, child or guardian: regular contact keeps pairings alive."),
        reverse("support:worklist") + "?what=DUE",
        _("Speak with them"),
        "phone",
        Followup.objects.filter(turn_on__lte=today, **inside).count(),
    )


def _left_alone(inside: dict[str, Any], today: date) -> Task:
    rows = Followup.objects.filter(**inside)
    return Task(
        _("Pairs whose member of staff has left"),
        _("Nobody looks after them any more; tick them all and give them to somebody."),
        reverse("support:worklist") + "?what=ALL&whose=GONE",
        _("Give"),
        "people",
        support.left_alone(rows, today=today).count(),
    )


def _worries(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Pairs at risk"),
        _("Silence, a complaint, a bad relationship or a suspended mother: each says why."),
        reverse("support:worklist") + "?what=RISK",
        _("Look"),
        "warning",
        Followup.objects.at_risk().filter(**inside).count(),
        "ORANGE",
    )


def _duties(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Reviews, birthdays and anniversaries of pairs"),
        _("Each has its day; what is too late stands on top."),
        reverse("support:duties"),
        _("Look"),
        "calendar",
        Duty.objects.open().filter(**inside).count(),
    )


def _endings(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Farewells under way"),
        _("Talks with all sides and a last meeting; no child is left without a decision."),
        reverse("support:endings"),
        _("Look"),
        "hands",
        Ending.objects.filter(finished_on=None, renewed_on=None, **inside).count(),
    )


def _home_visits(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Home visits to write up, and what follows from them too late"),
        _("What was seen at a home counts once it is written down and somebody acts on it."),
        reverse("visits:to-write"),
        _("Look"),
        "home",
        Visit.objects.to_write(today).filter(**inside).count()
        + VisitTask.objects.late_on(today).filter(**inside).count(),
    )


def _small_wishes(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Small wishes that wait for you"),
        _("To screen, to publish, to hand over or to thank for."),
        reverse("wishes:wishes"),
        _("Look"),
        "star",
        small_wishes.to_do(inside),
    )


def _transfers(inside: dict[str, Any], _today: date) -> Task:
    return Task(
        _("Transfers that wait for your answer"),
        _("Until you accept, the other county answers for the child or the mother."),
        reverse("support:transfers") + "?state=ASKED",
        _("Answer"),
        "arrow-right",
        Transfer.objects.waiting().filter(to_code__range=inside["area_code__range"]).count(),
    )


def _task_teams(inside: dict[str, Any], today: date) -> Task:
    return Task(*cases.home_line(inside, today))


def _items(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Pairs with an item of the checklist that is late"),
        _("What was agreed with the child did not happen; ask the mother what she needs."),
        reverse("plans:unfulfilled"),
        _("Look"),
        "list",
        unfulfilled.to_do(inside, today),
    )


def _guidance(inside: dict[str, Any], today: date) -> Task:
    return Task(
        _("Guidance of families that waits for you"),
        _("A session of which nobody said what became, or a plan to be looked at again."),
        reverse("plans:guidance-list") + "?what=WAITS",
        _("Look"),
        "home",
        unfulfilled.guidance_due(inside, today),
    )


LINES: Final[Mapping[str, Make]] = {
    "silent": _silent,
    "notes": _notes,
    "held": _held,
    "disputed": _disputed,
    "untold": _untold,
    "contacts": _contacts,
    "left_alone": _left_alone,
    "worries": _worries,
    "duties": _duties,
    "endings": _endings,
    "home_visits": _home_visits,
    "small_wishes": _small_wishes,
    "transfers": _transfers,
    "task_teams": _task_teams,
    "items": _items,
    "guidance": _guidance,
}
