"""The pages of an account. Names are allauth's, which refers to them; what it offers beside them is not reached."""

from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path

from clinic import account_views

urlpatterns = [
    path("", account_views.account, name="mfa_index"),
    path("", include("allauth.account.urls")),
    path("reauthenticate/code/", account_views.reauthenticate_by_code, name="account_reauthenticate_code"),
    path("signed-in/", account_views.signed_in, name="usersessions_list"),
    path("signed-in/<int:pk>/end/", account_views.end_one, name="usersessions_end"),
    path("passkeys/sign-in/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("passkeys/add/", account_views.add_passkey, name="mfa_add_webauthn"),
    path(
        "passkeys/reauthenticate/",
        account_views.reauthenticate_by_passkey,
        name="mfa_reauthenticate_webauthn",
    ),
    path("passkeys/<int:pk>/rename/", account_views.rename_passkey, name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", account_views.remove_passkey, name="mfa_remove_webauthn"),
    path("second-factor/", factor.authenticate, name="mfa_authenticate"),
    path("second-factor/reauthenticate/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/on/", account_views.activate_factor, name="mfa_activate_totp"),
    path("second-factor/off/", account_views.deactivate_factor, name="mfa_deactivate_totp"),
    path("recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", account_views.renew_codes, name="mfa_generate_recovery_codes"),
    path("recovery-codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
