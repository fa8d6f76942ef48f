"""The pages of data quality: scorecards, a department's report, and the labelling of pairs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as accounts
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound, Refused
from qianshou.quality import queries
from qianshou.quality.actions import reporting, sampling, scoring
from qianshou.quality.forms import ReceiverForm

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_GET
def scorecards(request: SignedInRequest) -> HttpResponse:
    """Show how good each department's rows are, and how well rows find each other."""
    area = request.area_code
    may_label = accounts.may(request.user, Power.DECIDE_LINKS, area)
    context = {
        "cards": queries.cards_for(request.user, area),
        "in_county": _is_county(area),
        "may_label": may_label and _is_county(area),
    }
    return render(request, "quality/scorecards.html", context)


def _is_county(area_code: str) -> bool:
    return len(area_rules.significant(area_code)) >= 6


@login_required
@require_POST
def score_now(request: SignedInRequest) -> HttpResponse:
    """Reckon the chosen county anew."""
    made = scoring.score_area(request.area_code, by=request.user)
    if made:
        messages.success(request, _("The figures are of this moment."))
    else:
        messages.info(request, _("No department's rows of this county are on file."))
    return redirect("quality:scorecards")


@login_required
@require_GET
def scorecard(request: SignedInRequest, area_code: str, source_id: UUID) -> HttpResponse:
    """Show one department's rows of one county: figures, trend, what is wrong."""
    source = queries.source_for(request.user, source_id, area_code)
    return _scorecard(request, (area_code, source), form=ReceiverForm())


def _scorecard(
    request: SignedInRequest, about: tuple[str, Any], *, form: ReceiverForm
) -> HttpResponse:
    area_code, source = about
    history = queries.history_of(source, area_code)
    if not history:
        raise NotFound
    figures = history[-1].figures
    context = {
        "source": source,
        "area": areas.full_names_of({area_code}).get(area_code, area_code),
        "area_code": area_code,
        "card": history[-1],
        "figures": figures,
        "shares": queries.shares_of(figures),
        "filled": queries.filled_of(figures),
        "faults": queries.faults_of(figures),
        "contradicted": queries.contradicted_of(figures),
        "trends": _trends(history),
        "may_take": accounts.may(request.user, Power.RUN_IMPORTS, area_code),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "quality/scorecard.html", context, status=status)


def _trends(history: list[Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    if len(history) < 2:
        return []
    return [
        (_("Validity over the deliveries"), queries.trend_of(history, "validity")),
        (_("Completeness over the deliveries"), queries.trend_of(history, "completeness")),
    ]


@login_required
@require_POST
def report(request: SignedInRequest, area_code: str, source_id: UUID) -> HttpResponse:
    """Hand out the report for a department; the taking is on record."""
    source = queries.source_for(request.user, source_id, area_code)
    form = ReceiverForm(request.POST)
    if not form.is_valid():
        accounts.require(request.user, Power.RUN_IMPORTS, area_code)
        return _scorecard(request, (area_code, source), form=form)
    content = reporting.report(
        source, area_code, by=request.user, reason=form.cleaned_data["reason"]
    )
    response = HttpResponse(content, content_type=XLSX)
    name = f"quality-{source.code}-{area_code[:6]}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# -- labelling ------------------------------------------------------------------------------------


@login_required
@require_GET
def linkage(request: SignedInRequest) -> HttpResponse:
    """Show what the sample says about the linkage of a county."""
    sample = queries.sample_for(request.user, request.area_code)
    drawing = queries.is_drawing(request.area_code)
    context: dict[str, Any] = {"sample": sample, "drawing": drawing, "settled": not drawing}
    if sample is not None:
        done, total = queries.progress_of(sample)
        strata = queries.strata_of(sample)
        context |= {
            "done": done,
            "total": total,
            "quality": queries.quality_of(sample),
            "strata": [(_(queries.STRATA[each.code]), each) for each in strata],
        }
    return render(request, "quality/linkage.html", context)


@login_required
@require_POST
def draw(request: SignedInRequest) -> HttpResponse:
    """Draw a new sample of the chosen county."""
    try:
        sampling.ask(request.area_code, by=request.user)
    except sampling.TooFewRows as refusal:
        messages.warning(request, str(refusal))
    return redirect("quality:linkage")


@login_required
@require_GET
def next_pair(request: SignedInRequest) -> HttpResponse:
    """Open the pair to label next, or the result."""
    sample = queries.sample_for(request.user, request.area_code)
    found = queries.next_pair(sample) if sample else None
    if found is None:
        return redirect("quality:linkage")
    return redirect("quality:pair", pair_id=found.pk)


@login_required
@require_http_methods(["GET", "POST"])
def pair(request: SignedInRequest, pair_id: UUID) -> HttpResponse:
    """Show two rows; a label leads to the next pair."""
    found = queries.pair_for(request.user, pair_id)
    if request.method == "POST":
        try:
            sampling.label(found, request.POST.get("answer", ""), by=request.user)
        except sampling.AnsweredAlready as refusal:
            messages.warning(request, str(refusal))
        else:
            undo = reverse("quality:take-back", args=[found.pk])
            messages.success(request, _("Labelled."), extra_tags=f"undo:{undo}")
        following = queries.next_pair(found.sample)
        if following is None:
            return redirect("quality:linkage")
        return redirect("quality:pair", pair_id=following.pk)
    if found.answer:
        return redirect("quality:next-pair")
    done, total = queries.progress_of(found.sample)
    context = {
        "pair": found,
        "shown": sampling.open_pair(found, by=request.user),
        "done": done,
        "total": total,
    }
    return render(request, "quality/pair.html", context)


@login_required
@require_POST
def take_back(request: SignedInRequest, pair_id: UUID) -> HttpResponse:
    """Take one's own label back and label the pair again."""
    found = queries.pair_for(request.user, pair_id)
    try:
        sampling.take_back(found, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("quality:linkage")
    return redirect("quality:pair", pair_id=found.pk)
