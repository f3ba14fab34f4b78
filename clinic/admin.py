"""The operators' pages, under /operate/: people and clinics, and what the ground keeps, to be read.

What has a verb is not changed here: roles, invitations and keys have pages and commands of their own.
"""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic import access, audit, people
from clinic.models import (
    ApiToken,
    AuditEvent,
    Clinic,
    Invitation,
    Membership,
    OutgoingMail,
    Tick,
    User,
)

admin.site.site_header = admin.site.site_title = _("Holdwell, for operators")


class WrittenDown(admin.ModelAdmin):
    """What an operator changes is written into the audit trail, by the names of the fields."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        actor = access.person(request)
        if isinstance(obj, Clinic):
            audit.record(actor, "clinic.operated", obj, clinic=obj, fields=form.changed_data)
        else:
            audit.record(actor, "user.operated", obj, fields=form.changed_data)


class ToBeRead(WrittenDown):
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(WrittenDown):
    list_display = ("email", "name", "library_role", "is_active", "is_staff")
    list_filter = ("library_role", "is_active", "is_staff")
    search_fields = ("email", "name")
    fields = (
        "email",
        "name",
        "language",
        "library_role",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
    )
    # Who is let in has verbs, which keep an owner in each clinic.
    readonly_fields = ("email", "is_active", "last_login")
    actions = ("deactivate", "reactivate")

    @admin.action(description=_("Close the accounts"))
    def deactivate(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        self._each(request, accounts, people.deactivate)

    @admin.action(description=_("Open the accounts again"))
    def reactivate(self, request: HttpRequest, accounts: QuerySet[User]) -> None:
        self._each(request, accounts, people.reactivate)

    def _each(
        self, request: HttpRequest, accounts: QuerySet[User], verb: Callable[[User, User], None]
    ) -> None:
        for account in accounts:
            try:
                verb(access.person(request), account)
            except ValidationError as refused:
                self.message_user(request, f"{account}: {' '.join(refused.messages)}", messages.ERROR)


@admin.register(Clinic)
class ClinicAdmin(WrittenDown):
    list_display = ("name", "time_zone", "phone")
    search_fields = ("name",)
    readonly_fields = ("created_at",)


@admin.register(Membership)
class MembershipAdmin(ToBeRead):
    list_display = ("user", "clinic", "role", "is_active")
    list_filter = ("role", "is_active")
    list_select_related = ("user", "clinic")


@admin.register(Invitation)
class InvitationAdmin(ToBeRead):
    list_display = ("name", "email", "clinic", "role", "expires_at", "accepted_at", "withdrawn_at")
    list_select_related = ("clinic",)
    exclude = ("digest",)


@admin.register(ApiToken)
class ApiTokenAdmin(ToBeRead):
    list_display = ("label", "user", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    exclude = ("digest",)


@admin.register(AuditEvent)
class AuditEventAdmin(ToBeRead):
    list_display = ("at", "clinic", "actor_label", "verb", "object_label", "via")
    list_filter = ("via",)
    search_fields = ("actor_label", "verb", "object_label")
    list_select_related = ("clinic",)
    date_hierarchy = "at"


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ToBeRead):
    """States and reasons; what a mail says is between its writer and its reader."""

    list_display = (
        "created_at",
        "kind",
        "to",
        "state",
        "attempts",
        "due_at",
        "sent_at",
        "unknown_at",
        "error",
    )
    # `unknown_at`: those that may have gone out twice.
    list_filter = ("state", "kind", ("unknown_at", admin.EmptyFieldListFilter))
    search_fields = ("to",)
    exclude = ("text", "html", "headers", "key")


@admin.register(Tick)
class TickAdmin(ToBeRead):
    list_display = ("name", "handled_at")
