"""The operators' pages about the library: to be read. What it says is changed by curators, through verbs."""

from django.contrib import admin
from django.http import HttpRequest

from clinic.admin import ToBeRead
from exercises.models import (
    Comment,
    Curated,
    Exercise,
    Revision,
    Routine,
    RoutineItem,
    RoutineRevision,
    Shipped,
)


class Numbered(admin.TabularInline):
    fields = readonly_fields = (
        "number",
        "name",
        "state",
        "edited_by",
        "edited_at",
        "published_by",
        "published_at",
    )
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Curated | None = None) -> bool:
        return False


class Revisions(Numbered):
    model = Revision
    fk_name = "exercise"


@admin.register(Exercise)
class ExerciseAdmin(ToBeRead):
    list_display = ("slug", "clinic", "origin", "published", "retired_at")
    list_filter = (
        "clinic",
        ("retired_at", admin.EmptyFieldListFilter),
        ("published", admin.EmptyFieldListFilter),
    )
    list_select_related = ("clinic", "published")
    search_fields = ("slug", "origin", "published__name")
    inlines = (Revisions,)


@admin.register(Revision)
class RevisionAdmin(ToBeRead):
    list_display = ("name", "number", "state", "exercise", "edited_by", "edited_at", "published_at")
    list_filter = ("state", "language", "position")
    list_select_related = ("exercise", "edited_by")
    search_fields = ("name", "exercise__slug")


class RoutineRevisions(Numbered):
    model = RoutineRevision
    fk_name = "routine"


@admin.register(Routine)
class RoutineAdmin(ToBeRead):
    list_display = ("slug", "clinic", "origin", "published", "retired_at")
    list_select_related = ("clinic", "published")
    search_fields = ("published__name", "slug")
    inlines = (RoutineRevisions,)


class Items(admin.TabularInline):
    model = RoutineItem
    fields = readonly_fields = (
        "position",
        "exercise",
        "sets",
        "repetitions",
        "hold",
        "rest",
        "sides",
        "note",
    )
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: RoutineRevision | None = None) -> bool:
        return False


@admin.register(RoutineRevision)
class RoutineRevisionAdmin(ToBeRead):
    list_display = ("name", "number", "state", "routine", "edited_by", "edited_at", "published_at")
    list_filter = ("state",)
    list_select_related = ("routine", "edited_by")
    search_fields = ("name", "routine__slug")
    inlines = (Items,)


@admin.register(Comment)
class CommentAdmin(ToBeRead):
    list_display = ("revision", "routine_revision", "about", "author", "at", "settled_at")
    list_select_related = ("revision", "routine_revision", "author")


@admin.register(Shipped)
class ShippedAdmin(ToBeRead):
    list_display = ("origin", "loaded_at")
    search_fields = ("origin",)
