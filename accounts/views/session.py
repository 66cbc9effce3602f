"""Signing up, logging in and out, passwords, and one's own account."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST

from accounts import emails, selectors, services, sessions, time_zones, two_factor
from accounts.access import MemberRequest, signed_in, unless_deleted
from accounts.forms import (
    EMAIL_TAKEN,
    ChangePasswordForm,
    LogInForm,
    NewPasswordForm,
    ProfileForm,
    ResetForm,
    SignUpForm,
)
from accounts.models import User
from accounts.throttling import few_at_once, is_too_often
from accounts.views.api_keys import keep_for_display
from accounts.views.two_factor import await_code

SESSIONS = 50
"""Sessions that the account page lists."""

RESETS = 5
"""Links to a new password that one account is sent in an hour, whoever asks for them."""


@require_http_methods(["GET", "POST"])
@few_at_once
def sign_up(request: HttpRequest) -> HttpResponse:
    """Create an organization with its first project and key, and show that key."""
    if request.user.is_authenticated:
        return redirect("home")
    if not settings.SIGN_UP:
        raise PermissionDenied("Accounts are made by invitation here: ask somebody who has one.")
    form = SignUpForm(request.POST or None)
    if form.is_valid():
        try:
            tenant = services.sign_up(**form.cleaned_data)
        except services.EmailTaken:
            form.add_error("email", EMAIL_TAKEN)
        else:
            login(request, tenant.user)
            keep_for_display(request, tenant.key)
            return redirect("overview", tenant.project.slug)
    return render(request, "accounts/sign_up.html", {"form": form})


@method_decorator(few_at_once, name="dispatch")
class LogIn(auth_views.LoginView):
    """Asks for the password and, where there is a second step, for a code before logging in."""

    authentication_form = LogInForm
    redirect_authenticated_user = True

    @unless_deleted
    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        assert isinstance(user, User)
        if two_factor.is_on(user):
            return await_code(self.request, user, self.get_success_url())
        with services.held(user):
            return super().form_valid(form)


def admin_log_in(request: HttpRequest) -> HttpResponse:
    """Staff log in where everybody does. Whoever is sent here although logged in is not staff."""
    if request.user.is_authenticated:
        raise PermissionDenied("This is for staff.")
    return redirect_to_login(request.GET.get("next", reverse("admin:index")))


class PasswordReset(auth_views.PasswordResetView):
    """Sends a link. The answer is the same whether the address has an account or not."""

    form_class = ResetForm
    email_template_name = "accounts/email/password_reset.txt"
    subject_template_name = "accounts/email/password_reset_subject.txt"

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        asked = f"reset {form.cleaned_data['email'].lower()}"
        if is_too_often(asked, RESETS, timedelta(hours=1)):
            return redirect(self.get_success_url())
        return super().form_valid(form)

    @property
    def extra_email_context(self) -> dict[str, str]:  # type: ignore[override]
        """The link leads to BASE_URL, never to the host that the request named."""
        return {"base_url": settings.BASE_URL}


class PasswordResetSent(auth_views.PasswordResetDoneView):
    """Says where a link went."""

    @property
    def extra_context(self) -> dict[str, bool]:  # type: ignore[override]
        return {"emails_are_sent": emails.are_sent()}


class PasswordResetConfirm(auth_views.PasswordResetConfirmView):
    """Takes the new password of whoever holds the link. A second step is asked for all the same."""

    form_class = NewPasswordForm
    success_url = reverse_lazy("home")

    @unless_deleted
    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        with services.held(form.user):
            answer = super().form_valid(form)
            sessions.end_others(form.user, None)
            self.request.session.flush()  # its row may be among those just deleted
            if two_factor.is_on(form.user):
                return await_code(self.request, form.user, str(self.success_url))
            login(self.request, form.user)
            return answer


@signed_in
@require_http_methods(["GET", "POST"])
def account(request: MemberRequest) -> HttpResponse:
    """One's name and time zone."""
    user = request.user
    form = ProfileForm(
        request.POST or None,
        initial={"name": user.name, "time_zone": user.time_zone},
        browser_zone=time_zones.of_browser(request),
    )
    if form.is_valid():
        services.save_profile(user, **form.cleaned_data)
        messages.success(request, "Your account is saved.")
        return redirect("account")
    context = {
        "form": form,
        "memberships": selectors.memberships(user),
        "has_two_steps": two_factor.is_on(user),
        "emails_are_sent": emails.are_sent(),
        "sessions": sessions.sessions_of(user)[:SESSIONS],
        "session_key": request.session.session_key,
    }
    return render(request, "accounts/account.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
@few_at_once
@unless_deleted
def change_password(request: MemberRequest) -> HttpResponse:
    """Change one's password; other sessions of the user end, this one goes on."""
    form = ChangePasswordForm(request.user, request.POST or None)
    if form.is_valid():
        with services.held(request.user):
            update_session_auth_hash(request, form.save())
        sessions.end_others(request.user, request.session.session_key)
        messages.success(request, "Your password is changed. Other devices are logged out.")
        return redirect("account")
    return render(request, "accounts/change_password.html", {"form": form})


@signed_in
@require_POST
def end_session(request: MemberRequest, session: int) -> HttpResponse:
    """Log one of one's devices out."""
    ended = get_object_or_404(sessions.sessions_of(request.user), pk=session)
    sessions.end(ended)
    messages.success(request, f"{ended.device} is logged out.")
    return redirect("account")


@signed_in
@require_POST
def end_other_sessions(request: MemberRequest) -> HttpResponse:
    """Log all devices out but for this one."""
    sessions.end_others(request.user, request.session.session_key)
    messages.success(request, "All other devices are logged out.")
    return redirect("account")
