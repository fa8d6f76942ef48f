"""The pages of care models: what is offered, what one says, writing one, adopting one."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.areas import queries as areas
from qianshou.common.errors import NotAllowed, Refused
from qianshou.teams import permissions
from qianshou.teams.actions import modelling
from qianshou.teams.forms import AdoptForm, ModelForms
from qianshou.teams.queries import offered as queries
from qianshou.teams.queries import reading, shell
from qianshou.teams.rules import model as rules


@login_required
@require_GET
def models(request: SignedInRequest) -> HttpResponse:
    """List the care models offered to the area."""
    area = request.area_code
    found = queries.models_for(request.user, area)
    context = {
        "rows": queries.rows_of(found, area),
        "may_edit": permissions.can_edit_models(request.user, area),
        "tabs": shell.tabs_for(request.user, area, "models"),
    }
    return render(request, "teams/models.html", context)


@login_required
@require_GET
def model(request: SignedInRequest, model_id: UUID) -> HttpResponse:
    """Explain one version of a model in plain words, with where it is adopted."""
    area = request.area_code
    found = queries.model_for(request.user, model_id, area)
    context = {
        "model": found,
        "name": reading.words(found.name),
        "slots": queries.explained(found),
        "versions": queries.versions_of(found),
        "adoptions": queries.adoptions_of(found, area),
        "may_edit": permissions.can_edit_models(request.user, area),
    }
    return render(request, "teams/model.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def write(request: SignedInRequest) -> HttpResponse:
    """Write the next version of a model slot by slot: preview first, then keep it."""
    user, area = request.user, request.area_code
    if not permissions.can_edit_models(user, area):
        raise NotAllowed
    forms = _forms(request)
    preview = None
    act = request.POST.get("act", "")
    if request.method == "POST" and act != "more" and forms.is_valid():
        try:
            preview = [queries.explain_slot(each) for each in _read(forms).slots]
            if act == "keep":
                made = modelling.write(area, _written(forms), by=user)
                messages.success(request, _("Kept. Adopt it so that children get such a team."))
                return redirect("teams:model", model_id=made.pk)
        except rules.BadModelError as problem:
            forms.refuse(problem.problems)
        except Refused as refusal:
            forms.head.add_error(None, str(refusal))
    lines = forms.lines if request.method == "POST" and act != "more" else []
    context = {"forms": forms, "preview": preview, "lines": lines, "area": areas.area_of(area)}
    return render(request, "teams/write.html", context, status=422 if lines else 200)


def _forms(request: SignedInRequest) -> ModelForms:
    if request.method == "POST":
        return ModelForms(request.POST)
    try:
        start = UUID(request.GET.get("from", ""))
    except ValueError:
        return ModelForms()
    found = queries.model_for(request.user, start, request.area_code)
    head = {"code": found.code, "name": reading.words(found.name)}
    return ModelForms(head=head, slots=found.body["slot"])


def _read(forms: ModelForms) -> rules.Model:
    return rules.model_from(forms.body(), roles=reading.ROLES)


def _written(forms: ModelForms) -> modelling.Written:
    given = forms.head.cleaned_data
    return modelling.Written(given["code"], {"zh": given["name"]}, forms.body(), given["note"])


@login_required
@require_http_methods(["GET", "POST"])
def adopt(request: SignedInRequest, model_id: UUID) -> HttpResponse:
    """Let children of the area who fit get a team of this version."""
    user, area = request.user, request.area_code
    if not permissions.can_edit_models(user, area):
        raise NotAllowed
    found = queries.model_for(user, model_id, area)
    towns = [(each.code, each.name) for each in areas.areas_inside(area, "TOWN")]
    form = AdoptForm(request.POST or None, towns=towns)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        fit = modelling.Fit(
            given["grades"], given["categories"], given["towns"], given["only_paired"],
            given["rank"],
        )  # fmt: skip
        modelling.adopt(found, area, fit, by=user, note=given["note"])
        messages.success(request, _("Adopted. Children who fit get their team within a day."))
        return redirect("teams:model", model_id=found.pk)
    context = {"model": found, "name": reading.words(found.name), "form": form}
    return render(request, "teams/adopt.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def unadopt(request: SignedInRequest, adoption_id: UUID) -> HttpResponse:
    """Let a rule make no further teams."""
    found = queries.adoption_for(request.user, adoption_id)
    modelling.end_adoption(found, by=request.user)
    messages.success(request, _("It makes no further teams; those that stand stay."))
    return redirect("teams:model", model_id=found.model_id)
