"""What people type, before an action gets it. Fields refuse NUL, which no database keeps, and excess."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts

from accounts.roles import Role
from accounts.scopes import SCOPES

DAYS = [("", "Never"), ("7", "In 7 days"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")]


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

    def rules(self) -> str:
        """What a password must be like, for the help under the field."""
        return " ".join(password_validators_help_texts())


class KeyForm(forms.Form):
    name = forms.CharField(
        max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "What it is for"})
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


class MemberForm(forms.Form):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.EDITOR)
