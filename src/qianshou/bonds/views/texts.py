"""The page of the agreement's text and of how long offers stand."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.bonds import forms, permissions
from qianshou.bonds.actions import agreeing
from qianshou.bonds.queries import terms as queries
from qianshou.bonds.rules import wording
from qianshou.common.errors import Refused


@login_required
@require_http_methods(["GET", "POST"])
def text(request: SignedInRequest) -> HttpResponse:
    """Show the text in force and its versions; write the next one."""
    versions = list(queries.texts_for(request.user, request.area_code)[:20])
    title, body = queries.shipped()
    newest = versions[0] if versions else None
    start = {"title": newest.title, "body": newest.body} if newest else {}
    form = forms.TextForm(request.POST or None, initial=start or {"title": title, "body": body})
    if request.method == "POST":
        powers.require(request.user, Power.EDIT_AGREEMENT, request.area_code)
        if form.is_valid():
            try:
                agreeing.write_text(request.area_code, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error("body", str(refusal))
            else:
                messages.success(request, _("Written; agreements drawn from now on use it."))
                return redirect("bonds:text")
    days = queries.days_in(request.area_code)
    context = {
        "form": form,
        "versions": versions,
        "gaps": [(f"{{{key}}}", _(words)) for key, words in wording.GAPS.items()],
        "days": days,
        "terms_form": forms.TermsForm(
            initial={"offer_days": days.offer_days, "sign_days": days.sign_days}
        ),
        "may_edit": permissions.can_edit_text(request.user, request.area_code),
    }
    return render(request, "bonds/text.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def terms(request: SignedInRequest) -> HttpResponse:
    """Set how long offers and agreements of the area stand."""
    powers.require(request.user, Power.EDIT_AGREEMENT, request.area_code)
    form = forms.TermsForm(request.POST)
    if form.is_valid():
        agreeing.set_terms(request.area_code, by=request.user, **form.cleaned_data)
        messages.success(request, _("Set; what is out already keeps its day."))
    else:
        messages.error(request, _("Give 1 to 60 days for an answer and 1 to 180 for signing."))
    return redirect("bonds:text")
