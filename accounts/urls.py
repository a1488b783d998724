from django.urls import path

from accounts import provider_views, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/link/", views.sign_in_link, {"token": ""}),
    path("sign-in/link/<str:token>", views.sign_in_link, name="sign-in-link"),
    path("admin/login/", views.admin_sign_in),  # stands before the admin pages' own
    path("sign-out", views.sign_out, name="sign-out"),
    path("settings", views.settings_page, name="settings"),
    path("settings/profile", views.change_profile, name="change-profile"),
    path("settings/password", views.change_password, name="change-password"),
    path("settings/api-keys", views.api_keys, name="api-keys"),
    path("settings/api-keys/<int:key_id>/delete", views.delete_api_key, name="delete-api-key"),
    path("settings/provider-keys/<str:provider>", provider_views.save, name="save-provider-key"),
    path("settings/provider-keys/<str:provider>/test", provider_views.test, name="test-provider-key"),
    path("settings/provider-keys/<str:provider>/remove", provider_views.remove, name="remove-provider-key"),
    path("settings/provider-keys/<str:provider>/state", provider_views.state, name="provider-key-state"),
    path("settings/team", views.choose_team, name="choose-team"),
    path("settings/members", views.add_member, name="add-member"),
    path("settings/members/<int:member_id>/role", views.change_role, name="change-role"),
    path("settings/members/<int:member_id>/remove", views.remove_member, name="remove-member"),
]
