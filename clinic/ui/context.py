"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Settings only: an error page must be able to show itself without a database."""
    return {"demo": settings.DEMO, "passkey_host": settings.PASSKEY_HOST}
