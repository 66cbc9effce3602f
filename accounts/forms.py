"""What people type about accounts, and its validation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import password_validation
from django.db.models import QuerySet

from accounts import selectors, time_zones
from accounts.models import (
    ActionKind,
    ApiKey,
    AuditEntry,
    Coverage,
    KeyScope,
    LLMExamples,
    Organization,
    Project,
    Role,
    User,
)
from accounts.throttling import TooManyGuesses, is_password

EMAIL_TAKEN = "An account with this e-mail exists. Log in or reset the password."


if TYPE_CHECKING:
    _SetPasswordForm = auth_forms.SetPasswordForm[User]
else:
    _SetPasswordForm = auth_forms.SetPasswordForm

LONGEST_EMAIL = User._meta.get_field("email").max_length

PASSWORD_HELP = "At least 8 characters, not a common word, not only digits."


class NewPasswordField(forms.CharField):
    """A password that someone chooses; check it with `validate_password` when all is known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="Password",
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            help_text=PASSWORD_HELP,
            **options,
        )


class SignUpForm(forms.Form):
    """The start of a new organization."""

    organization_name = forms.CharField(
        label="Organization",
        max_length=Organization._meta.get_field("name").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    project_name = forms.CharField(
        label="First project",
        max_length=Project._meta.get_field("name").max_length,
        required=False,
        help_text="The product whose messages you send, such as “Web app”. Left empty, it is"
        " called as the organization.",
    )
    email = forms.EmailField(
        label="E-mail",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = NewPasswordField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        _check_password(self, User(email=cleaned.get("email", "")))
        return cleaned


class JoinForm(forms.Form):
    """The password of a new user who was invited; the address is the invitation's."""

    password = NewPasswordField()

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = User(email=email)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        _check_password(self, self._user)
        return cleaned


def _check_password(form: forms.Form, user: User) -> None:
    if password := form.cleaned_data.get("password"):
        try:
            password_validation.validate_password(password, user)
        except forms.ValidationError as error:
            form.add_error("password", error)


class CodeForm(forms.Form):
    """A code of an app, or a backup code."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
        help_text="Six digits, or a backup code.",
    )


class SetUpForm(CodeForm):
    """What turns a second step on: finding a browser left open must not be enough to lock its user
    out."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        self.fields["code"].help_text = "Six digits."

    def clean_password(self) -> str:
        return _own_password(
            self._user, self.cleaned_data["password"], "That is not your password."
        )


class LogInForm(auth_forms.AuthenticationForm):
    """Log in with an e-mail address, whatever its case."""

    username = auth_forms.UsernameField(
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )


class InviteForm(forms.Form):
    """An invitation to an organization. Only owners make owners, and only of members."""

    email = forms.EmailField(
        label="E-mail",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in (Role.MEMBER, Role.ADMIN)]
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._organization = organization

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if selectors.is_member(self._organization, email):
            raise forms.ValidationError(f"{email} is a member already.")
        return email


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.TypedChoiceField(choices=Role.choices, coerce=Role)


class NameForm(forms.Form):
    """The name of an organization or a project."""

    name = forms.CharField(max_length=Project._meta.get_field("name").max_length)


class DeleteForm(forms.Form):
    """The name of a project or an organization, typed by who means to delete it."""

    typed_name = forms.CharField(
        label="Type its name", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = name

    def clean_typed_name(self) -> str:
        typed: str = self.cleaned_data["typed_name"]
        if typed.split() != self._name.split():  # a page shows any white space as one
            raise forms.ValidationError("That is not its name. Nothing was deleted.")
        return typed


class PasswordForm(forms.Form):
    """Asks for one's own password, where finding a browser left open must not be enough."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        wrong = "That is not your password. Nothing was deleted."
        return _own_password(self._user, self.cleaned_data["password"], wrong)


class ResetForm(auth_forms.PasswordResetForm):
    """Where to send a link to a new password."""

    email = forms.EmailField(
        label="E-mail",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class NewPasswordForm(_SetPasswordForm):
    """A new password, typed twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = PASSWORD_HELP
        self.fields["new_password2"].label = "The same again"
        self.fields["new_password2"].help_text = ""


class ChangePasswordForm(NewPasswordForm, auth_forms.PasswordChangeForm):
    """A new password, and the old one: finding a browser left open must not be enough."""

    def clean_old_password(self) -> str:
        wrong = "That is not your password."
        return _own_password(self.user, self.cleaned_data["old_password"], wrong)


def _own_password(user: User, password: str, wrong: str) -> str:
    """The password, if it is the user's own; a form says `wrong` if not."""
    try:
        if not is_password(user, password):
            raise forms.ValidationError(wrong)
    except TooManyGuesses as error:
        minutes = settings.AXES_COOLOFF_TIME // timedelta(minutes=1)
        raise forms.ValidationError(
            f"Too many wrong passwords. Wait {minutes} minutes, then try again."
        ) from error
    return password


class LLMForm(forms.Form):
    """What an LLM may see of a project's texts."""

    llm_examples = forms.TypedChoiceField(
        label="Shown to the LLM",
        choices=LLMExamples.choices,
        coerce=LLMExamples,
        help_text="About ten messages of a topic are sent with each question. Masked are e-mail "
        "addresses, phone, card and social security numbers, IP addresses, and secrets such as "
        "keys and tokens. With nothing shown, topics get names from their own keywords.",
    )


class CoverageForm(forms.Form):
    """How much topics claim."""

    coverage = forms.TypedChoiceField(
        choices=Coverage.choices, coerce=lambda value: Coverage(int(value))
    )


class SessionGapForm(forms.Form):
    """How long a session must be quiet to be over."""

    minutes = forms.IntegerField(
        label="Minutes without an event",
        min_value=1,
        max_value=7 * 24 * 60,
        help_text="A session that is quiet for less is still open: journeys do not count its last"
        " step as an end. Half an hour is usual.",
    )


class ApiKeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        max_length=ApiKey._meta.get_field("name").max_length,
        help_text="What will use it, such as “production backend”.",
    )
    scope = forms.TypedChoiceField(
        label="What it does",
        choices=KeyScope.choices,
        coerce=KeyScope,
        help_text="One that reads gets topics, journeys and usage, and sends nothing.",
    )


class ProfileForm(forms.Form):
    """What a user is called, and how they read times."""

    name = forms.CharField(
        max_length=User._meta.get_field("name").max_length,
        required=False,
        help_text="Shown to the other members of your organizations.",
    )
    time_zone = forms.ChoiceField(
        required=False,
        help_text="Times on pages are in it. Charts count whole days in UTC; exports are in UTC.",
    )

    def __init__(self, *args: Any, browser_zone: ZoneInfo | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_browser = f"As this browser says: {browser_zone or 'UTC'}"
        time_zone: Any = self.fields["time_zone"]
        time_zone.choices = [("", by_browser), ("UTC", "UTC"), *time_zones.choices()]


class AuditForm(forms.Form):
    """Which entries of the audit log to show. A choice that does not exist shows none."""

    kind = forms.ChoiceField(required=False)
    person = forms.ChoiceField(required=False)
    project = forms.ChoiceField(required=False)

    OPERATOR = "operator"

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = selectors.audited_people(organization)
        projects = selectors.projects(organization)
        choices = {
            "kind": [("", "Everything"), *ActionKind.choices],
            "person": [
                ("", "Everybody"),
                *((each or self.OPERATOR, each or "Operator or API key") for each in people),
            ],
            "project": [("", "All projects"), *((each.slug, each.name) for each in projects)],
        }
        for name, options in choices.items():
            field: Any = self.fields[name]
            field.choices = options
            field.widget.attrs = {"class": "small", "aria-label": name.capitalize()}

    def filtered(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if not self.is_valid():
            return entries.none()
        kind, person, project = (self.cleaned_data[name] for name in self.fields)
        if kind:
            entries = entries.filter(action__startswith=f"{kind}.")
        if person:
            entries = entries.filter(actor_email="" if person == self.OPERATOR else person)
        if project:
            entries = entries.filter(project__slug=project)
        return entries
