"""Where the OpenAPI description is read."""

from drf_spectacular.views import SpectacularAPIView

from clinic.access import Right
from clinic.api import DeclaredRight


class SchemaView(SpectacularAPIView):
    """The OpenAPI description of this API, as YAML, or as JSON with `?format=json`."""

    rights = {"get": Right.PUBLIC}
    permission_classes = [DeclaredRight]
