"""The acts of the audit trail, in words. Knows no models, so that every room can add its own at its start."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Through which door an act came in.
DOORS: dict[str, Promise] = {
    "page": _("on a page"),
    "api": _("by the API"),
    "task": _("by Holdwell itself"),
    "command": _("by a command"),
}

# What an entry says was done. The rooms above add the words of their own acts.
WORDS: dict[str, Promise] = {
    "account.created": _("Opened an account"),
    "account.deactivated": _("Closed an account"),
    "account.reactivated": _("Opened an account again"),
    "account.reading_changed": _("Changed the language or the size of the text"),
    "account.signed_out_elsewhere": _("Signed other browsers out"),
    "passkey.added": _("Made a passkey"),
    "passkey.removed": _("Removed a passkey"),
    "second_factor.added": _("Switched the second factor on"),
    "second_factor.removed": _("Switched the second factor off"),
    "recovery_codes.added": _("Got recovery codes"),
    "recovery_codes.renewed": _("Got new recovery codes"),
    "recovery_codes.removed": _("Gave up the recovery codes"),
    "user.operated": _("Changed an account as an operator"),
    "clinic.created": _("Opened the clinic"),
    "clinic.changed": _("Changed the clinic's settings"),
    "clinic.operated": _("Changed the clinic as an operator"),
    "invitation.created": _("Invited"),
    "invitation.accepted": _("Accepted the invitation"),
    "invitation.withdrawn": _("Withdrew the invitation"),
    "membership.role_changed": _("Changed the role"),
    "membership.ended": _("Ended the membership"),
    "outgoing.sent_again": _("Sent again as an operator"),
    "token.created": _("Made a key to the API"),
    "token.revoked": _("Revoked a key to the API"),
}
