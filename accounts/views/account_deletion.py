"""Deleting one's own account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import selectors, services
from accounts.access import MemberRequest, signed_in
from accounts.forms import PasswordForm
from accounts.throttling import few_at_once


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@few_at_once
def delete_account(request: MemberRequest) -> HttpResponse:
    """Say what goes and what stands in the way; POST deletes, if the password is right."""
    user = request.user
    owned_alone = selectors.owned_alone(user)
    form = PasswordForm(request.POST or None, user=user)
    if not owned_alone and not user.is_staff and form.is_valid():
        try:
            services.delete_account(user)
        except services.LastOwner:  # the other owner has gone meanwhile
            return redirect("delete_account")
        logout(request)
        messages.success(request, f"The account {user.email} is deleted.")
        return redirect("home")
    context = {
        "form": form,
        "owned_alone": owned_alone,
        "memberships": selectors.memberships(user),
        "deleted": selectors.deleted_memberships(user),
    }
    return render(request, "accounts/delete_account.html", context)
