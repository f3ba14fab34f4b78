"""Pages of the ground: errors, and whether the installation is well."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old: nothing was changed, and the browser keeps what was typed."""
    return render(request, "errors/csrf.html", status=403)
