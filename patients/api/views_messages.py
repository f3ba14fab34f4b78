"""A patient's thread in the API, for the patient and for the clinic (docs/rules.md 10)."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from clinic.api import ListMixin, told
from patients import messaging
from patients.api import bodies
from patients.models import Message, Patient


class MessageSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="author.name", read_only=True)
    by = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ("id", "by", "author", "text", "sent_at", "read_at", "unread", "withdrawn_at")
        read_only_fields = fields

    def get_by(self, message: Message) -> str:
        return "clinic" if message.by_staff else "patient"


class MessageInSerializer(serializers.Serializer):
    """The client makes the `id`. The verb says what is wrong with a text."""

    id = serializers.UUIDField()
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)


class UpToSerializer(serializers.Serializer):
    up_to = serializers.UUIDField(help_text="The newest message that was shown.")


class MessageViewSet(ListMixin, viewsets.GenericViewSet[Message]):
    """What a patient and a clinic write to each other. Not monitored for emergencies."""

    serializer_class = MessageSerializer
    rights = {
        "list": Right.SEE_CARE,
        "create": Right.WRITE_MESSAGE,
        "withdraw": Right.WRITE_MESSAGE,
        "read": Right.WRITE_MESSAGE,
        "unread": Right.CARE_FOR_PATIENTS,
    }
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        rows = access.visible(self.request, Message).filter(patient=self._patient())
        return rows.select_related("author").order_by("-sent_at", "-pk")

    def _patient(self) -> Patient:
        rows = Patient.objects.select_related("clinic")
        return access.get(self.request, rows, pk=self.kwargs["patient"])

    def _message(self, patient: Patient, pk: object) -> Message:
        rows = Message.objects.filter(patient=patient).select_related("author", "patient__clinic")
        return access.get(self.request, rows, pk=pk)

    @extend_schema(request=MessageInSerializer, responses={201: MessageSerializer, 200: MessageSerializer})
    def create(self, request: Request, patient: str) -> Response:
        """Write: 201 when it is new, 200 when it was sent before, 409 when the id has other content."""
        owner = self._patient()
        asked = bodies.asked(request, MessageInSerializer)
        message, created = messaging.write(access.person(request), owner, **asked)
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(told(MessageSerializer, message), status=code)

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, patient: str, pk: str) -> Response:
        """Take back one's own message that nobody has read."""
        message = self._message(self._patient(), pk)
        messaging.withdraw(access.person(request), message)
        return Response(told(MessageSerializer, message))

    @extend_schema(request=UpToSerializer, responses={204: None})
    @action(detail=False, methods=["post"])
    def read(self, request: Request, patient: str) -> Response:
        """What the other side had sent up to a message was read."""
        owner = self._patient()
        asked = bodies.asked(request, UpToSerializer)
        last = self._message(owner, asked["up_to"])
        messaging.read(owner, by_staff=owner.user_id != request.user.pk, up_to=last.sent_at)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    @action(detail=False, methods=["post"])
    def unread(self, request: Request, patient: str) -> Response:
        """Let the patient's last message wait for the clinic again."""
        messaging.mark_unread(access.person(request), self._patient())
        return Response(status=status.HTTP_204_NO_CONTENT)
