"""All routes, by app. Paths carry no trailing slash."""

from django.contrib import admin
from django.urls import include, path

import accounts.urls
import archives.urls
import assets.urls
import executions.urls
import history.urls
import operations.urls
import reference.urls
import triggers.urls
import workflows.urls
from wireflow_ui import health

api_v1 = [
    *executions.urls.api_urlpatterns,
    *workflows.urls.api_urlpatterns,
    *assets.urls.api_urlpatterns,
    *reference.urls.api_urlpatterns,
    *triggers.urls.api_urlpatterns,
]

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("api/v1/", include(api_v1)),
    *accounts.urls.urlpatterns,
    path("admin/", admin.site.urls),
    *assets.urls.urlpatterns,
    *history.urls.urlpatterns,
    *executions.urls.urlpatterns,
    *triggers.urls.urlpatterns,
    *archives.urls.urlpatterns,
    *workflows.urls.urlpatterns,
    *reference.urls.urlpatterns,
    *operations.urls.urlpatterns,
]

handler400 = "wireflow_ui.api.bad_request"
handler403 = "wireflow_ui.api.permission_denied"
handler404 = "wireflow_ui.api.not_found"
handler500 = "wireflow_ui.api.server_error"
