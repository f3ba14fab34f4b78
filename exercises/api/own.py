"""A clinic's own library in the API: copy from the shared one, hear what became of an original, offer one's own."""

from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from clinic.models import Clinic
from exercises import copying, library, offering, publishing
from exercises.api import marks
from exercises.api.curation import Curation, library_of
from exercises.api.serializers_own import (
    CopySerializer,
    NewsSerializer,
    OfferSerializer,
    OriginalSerializer,
    TakeOverSerializer,
)
from exercises.copying import News
from exercises.models import Exercise, Routine
from exercises.studio import reviewing

T = TypeVar("T", bound=Exercise | Routine)

OWN_RIGHTS = {
    "copy": Right.WRITE_LIBRARY,
    "news": Right.WRITE_LIBRARY,
    "original": Right.WRITE_LIBRARY,
    "take_over": Right.WRITE_LIBRARY,
    "leave": Right.WRITE_LIBRARY,
    "offer": Right.PUBLISH_LIBRARY,
}


class OwnLibrary(Curation[T]):
    """The verbs of `exercises.copying` and `exercises.offering` on one thing."""

    @extend_schema(request=CopySerializer, responses={201: None})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Copy what the shared library has published into a draft of a clinic's own."""
        shared = reviewing.things(self.curated).filter(clinic=None, published__isnull=False)
        thing = access.get(request, shared, Right.VIEW_LIBRARY, pk=pk)
        clinic = _into(request, self.asked(request, CopySerializer).get("clinic"))
        return self.told_draft(copying.copy(access.person(request), thing, clinic), HTTPStatus.CREATED)

    @extend_schema(responses={200: NewsSerializer(many=True)}, filters=False)
    @action(detail=False, pagination_class=None)
    def news(self, request: Request) -> Response:
        """The copies in your clinics whose original was published anew or retired."""
        if not library.writes(request):
            raise PermissionDenied
        found = [told for told in copying.with_news(request) if told.kind == self.curated.kind]
        return Response(NewsSerializer(found, many=True).data)

    @extend_schema(responses={200: OriginalSerializer})
    @action(detail=True)
    def original(self, request: Request, pk: str) -> Response:
        """What the original of a copy says otherwise by now. To decide, name its ETag in `If-Match`."""
        thing, news = self._copied(request, pk)
        return marks.marked(self._told_news(thing, news), _mark(thing, news))

    @extend_schema(parameters=[marks.IF_MATCH], request=TakeOverSerializer, responses={200: None})
    @action(detail=True, methods=["post"], url_path="original/take-over", url_name="take-over")
    def take_over(self, request: Request, pk: str) -> Response:
        """Write parts of the original, as they are by now, into a draft of the copy (`If-Match`)."""
        thing, news = self._copied(request, pk)
        read = marks.read(request, _mark(thing, news))
        parts = self.asked(request, TakeOverSerializer)["parts"]
        changes = {change.value: change.fields for change in copying.changes(thing, news)} if news else {}
        if set(parts) - changes.keys():
            raise ValidationError({"parts": [_("Unknown.")]})
        fields = [name for part in parts for name in changes[part]]
        marks.unchanged(
            lambda: copying.take_over(access.person(request), thing, fields, **_as_read(news, read))
        )
        return self.told_draft(thing)

    @extend_schema(parameters=[marks.IF_MATCH], request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="original/leave", url_name="leave")
    def leave(self, request: Request, pk: str) -> Response:
        """The original's news was read, and the copy stays as it is (`If-Match`)."""
        thing, news = self._copied(request, pk)
        read = marks.read(request, _mark(thing, news))
        original = _as_read(news, read)["read"]
        marks.unchanged(lambda: copying.leave(access.person(request), thing, read=original))
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(methods=["get"], responses={200: OfferSerializer})
    @extend_schema(methods=["post"], request=None, responses={201: OfferSerializer})
    @extend_schema(methods=["delete"], responses={204: None})
    @action(detail=True, methods=["get", "post", "delete"])
    def offer(self, request: Request, pk: str) -> Response:
        """How the offer of a clinic's own to the shared library stands; offer it, or take the offer back."""
        own = reviewing.things(self.curated).filter(clinic__isnull=False)
        thing = access.get(request, own, pk=pk)
        if thing.published is None:
            raise Http404
        person = access.person(request)
        if request.method == "DELETE":
            offering.withdraw(person, thing)
            return Response(status=HTTPStatus.NO_CONTENT)
        if request.method not in SAFE_METHODS:
            offering.offer(person, thing)
            return Response(_told_offer(thing), status=HTTPStatus.CREATED)
        return Response(_told_offer(thing))

    def _copied(self, request: Request, pk: str) -> tuple[Any, News | None]:
        """A copy, and the news of its original. Raises Http404 for what is none."""
        thing = access.get(request, reviewing.things(self.curated), pk=pk)
        if thing.clinic_id is None or thing.based_on is None:
            raise Http404
        return thing, copying.news(thing)

    def _told_news(self, thing: Any, news: News | None) -> dict[str, Any]:
        original = thing.based_on.thing
        told: dict[str, Any] = {
            "original": str(original.pk),
            "seen": thing.based_on.number,
            "newest": original.published.number,
            "changed": news is not None and news.changed,
            "retired": news is not None and news.retired,
            "changes": [],
        }
        if news is None or not news.changed:
            return told
        before, after, own = (
            self.draft_serializer(revision).data for revision in (news.seen, news.newest, thing.latest)
        )
        told["changes"] = [
            {
                "part": change.value,
                "label": change.part.label,
                "conflict": change.conflict,
                **{
                    name: {field: said[field] for field in change.fields}
                    for name, said in (("before", before), ("after", after), ("own", own))
                },
            }
            for change in copying.changes(thing, news)
        ]
        return told


def _into(request: Request, clinic: UUID | None) -> Clinic:
    """The clinic that is named, or the only one in which the person writes."""
    if clinic is not None:
        found = library_of(request, clinic)
        assert found is not None  # one was named
        return found
    clinics = access.clinics(request.user, Right.WRITE_LIBRARY)
    if not clinics:
        raise PermissionDenied
    if len(clinics) > 1:
        raise ValidationError({"clinic": [_("Choose the clinic.")]})
    return clinics[0]


def _mark(thing: Any, news: News | None) -> str:
    """How the copy and its original stand: of what both say is decided."""
    return f"{publishing.mark(thing.latest)} {news.newest.pk if news else ''}"


def _as_read(news: News | None, read: str | None) -> dict[str, Any]:
    """What the verbs hold the sender to: the two halves of the mark."""
    if read is None or news is None:
        return {"read": ""}
    own, _space, original = read.rpartition(" ")
    return {"expected": own, "read": original}


def _told_offer(thing: Any) -> dict[str, Any]:
    found = offering.standing(thing)
    published = found is not None and found.state == "published"
    told = {
        "state": found.state if found else "none",
        "at": found.at if found else None,
        "published_as": found.shared.pk if found and published else None,
    }
    return dict(OfferSerializer(told).data)
