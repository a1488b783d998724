from django.urls import path

from accounts import (
    invitation_views,
    notice_views,
    provider_views,
    secret_views,
    security_views,
    team_views,
    views,
)

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
    path("settings/secrets", secret_views.save, name="save-secret"),
    path("settings/secrets/remove", secret_views.remove, name="remove-secret"),
    path("settings/secrets/signing", secret_views.signing, name="signing-secret"),
    path("settings/api-keys/<int:key_id>/rotate", views.rotate_api_key, name="rotate-api-key"),
    path("settings/team", team_views.choose_team, name="choose-team"),
    path("settings/team/new", team_views.make_team, name="make-team"),
    path("settings/team/change", team_views.change_team, name="change-team"),
    path("settings/team/hand-over", team_views.hand_over, name="hand-over-team"),
    path("settings/team/leave", team_views.leave, name="leave-team"),
    path("settings/invitations", team_views.invite, name="invite"),
    path(
        "settings/invitations/<int:invitation_id>/withdraw", team_views.withdraw, name="withdraw-invitation"
    ),
    path("settings/members/<int:member_id>/role", team_views.change_role, name="change-role"),
    path("settings/members/<int:member_id>/remove", team_views.remove_member, name="remove-member"),
    path("settings/audit", team_views.audit_log, name="audit-log"),
    path("settings/audit.csv", team_views.audit_table, name="audit-table"),
    path("settings/browsers/<int:browser_id>/end", security_views.end_browser, name="end-browser"),
    path("settings/browsers/end-others", security_views.end_others, name="end-other-browsers"),
    path("settings/delete-account", security_views.delete_account, name="delete-account"),
    path("settings/notices", notice_views.choose_mail, name="choose-mail"),
    path("notices", notice_views.list_notices, name="notices"),
    path("notices/read", notice_views.read_all, name="read-notices"),
    path("notices/<int:notice_id>", notice_views.open_notice, name="open-notice"),
    path("invitation/", invitation_views.invitation, {"token": ""}),
    path("invitation/<str:token>", invitation_views.invitation, name="invitation"),
]
