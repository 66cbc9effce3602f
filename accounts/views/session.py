"""Signing up, logging in and out, passwords, and one's own account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods

from accounts import selectors, services
from accounts.access import MemberRequest, signed_in
from accounts.forms import EMAIL_TAKEN, LogInForm, ProfileForm, SignUpForm
from accounts.views.api_keys import keep_for_display


@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Create an organization with its first project and key, and show that key."""
    if request.user.is_authenticated:
        return redirect("home")
    form = SignUpForm(request.POST or None)
    if form.is_valid():
        try:
            tenant = services.sign_up(**form.cleaned_data)
        except services.EmailTaken:
            form.add_error("email", EMAIL_TAKEN)
        else:
            login(request, tenant.user)
            keep_for_display(request, tenant.key)
            return redirect("new_key", tenant.project.slug)
    return render(request, "accounts/sign_up.html", {"form": form})


class LogIn(auth_views.LoginView):
    authentication_form = LogInForm
    redirect_authenticated_user = True


class LogOut(auth_views.LogoutView):
    """Ends the session; by POST only."""


class PasswordReset(auth_views.PasswordResetView):
    """Sends a link. The answer is the same whether the address has an account or not."""

    email_template_name = "accounts/email/password_reset.txt"
    subject_template_name = "accounts/email/password_reset_subject.txt"

    @property
    def extra_email_context(self) -> dict[str, str]:  # type: ignore[override]
        """The link leads to BASE_URL, never to the host that the request named."""
        return {"base_url": settings.BASE_URL.rstrip("/")}


class PasswordResetSent(auth_views.PasswordResetDoneView):
    """Says that a link was sent."""


class PasswordResetConfirm(auth_views.PasswordResetConfirmView):
    """Takes the new password of whoever holds the link, and logs them in."""

    post_reset_login = True
    success_url = reverse_lazy("home")


@signed_in
@require_http_methods(["GET", "POST"])
def account(request: MemberRequest) -> HttpResponse:
    """One's name."""
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        services.rename_user(request.user, form.cleaned_data["name"])
        messages.success(request, "Your name is saved.")
        return redirect("account")
    memberships = selectors.memberships(request.user)
    return render(request, "accounts/account.html", {"form": form, "memberships": memberships})


@signed_in
@require_http_methods(["GET", "POST"])
def change_password(request: MemberRequest) -> HttpResponse:
    """Change one's password; other sessions of the user end, this one goes on."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. Other devices are logged out.")
        return redirect("account")
    return render(request, "accounts/change_password.html", {"form": form})
