"""The one door: who may do what in which clinic (docs/rules.md 2).

Every page and every API action declares one `Right`. Objects are fetched only through `get` and `visible`:
a stranger finds nothing (404), a colleague without the right is told so (403).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db.models import Case, Model, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponseBase

from clinic.models import Clinic, LibraryRole, Membership, Role, User


class Right(StrEnum):
    # Open doors
    PUBLIC = "public"  # anybody, signed in or not
    SIGNED_IN = "signed_in"  # any person with an account; shows nothing of a clinic
    # A patient, for what is theirs
    OWN_CARE = "own_care"
    # A patient for what is theirs, and the staff who look after them
    SEE_CARE = "see_care"
    RECORD_SESSION = "record_session"
    WRITE_MESSAGE = "write_message"
    # Staff, inside a clinic
    VIEW_PATIENTS = "view_patients"
    CARE_FOR_PATIENTS = "care_for_patients"  # invite, pause, review sessions, answer alerts
    PRESCRIBE = "prescribe"  # prescribe and amend
    REPORT = "report"
    MANAGE_CLINIC = "manage_clinic"  # staff, roles, thresholds, branding, audit trail, exports, retention
    # The library
    VIEW_LIBRARY = "view_library"
    WRITE_LIBRARY = "write_library"
    PUBLISH_LIBRARY = "publish_library"
    # Whoever runs the installation
    OPERATE = "operate"


OWNER_RIGHTS = frozenset({Right.OWN_CARE, Right.SEE_CARE, Right.RECORD_SESSION, Right.WRITE_MESSAGE})
VIEWER_RIGHTS = frozenset({Right.VIEW_PATIENTS, Right.SEE_CARE, Right.VIEW_LIBRARY})
ASSISTANT_RIGHTS = VIEWER_RIGHTS | {
    Right.CARE_FOR_PATIENTS,
    Right.RECORD_SESSION,
    Right.WRITE_MESSAGE,
    Right.REPORT,
}
# Of their own clinic; the shared one is for curators.
OWN_LIBRARY = frozenset({Right.WRITE_LIBRARY, Right.PUBLISH_LIBRARY})
CLINICIAN_RIGHTS = ASSISTANT_RIGHTS | {Right.PRESCRIBE} | OWN_LIBRARY
ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    Role.VIEWER: VIEWER_RIGHTS,
    Role.ASSISTANT: ASSISTANT_RIGHTS,
    Role.CLINICIAN: CLINICIAN_RIGHTS,
    Role.OWNER: CLINICIAN_RIGHTS | {Right.MANAGE_CLINIC},
}
STAFF_RIGHTS = frozenset().union(*ROLE_RIGHTS.values())
LIBRARY_RIGHTS: dict[str, frozenset[Right]] = {
    LibraryRole.NONE: frozenset(),
    LibraryRole.CURATOR: frozenset({Right.VIEW_LIBRARY, Right.WRITE_LIBRARY}),
    LibraryRole.REVIEWER: frozenset({Right.VIEW_LIBRARY, Right.WRITE_LIBRARY, Right.PUBLISH_LIBRARY}),
}

M = TypeVar("M", bound=Model)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a model's rows belong: lookups to its clinic and to the patient's own user.

    A model behind the door has a class attribute `scope`. `shared=True` says that a row without a clinic
    belongs to all (the shared library). `shut` are the rows that their owner does not reach as things stand.
    """

    clinic: str
    owner: str = ""
    shared: bool = False
    shut: Q | None = None


def requires(right: Right) -> Callable[[View], View]:
    """Declare a page's right. A page without one does not answer (`DeclaredRightMiddleware`).

    Rights that need no object are checked here; for the others the view fetches through `get`/`visible`,
    which read the declared right from the request.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.right = right  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return cast("View", guarded)

    return declare


def memberships(user: User | AnonymousUser) -> list[Membership]:
    """A person's active places, with their clinics."""
    if not isinstance(user, User) or not user.is_active:
        return []
    return user.places


