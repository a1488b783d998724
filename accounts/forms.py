"""What people type, before an action gets it. Fields refuse NUL, which no database keeps, and excess."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.scopes import SCOPES

HOURS = [("1", _("An hour")), ("24", _("A day")), ("72", _("Three days")), ("168", _("A week"))]
DAYS = [
    ("", _("Never")),
    ("7", _("In 7 days")),
    ("30", _("In 30 days")),
    ("90", _("In 90 days")),
    ("365", _("In a year")),
]


class SignInForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        strip=False, max_length=4096, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class ProfileForm(forms.Form):
    name = forms.CharField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class PasswordForm(forms.Form):
    old = forms.CharField(
        label="Current password",
        strip=False,
        required=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="New password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    code = forms.CharField(
        label="Code of the app, or a recovery code",
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def rules(self) -> str:
        """What a password must be like, for the help under the field."""
        return " ".join(password_validators_help_texts())


class KeyForm(forms.Form):
    name = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("What it is for")}),
    )
    scopes = forms.MultipleChoiceField(
        choices=list(SCOPES.items()),
        initial=list(SCOPES),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one: a key without scopes opens nothing."},
    )
    days = forms.ChoiceField(label="Expires", choices=DAYS, required=False)

    def lifetime(self) -> timedelta | None:
        """How long the key lives; None for ever."""
        days = self.cleaned_data["days"]
        return timedelta(days=int(days)) if days else None


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": _("Nobody in particular")}),
    )
    role = forms.ChoiceField(choices=[(role.value, _(role.label)) for role in Role], initial=Role.EDITOR)
    hours = forms.ChoiceField(label="Works for", choices=HOURS, initial="24")

    def lifetime(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["hours"]))


class JoinForm(forms.Form):
    """For somebody invited who is new here; an invitation for one address asks for none."""

    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    name = forms.CharField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        strip=False, max_length=4096, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def rules(self) -> str:
        """What a password must be like, for the help under the field."""
        return " ".join(password_validators_help_texts())


class TeamForm(forms.Form):
    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    sandbox_free = forms.BooleanField(label="Runs of the sandbox cost no credits", required=False)


class NewTeamForm(forms.Form):
    name = forms.CharField(
        label="Name of another team",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Its name")}),
    )


class AuditForm(forms.Form):
    """The filters of the audit log."""

    kind = forms.CharField(max_length=20, required=False)
    person = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)
    before = forms.IntegerField(min_value=1, max_value=2**62, required=False)

    def given(self) -> dict[str, Any]:
        """The filters that make sense; what makes none is left out."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}
