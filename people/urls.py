"""The addresses of people's pages. Where allauth's own code asks for an address, it has the name that allauth gives."""

from __future__ import annotations

from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from django.views.decorators.cache import never_cache

from people.pages import coming_in, passwords, profile, signing_in

urlpatterns = [
    path("accounts/signup/", coming_in.sign_up, name="account_signup"),
    path("accounts/signup/done/", coming_in.sign_up_done, name="account_signup_done"),
    path("accounts/confirm-email/", coming_in.resend, name="account_resend"),
    path("accounts/confirm-email/<str:key>/", coming_in.confirm, name="account_confirm_email"),
    path("accounts/apply-again/<str:key>/", coming_in.apply_again, name="account_apply_again"),
    path("accounts/login/", signing_in.SignInView.as_view(), name="account_login"),
    path("accounts/logout/", signing_in.sign_out, name="account_logout"),
    path("accounts/standing/", signing_in.where_it_stands, name="account_inactive"),
    path("accounts/password/reset/", passwords.reset, name="account_reset_password"),
    path("accounts/password/reset/done/", passwords.reset_done, name="account_reset_password_done"),
    path("accounts/password/reset/key/<str:key>/", passwords.set_by_link, name="account_reset_password_from_key"),
    path("accounts/password/change/", passwords.change, name="account_change_password"),
    path(
        "accounts/reauthenticate/",
        never_cache(login_required(signing_in.AskAgainView.as_view())),
        name="account_reauthenticate",
    ),
    path("accounts/2fa/", never_cache(second_factor.index), name="mfa_index"),
    path("accounts/2fa/authenticate/", signing_in.CodeView.as_view(), name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", never_cache(second_factor.reauthenticate), name="mfa_reauthenticate"),
    path("accounts/2fa/app/", never_cache(login_required(totp.activate_totp)), name="mfa_activate_totp"),
    path("accounts/2fa/app/remove/", never_cache(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("accounts/2fa/codes/", never_cache(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "accounts/2fa/codes/new/",
        never_cache(login_required(recovery_codes.generate_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
    path("my/profile/", profile.profile, name="profile"),
    path("my/profile/security/", profile.security, name="profile_security"),
    path("my/profile/security/end-sessions/", profile.end_sessions, name="profile_end_sessions"),
    re_path(r"^people/(?P<company_id>MA[0-9]{4,12})/picture/$", profile.picture, name="person_picture"),
    # One sign-in for everybody, one way out, one place for passwords.
    path("admin/login/", signing_in.staff_sign_in),
    path("cms/login/", signing_in.staff_sign_in),
    path("admin/logout/", signing_in.sign_out),
    path("admin/password_change/", passwords.change),
]
