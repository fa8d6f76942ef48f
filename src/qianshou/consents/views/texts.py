"""Pages of the texts that guardians sign."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.consents import permissions
from qianshou.consents.actions import texts as actions
from qianshou.consents.forms import TextForm
from qianshou.consents.queries import texts as queries


@login_required
@require_GET
def catalogue(request: SignedInRequest) -> HttpResponse:
    """List the texts in force."""
    context = {
        "rows": queries.catalogue(get_language() or "zh-hans", timezone.localdate()),
        "may_edit": permissions.can_edit_texts(request.user),
    }
    return render(request, "consents/texts.html", context)


@login_required
@require_GET
def versions(request: SignedInRequest, purpose: str) -> HttpResponse:
    """Show every version of a text."""
    rows = queries.versions_of(purpose, get_language() or "zh-hans")
    if not rows:
        raise NotFound
    context = {
        "rows": queries.paragraphs(rows), "label": rows[0].get_purpose_display(),
        "purpose": purpose, "today": timezone.localdate(),
        "may_edit": permissions.can_edit_texts(request.user),
    }  # fmt: skip
    return render(request, "consents/text.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_version(request: SignedInRequest, purpose: str) -> HttpResponse:
    """Write the next version of a text."""
    powers.require(request.user, Power.EDIT_POLICY)
    before = queries.newest_version(purpose)
    if not before:
        raise NotFound
    drafts = {language: (each.title, each.body) for language, each in before.items()}
    initial = {"in_force_on": timezone.localdate()}
    form = TextForm(request.POST or None, drafts=drafts, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.publish(
                purpose, form.drafts(), by=request.user, today=timezone.localdate(),
                in_force_on=form.cleaned_data["in_force_on"], note=form.cleaned_data["note"],
                asks_again=form.cleaned_data["asks_again"],
            )  # fmt: skip
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The new version is kept."))
            return redirect("consents:text", purpose=purpose)
    context = {"form": form, "purpose": purpose, "label": before["zh-hans"].get_purpose_display()}
    status = 422 if form.errors else 200
    return render(request, "consents/new_text.html", context, status=status)
