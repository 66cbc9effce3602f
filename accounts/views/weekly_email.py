"""Who gets weekly e-mails: by the link in one of them, or on the account page."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts import emails, services
from accounts.access import MemberRequest, signed_in
from accounts.models import Membership


# A mail program posts here by itself (RFC 8058): the link is all that it has, and enough.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def weekly_email(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to end the weekly e-mails; POST ends them, or undoes that."""
    pk = emails.weekly_email_membership(token)
    if pk is None:
        raise Http404
    found = get_object_or_404(
        Membership.objects.unscoped().select_related("organization", "user"), pk=pk
    )
    if request.method == "POST":
        services.set_weekly_email(found, "resume" in request.POST)
    return render(request, "accounts/weekly_email.html", {"membership": found})


@signed_in
@require_POST
def choose(request: MemberRequest) -> HttpResponse:
    """Choose the organizations whose weekly e-mails one gets."""
    services.choose_weekly_emails(request.user, request.POST.getlist("organization"))
    messages.success(request, "Your choice of weekly e-mails is saved.")
    return redirect("account")
