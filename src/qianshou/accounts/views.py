"""Signing in, one's own page, and the administrators' pages about accounts and roles."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import actions, permissions, queries
from qianshou.accounts.forms import AccountForm, GrantForm, SignInForm, TokenForm
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of


@method_decorator(require_http_methods(["GET", "POST"]), name="dispatch")
class SignIn(auth.LoginView):
    """Ask for user name and password."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let the person in; it stands in the trail."""
        answer = super().form_valid(form)
        actions.note_sign_in(form.get_user().get_username(), succeeded=True)
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Ask again; that somebody tried stands in the trail."""
        actions.note_sign_in(form.data.get("username", "")[:60], succeeded=False)
        return super().form_invalid(form)


@login_required
@require_GET
def me(request: SignedInRequest) -> HttpResponse:
    """Show one's own roles and keys."""
    context = {
        "held": queries.grants_of(request.user),
        "form": TokenForm(),
        "tokens": queries.tokens_of(request.user),
    }
    return render(request, "accounts/me.html", context)


@login_required
@require_POST
def create_token(request: SignedInRequest) -> HttpResponse:
    """Make a key of one's own and show its secret once."""
    form = TokenForm(request.POST)
    secret = ""
    if form.is_valid():
        secret = actions.create_token(
            request.user,
            by=request.user,
            name=form.cleaned_data["name"],
            powers=sorted(permissions.powers_of(request.user)),
            today=timezone.localdate(),
        )
    context = {
        "held": queries.grants_of(request.user),
        "form": form,
        "secret": secret,
        "tokens": queries.tokens_of(request.user),
    }
    return render(request, "accounts/me.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke_token(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    """Take a key of one's own back."""
    actions.revoke_token(queries.token_for(request.user, token_id), by=request.user)
    messages.success(request, _("The key is taken back; it opens nothing any more."))
    return redirect("accounts:me")


@method_decorator([login_required, require_http_methods(["GET", "POST"])], name="dispatch")
class ChangePassword(auth.PasswordChangeView):
    """Change one's own password, with the present one; every other session ends."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("accounts:me")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Keep the new password; the change stands in the trail."""
        answer = super().form_valid(form)
        actions.note_password(form.user)
        messages.success(self.request, _("Your password is changed. Other sessions have ended."))
        return answer


@login_required
@require_http_methods(["GET", "POST"])
def users(request: SignedInRequest) -> HttpResponse:
    """List accounts and open a new one."""
    permissions.require_accounts(request.user)
    if request.method == "POST":
        permissions.require(request.user, Power.MANAGE_USERS)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_account(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The account is open. It has no role yet."))
            return redirect("accounts:user", user_id=made.pk)
    context = {
        "page": page_of(queries.users_for_list(request.GET.get("q", "")), request),
        "form": form,
        "may_open": permissions.may(request.user, Power.MANAGE_USERS),
    }
    return render(request, "accounts/users.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def user(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Show one account's roles; the security administrator gives a further one."""
    person = queries.user_for(request.user, user_id)
    if request.method == "POST":
        permissions.require(request.user, Power.GRANT_ROLES)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.grant_role(
                person,
                by=request.user,
                role=form.cleaned_data["role"],
                area=areas.area_of(form.cleaned_data["area"]),
                today=timezone.localdate(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("accounts:user", user_id=person.pk)
    context = {
        "person": person,
        "held": queries.grants_of(person),
        "form": form,
        "may_grant": permissions.may(request.user, Power.GRANT_ROLES),
    }
    return render(request, "accounts/user.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request: SignedInRequest, grant_id: UUID) -> HttpResponse:
    """Take a role away."""
    grant = queries.grant_for(request.user, grant_id)
    actions.revoke_role(grant, by=request.user)
    messages.success(request, _("The role is taken away from the next request on."))
    return redirect("accounts:user", user_id=grant.user_id)
