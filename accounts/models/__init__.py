"""Organizations, the people in them, their projects and their API keys."""

from accounts.models.audit import (
    DETAIL_LENGTH,
    SUBJECT_LENGTH,
    Action,
    ActionKind,
    AuditEntry,
)
from accounts.models.deletion import BROUGHT_BACK_FOR, kept_since
from accounts.models.organizations import (
    INVITATION_LIFETIME,
    Invitation,
    Membership,
    Organization,
    Role,
)
from accounts.models.people import (
    User,
    UserManager,
    UserSession,
)
from accounts.models.projects import (
    SESSION_GAP,
    ApiKey,
    Coverage,
    KeyScope,
    LLMExamples,
    Project,
)
from accounts.models.weekly import (
    WeeklyEmail,
)

__all__ = [
    "BROUGHT_BACK_FOR",
    "DETAIL_LENGTH",
    "INVITATION_LIFETIME",
    "SESSION_GAP",
    "SUBJECT_LENGTH",
    "Action",
    "ActionKind",
    "ApiKey",
    "AuditEntry",
    "Coverage",
    "Invitation",
    "KeyScope",
    "LLMExamples",
    "Membership",
    "Organization",
    "Project",
    "Role",
    "User",
    "UserManager",
    "UserSession",
    "WeeklyEmail",
    "kept_since",
]