def rights_in(user: User | AnonymousUser, clinic_id: UUID | None) -> frozenset[Right]:
    """All that a person may do in a clinic (`None`: in the shared library)."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    rights = LIBRARY_RIGHTS[user.library_role] if clinic_id is None else frozenset()
    for membership in memberships(user):
        if clinic_id is None:
            # Every colleague of any clinic may read the shared library.
            rights |= {Right.VIEW_LIBRARY}
        elif membership.clinic_id == clinic_id:
            rights |= ROLE_RIGHTS[membership.role]
    return rights


def has(user: User | AnonymousUser, right: Right, clinic_id: UUID | None = None) -> bool:
    if right is Right.PUBLIC:
        return True
    if not isinstance(user, User) or not user.is_active:
        return False
    if right is Right.SIGNED_IN:
        return True
    if right is Right.OPERATE:
        return user.is_staff
    return right in rights_in(user, clinic_id)


def clinics(user: User | AnonymousUser, right: Right) -> list[Clinic]:
    """The clinics in which a person has the right."""
    return [m.clinic for m in memberships(user) if right in ROLE_RIGHTS[m.role]]


def _reach(model: type[Model], user: User | AnonymousUser, right: Right | None) -> Q:
    """The rows that a person can reach with a right, or (right=None) knows of at all."""
    scope: Scope = model.scope  # type: ignore[attr-defined]
    nothing = Q(pk__in=[])
    if not isinstance(user, User) or not user.is_active:
        return nothing
    reach = nothing
    if scope.owner and (right is None or right in OWNER_RIGHTS):
        own = Q(**{scope.owner: user.pk})
        reach |= own if scope.shut is None else own & ~scope.shut
    # What is for patients alone needs no look at anybody's places.
    places = memberships(user) if right is None or right in STAFF_RIGHTS else []
    inside = [m.clinic_id for m in places if right is None or right in ROLE_RIGHTS[m.role]]
    if inside:
        reach |= Q(**{f"{scope.clinic}__in": inside})
    if scope.shared and (rights_in(user, None) if right is None else right in rights_in(user, None)):
        reach |= Q(**{f"{scope.clinic}__isnull": True})
    return reach


def visible(request: HttpRequest, rows: type[M] | QuerySet[M], right: Right | None = None) -> QuerySet[M]:
    """The rows that the asking person may use for the declared (or named) right."""
    queryset = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    return queryset.filter(_reach(queryset.model, request.user, right or declared(request)))


def get(request: HttpRequest, rows: type[M] | QuerySet[M], right: Right | None = None, **lookup: Any) -> M:
    """One object for the declared (or named) right.

    Raises Http404 for a stranger, PermissionDenied for one who knows of the object but lacks the right.
    """
    right = right or declared(request)
    queryset = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    known = queryset.filter(_reach(queryset.model, request.user, None)).annotate(
        _may=Case(When(_reach(queryset.model, request.user, right), then=True), default=False)
    )
    try:
        found = known.get(**lookup)
    except (ObjectDoesNotExist, ValidationError, ValueError) as missing:
        raise Http404 from missing
    if not found._may:  # type: ignore[attr-defined]
        raise PermissionDenied
    return found


def clinic(request: HttpRequest, pk: UUID, right: Right | None = None) -> Clinic:
    """A clinic that the asking person belongs to, with the right."""
    for membership in memberships(request.user):
        if membership.clinic_id == pk:
            if (right or declared(request)) in ROLE_RIGHTS[membership.role]:
                return membership.clinic
            raise PermissionDenied
    raise Http404


def person(request: HttpRequest) -> User:
    """The signed-in person. Raises PermissionDenied when there is none."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def declared(request: HttpRequest) -> Right:
    """The right that the running page or API action has declared."""
    return cast("Right", request.right)  # type: ignore[attr-defined]
