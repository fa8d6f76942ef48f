"""What a mother does herself once she has an account: sign a text that is new."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotFound
from qianshou.mothers import queries as mothers
from qianshou.recruitment.actions import applying, renewing
from qianshou.recruitment.forms import public as forms
from qianshou.recruitment.queries import panels


@login_required
@require_GET
def promises(request: SignedInRequest) -> HttpResponse:
    """Show a mother the texts that she has signed, and those she still has to."""
    try:
        texts = panels.own_texts(request.user)
    except NotFound:
        # Whoever is no mother finds nothing here; a mother is told what to do.
        own = {"mother": mothers.own_file(request.user)}
        return render(request, "recruitment/no_promises.html", own)
    context = {"commitments": texts, "sign_form": forms.SignForm()}
    return render(request, "recruitment/promises.html", context)


@login_required
@require_POST
def sign(request: SignedInRequest, code: str) -> HttpResponse:
    """Sign one commitment; her file takes note of it."""
    found, form = renewing.own_record(request.user), forms.SignForm(request.POST)
    if form.is_valid():
        try:
            applying.sign(
                found, code, name=form.cleaned_data["name"], today=timezone.localdate(),
                language=translation.get_language() or "zh-hans",
            )  # fmt: skip
        except applying.NotHerName as refusal:
            form.add_error("name", str(refusal))
    if form.errors:
        texts = panels.own_texts(request.user)
        context = {"commitments": texts, "sign_form": form, "signing": code}
        return render(request, "recruitment/promises.html", context, status=422)
    messages.success(request, _("Signed. Thank you."))
    return redirect("mothers:mine")
