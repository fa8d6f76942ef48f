"""The page on which a department is asked about one person of a child's file."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qianshou.accounts import permissions as accounts
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.exchange import queries as hub
from qianshou.exchange.actions.asking import Why
from qianshou.registry.actions import asking
from qianshou.registry.forms import QuestionForm
from qianshou.registry.queries import child as queries

CHILD = "child"


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Ask a department about the child or an adult of its file; a second person has to allow it."""
    child = queries.child_for(request.user, child_id)
    accounts.require(request.user, Power.REVEAL_SECRETS, child.area_code)
    sources = hub.asked_sources(child.area_code)
    adults = [each for each in queries.relations_of(child) if each.has_number]
    people = [
        (str(each.id), _("%(name)s (%(kinship)s)") % {"name": each.name, "kinship": each.kinship})
        for each in adults
    ]
    if child.id_number:
        people.append((CHILD, _("%(name)s (the child)") % {"name": child.name}))
    form = QuestionForm(
        request.POST or None, people=people, sources=hub.named_questions(sources),
        initial={"person": request.GET.get("person", "")},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        stands = None
        if given["person"] != CHILD:
            stands = queries.guardianship_for(request.user, child, UUID(given["person"]))
        why = Why(given["purpose"], given["basis"], given["reason"])
        source = next(each for each in sources if each.code == given["source"])
        try:
            asking.ask_about(child, stands, by=request.user, source=source, why=why)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Put down. A second person has to allow it."))
            return redirect("exchange:questions")
    context = {"child": child, "form": form, "people": people, "sources": sources}
    return render(request, "registry/ask.html", context, status=422 if form.errors else 200)
