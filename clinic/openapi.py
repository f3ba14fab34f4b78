"""The OpenAPI description of the API: how one signs in, and that every error has one form."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from clinic.api import PageAuthentication, TokenAuthentication
from clinic.errors import PROBLEM


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "hw_…"}


class PageScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = PageAuthentication
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class ProblemError(serializers.Serializer[Any]):
    field = serializers.CharField(allow_null=True, help_text="Path to the field, such as items.0.hold.")
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """Every answer that is not a success (RFC 9457)."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened and what to do now.")
    instance = serializers.CharField(help_text="The address that was asked.")
    errors = ProblemError(many=True, help_text="Field by field; empty where no field is to blame.")  # type: ignore[assignment]
    reference = serializers.CharField(required=False, help_text="What to tell the operator of this Holdwell.")


class Schema(AutoSchema):
    """Says of every operation that all other answers are problems."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction == "response":
            bodies["default"] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                Problem, "default", [PROBLEM], direction
            )
        return bodies
