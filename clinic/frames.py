"""A letter inside a page: its HTML part in a frame, shown as its writer made it, with a policy of its own."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# Mail carries its style inside, which our policy refuses; so this answer alone has a policy of its own. It may
# style itself and show embedded images, and is sandboxed: no script, no form, no look at our cookies or pages.
# Links open in a new tab, which is not sandboxed.
NEW_TABS = '<base target="_blank">'
POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:", "cid:"],
    "font-src": None,
    "connect-src": None,
    "media-src": None,
    "manifest-src": None,
    "worker-src": None,
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def around_a_letter(view: View) -> View:
    """For a page that has such a frame."""
    return cast("View", csp_update({"frame-src": [SELF]})(view))


def of_a_letter(view: View) -> View:
    """For what stands in the frame."""
    return cast("View", xframe_options_sameorigin(csp_replace(POLICY)(view)))


def framed(html: str, pictures: Mapping[str, bytes] | None = None) -> HttpResponse:
    """The letter, with the pictures that a mail program would find beside it (PNG, by the name of their `cid:`)."""
    for name, png in (pictures or {}).items():
        html = html.replace(f'"cid:{name}"', f'"data:image/png;base64,{b64encode(png).decode()}"')
    # Before anything else in its head, or, where it has none, before everything.
    whole, heads = re.subn(r"(?i)<head\b[^>]*>", rf"\g<0>{NEW_TABS}", html, count=1)
    return HttpResponse(whole if heads else NEW_TABS + html)
