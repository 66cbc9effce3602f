"""Setting up a second factor, and asking for it at the log-in."""

from __future__ import annotations

import time

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services, sessions, two_factor
from accounts.access import MemberRequest, signed_in, unless_deleted
from accounts.forms import CodeForm, SetUpForm
from accounts.models import User
from accounts.throttling import few_at_once

_AWAITING = "awaiting_code"
_PATIENCE = 600
"""Seconds for which a password that was right waits for its code."""

_WRONG = "This code is not right, or was used before. After several wrong ones, wait a little."


def await_code(request: HttpRequest, user: User, to: str) -> HttpResponse:
    """Ask who gave the right password for a code before they are logged in."""
    request.session[_AWAITING] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "to": to,
        "at": int(time.time()),
    }
    return redirect("log_in_code")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@unless_deleted
def log_in_code(request: HttpRequest) -> HttpResponse:
    """The second step of a log-in."""
    user = _awaited(request)
    if user is None:
        return redirect("login")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if two_factor.check(user, form.cleaned_data["code"]):
            to = request.session.pop(_AWAITING)["to"]
            with services.held(user):
                login(request, user)
            return redirect(to)
        form.add_error("code", _WRONG)
    return render(request, "registration/log_in_code.html", {"form": form})


def _awaited(request: HttpRequest) -> User | None:
    """Who gave their password a while ago, and has not changed it since."""
    awaiting = request.session.get(_AWAITING)
    if not awaiting or awaiting["at"] < time.time() - _PATIENCE:
        return None
    user = User.objects.filter(pk=awaiting["user"], is_active=True).first()
    return user if user and user.get_session_auth_hash() == awaiting["password"] else None


@signed_in
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@few_at_once
def two_step(request: MemberRequest) -> HttpResponse:
    """Turn the second factor on, with one's password; once it is, see how many backup codes are
    left."""
    user = request.user
    if two_factor.is_on(user):
        context = {"left": two_factor.backup_codes_left(user), "form": CodeForm()}
        return render(request, "accounts/two_step.html", context)
    form = SetUpForm(request.POST or None, user=user)
    if form.is_valid():
        if codes := two_factor.confirm(user, form.cleaned_data["code"]):
            sessions.end_others(user, request.session.session_key)
            return _backup_codes(request, codes)
        form.add_error("code", _WRONG)
    device = two_factor.begin(user)
    context = {
        "form": form,
        "secret": two_factor.secret_of(device),
        "qr_code": two_factor.qr_code_of(device),
    }
    return render(request, "accounts/two_step_begin.html", context)


@signed_in
@never_cache
@sensitive_post_parameters()
@require_POST
def change_two_step(request: MemberRequest) -> HttpResponse:
    """Turn the second factor off, or get new backup codes: with a code, as a log-in."""
    user, form = request.user, CodeForm(request.POST)
    if not form.is_valid() or not two_factor.check(user, form.cleaned_data["code"]):
        messages.error(request, _WRONG)
        return redirect("two_step")
    if request.POST.get("do") == "turn-off":
        two_factor.turn_off(user)
        sessions.end_others(user, request.session.session_key)
        messages.success(request, "Logging in takes your password alone again.")
        return redirect("account")
    return _backup_codes(request, two_factor.new_backup_codes(user))


def _backup_codes(request: MemberRequest, codes: list[str]) -> HttpResponse:
    return render(request, "accounts/backup_codes.html", {"codes": "\n".join(codes)})
