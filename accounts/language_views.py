"""The choice of a language, for people and for browsers that nobody is signed in to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.views import see_other, wanted_page
from wireflow_ui.errors import WireflowError
from wireflow_ui.languages import known, remember


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep ``language`` on the person, if one is signed in, and in the browser; back to the page that asked."""
    language = known(request.POST.get("language", ""))
    if not language:
        raise WireflowError("Choose one of the languages that are offered.")
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
        with translation.override(language):
            messages.success(request, _("Your language is saved."))
    answer = see_other(wanted_page(request))
    remember(answer, language)
    return answer
