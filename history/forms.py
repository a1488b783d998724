"""What people type on the pages of the history."""

from __future__ import annotations

from django import forms

from history.models import MOST_DAYS


class RetentionForm(forms.Form):
    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, required=False)
    failed_days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, required=False)
    keeps_labelled = forms.BooleanField(required=False)
