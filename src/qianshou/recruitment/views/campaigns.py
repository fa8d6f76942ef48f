"""Campaigns with their figures and codes, training sessions, lists of offices, and the rules."""

import io
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.paging import page_of
from qianshou.recruitment import permissions
from qianshou.recruitment.actions import attesting, listing, rulebooks
from qianshou.recruitment.actions import campaigns as acts
from qianshou.recruitment.forms import office as forms
from qianshou.recruitment.http import posted
from qianshou.recruitment.queries import books, campaigns, rules_page
from qianshou.recruitment.rules import sheet

BOTH = ["GET", "POST"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_http_methods(BOTH)
def calls(request: SignedInRequest) -> HttpResponse:
    """List the campaigns of the area and open a new one."""
    rows = campaigns.campaigns_for(request.user, request.area_code)
    if request.method == "POST" and not permissions.can_work(request.user, request.area_code):
        raise NotAllowed
    form = forms.CampaignForm(posted(request), initial={"opens_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.open_campaign(request.area_code, by=request.user, given=form.cleaned_data)
        except (acts.NotWithin, acts.TooManyChannels) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("recruitment:campaign", campaign_id=made.pk)
    context = {
        "page": page_of(rows, request), "form": form, "today": timezone.localdate(),
        "works": permissions.can_work(request.user, request.area_code),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "recruitment/campaigns.html", context, status=status)


@login_required
@require_http_methods(BOTH)
def campaign(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    """Show how a campaign goes, by channel, with the code of each; change it."""
    found = campaigns.campaign_for(request.user, campaign_id)
    works = permissions.can_work(request.user, found.area_code)
    if request.method == "POST" and not works:
        raise NotAllowed
    names = "\n".join(each["name"] for each in found.channels)
    initial = {name: getattr(found, name) for name in forms.CampaignForm.base_fields}
    form = forms.CampaignForm(posted(request), initial=initial | {"channels": names})
    if request.method == "POST" and form.is_valid():
        try:
            acts.change_campaign(found, by=request.user, given=form.cleaned_data)
        except acts.TooManyChannels as refusal:
            form.add_error("channels", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("recruitment:campaign", campaign_id=campaign_id)
    lines = campaigns.channels_of(found)
    address = request.build_absolute_uri(reverse("recruitment:call", args=[found.slug]))
    context = {
        "campaign": found, "channels": lines, "totals": campaigns.totals_of(lines), "form": form,
        "works": works, "address": address,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "recruitment/campaign.html", context, status=status)


@login_required
@require_GET
def code(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    """Draw the code of a campaign, or of one of its channels, as a picture to print."""
    found = campaigns.campaign_for(request.user, campaign_id)
    via = request.GET.get("via", "")
    if via and via not in {each["slug"] for each in found.channels}:
        raise NotFound
    address = request.build_absolute_uri(reverse("recruitment:call", args=[found.slug]))
    drawn = io.BytesIO()
    text = f"{address}?via={via}" if via else address
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", scale=8, xmldecl=False)
    answer = HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
    answer["Content-Disposition"] = f'inline; filename="{found.slug}{"-" * bool(via)}{via}.svg"'
    return answer


@login_required
@require_http_methods(BOTH)
def sessions(request: SignedInRequest) -> HttpResponse:
    """List the training sessions of the area and enter one that took place."""
    rulebooks.in_force()
    rows = campaigns.sessions_for(request.user, request.area_code)
    works = permissions.can_work(request.user, request.area_code)
    if request.method == "POST" and not works:
        raise NotAllowed
    form = forms.SessionForm(posted(request), book=books.book_of(books.version_of(None)))
    if request.method == "POST" and form.is_valid():
        try:
            made = attesting.plan_session(
                request.area_code, by=request.user, given=form.cleaned_data,
                today=timezone.localdate(),
            )  # fmt: skip
        except attesting.DayToCome as refusal:
            form.add_error("held_on", str(refusal))
        else:
            return redirect("recruitment:session", session_id=made.pk)
    page = page_of(rows, request)
    context = {
        "page": page, "rows": campaigns.session_lines(list(page.object_list)), "form": form,
        "works": works,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "recruitment/sessions.html", context, status=status)


@login_required
@require_http_methods(BOTH)
def session(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """Show who can be attested for a session, and attest those who were there."""
    found = campaigns.session_for(request.user, session_id)
    rows = campaigns.trainees_for(request.user, found)
    works = permissions.can_work(request.user, found.area_code)
    if request.method == "POST":
        if not works:
            raise NotAllowed
        chosen = list(rows.filter(pk__in=_picked(request)))
        count = attesting.attest(found, chosen, by=request.user, today=timezone.localdate())
        messages.success(request, _("Attested: %(count)d.") % {"count": count})
        return redirect("recruitment:session", session_id=session_id)
    page = page_of(rows, request)
    (line,) = campaigns.session_lines([found])
    context = {"page": page, "session": line, "works": works}
    return render(request, "recruitment/session.html", context)


def _picked(request: SignedInRequest) -> list[UUID]:
    """Return the chosen rows; what is no id is left out."""
    picked = []
    for text in request.POST.getlist("pick"):
        try:
            picked.append(UUID(text))
        except ValueError:
            continue
    return picked


@login_required
@require_http_methods(BOTH)
def lists(request: SignedInRequest) -> HttpResponse:
    """Take in an office's list of applicants; the rows that cannot enter go back."""
    code_, today = request.area_code, timezone.localdate()
    load = campaigns.last_load(request.user, code_)
    if not permissions.can_work(request.user, code_):
        raise NotAllowed
    form = forms.ListForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            listing.take_list(code_, by=request.user, file=file, name=file.name, today=today)
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("recruitment:lists")
    context = {"form": form, "load": load, "columns": sheet.COLUMNS, "kinds": sheet.KINDS}
    status = 422 if form.errors else 200
    return render(request, "recruitment/lists.html", context, status=status)


@login_required
@require_POST
def given_back(request: SignedInRequest, load_id: UUID) -> HttpResponse:
    """Hand out the rows that could not enter, with their reasons, as a workbook to mend."""
    load = campaigns.load_for(request.user, load_id)
    answer = HttpResponse(listing.given_back(load, by=request.user), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="applicants-to-mend.xlsx"'
    return answer


@login_required
@require_GET
def rules(request: SignedInRequest) -> HttpResponse:
    """Explain the rules in force, or an earlier version of them."""
    rulebooks.in_force()
    version = request.GET.get("version", "")
    if version and not version.isdecimal():
        raise NotFound
    context = rules_page.page_of(int(version) if version else None)
    return render(request, "recruitment/rules.html", context)
