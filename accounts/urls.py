"""Pages of accounts: sign-up, organizations, members, projects, API keys."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import (
    account_deletion,
    api_keys,
    audit,
    invitations,
    members,
    organizations,
    projects,
    session,
    two_factor,
    weekly_email,
)

urlpatterns = [
    path("signup", session.sign_up, name="signup"),
    path("login", session.LogIn.as_view(), name="login"),
    path("login/code", two_factor.log_in_code, name="log_in_code"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("password/reset/", session.PasswordReset.as_view(), name="password_reset"),
    path("password/reset/sent/", session.PasswordResetSent.as_view(), name="password_reset_done"),
    path(
        "password/reset/<uidb64>/<token>/",
        session.PasswordResetConfirm.as_view(),
        name="password_reset_confirm",
    ),
    path("account/", session.account, name="account"),
    path("account/delete/", account_deletion.delete_account, name="delete_account"),
    path("account/weekly-emails/", weekly_email.choose, name="weekly_emails"),
    path("weekly-email/<token>/", weekly_email.weekly_email, name="weekly_email"),
    path("account/two-step/", two_factor.two_step, name="two_step"),
    path("account/two-step/change/", two_factor.change_two_step, name="change_two_step"),
    path("account/sessions/end/", session.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<int:session>/end/", session.end_session, name="end_session"),
    path("account/password/", session.change_password, name="password_change"),
    path("invitations/<token>/", invitations.invitation, name="invitation"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("o/<slug:organization>/", projects.projects, name="projects"),
    path("o/<slug:organization>/deleted/<int:deleted>/", projects.bring_back, name="bring_back"),
    path("o/<slug:organization>/settings/", organizations.settings, name="organization_settings"),
    path(
        "o/<slug:organization>/settings/delete/", organizations.delete, name="delete_organization"
    ),
    path(
        "o/<slug:organization>/settings/bring-back/",
        organizations.bring_back,
        name="bring_back_organization",
    ),
    path("o/<slug:organization>/audit/", audit.audit, name="audit"),
    path("o/<slug:organization>/members/", members.members, name="members"),
    path("o/<slug:organization>/members/leave/", members.leave, name="leave"),
    path(
        "o/<slug:organization>/members/<int:member>/role/", members.change_role, name="change_role"
    ),
    path(
        "o/<slug:organization>/members/<int:member>/remove/", members.remove, name="remove_member"
    ),
    path(
        "o/<slug:organization>/invitations/<int:invitation>/resend/",
        invitations.resend,
        name="resend_invitation",
    ),
    path(
        "o/<slug:organization>/invitations/<int:invitation>/withdraw/",
        invitations.withdraw,
        name="withdraw_invitation",
    ),
    path("p/<slug:project>/settings/", projects.settings, name="project_settings"),
    path("p/<slug:project>/settings/llm/", projects.llm, name="project_llm"),
    path("p/<slug:project>/settings/sessions/", projects.session_gap, name="project_session_gap"),
    path("p/<slug:project>/settings/delete/", projects.delete, name="delete_project"),
    path("p/<slug:project>/settings/keys/", api_keys.api_keys, name="api_keys"),
    path("p/<slug:project>/settings/keys/new/", api_keys.new_key, name="new_key"),
    path(
        "p/<slug:project>/settings/keys/<int:api_key>/rotate/", api_keys.rotate, name="rotate_key"
    ),
    path(
        "p/<slug:project>/settings/keys/<int:api_key>/revoke/", api_keys.revoke, name="revoke_key"
    ),
]
