"""Writes to organizations, members, invitations, projects and API keys."""

from accounts.services.api_keys import NewKey, create_key, revoke_key, rotate_key
from accounts.services.invitations import (
    InvitationInvalid,
    accept_invitation,
    invite,
    join,
)
from accounts.services.members import (
    LastOwner,
    OwnersOnly,
    change_role,
    remove_member,
    withdraw_invitation,
)
from accounts.services.organizations import (
    bring_back_organization,
    create_organization,
    delete_organization,
    rename_organization,
)
from accounts.services.projects import (
    bring_back,
    create_project,
    create_sample,
    delete_project,
    end_project,
    rename_project,
    set_coverage,
    set_llm_examples,
    set_masking,
    set_retention,
    set_session_gap,
    show_checklist,
    start_project,
)
from accounts.services.signing_up import NewTenant, sign_up
from accounts.services.users import (
    AccountDeleted,
    EmailTaken,
    choose_weekly_emails,
    delete_account,
    held,
    save_profile,
    set_weekly_email,
)

__all__ = [
    "AccountDeleted",
    "EmailTaken",
    "InvitationInvalid",
    "LastOwner",
    "NewKey",
    "NewTenant",
    "OwnersOnly",
    "accept_invitation",
    "bring_back",
    "bring_back_organization",
    "change_role",
    "choose_weekly_emails",
    "create_key",
    "create_organization",
    "create_project",
    "create_sample",
    "delete_account",
    "delete_organization",
    "delete_project",
    "end_project",
    "held",
    "invite",
    "join",
    "remove_member",
    "rename_organization",
    "rename_project",
    "revoke_key",
    "rotate_key",
    "save_profile",
    "set_coverage",
    "set_llm_examples",
    "set_masking",
    "set_retention",
    "set_session_gap",
    "set_weekly_email",
    "show_checklist",
    "sign_up",
    "start_project",
    "withdraw_invitation",
]
