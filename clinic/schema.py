"""Where the OpenAPI description is read."""

from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from clinic.access import Right
from clinic.api import DeclaredRight


@lru_cache
def description(language: str) -> dict[str, Any]:
    """The description in a language. It is the same for everybody, and takes a third of a second to work out."""
    generator: Any = SchemaGenerator  # has no types
    found: dict[str, Any] = generator().get_schema(request=None, public=True)
    return found


class KeptGenerator(SchemaGenerator):
    """Asked by anybody as often as they like; worked out once a process."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        return description(get_language())


class SchemaView(SpectacularAPIView):
    """The OpenAPI description of this API, as YAML, or as JSON with `?format=json`."""

    rights = {"get": Right.PUBLIC}
    permission_classes = [DeclaredRight]
    generator_class = KeptGenerator
