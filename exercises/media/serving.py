"""A file over HTTP: whole or the part that is asked for, as players and phones do (RFC 9110, sections 13 and 14).

One range is answered; several at once, which no player asks for, get the whole, as the standard allows. Looked for and
not taken: django-ranged-response, whose last release is of 2017 and which knows neither `If-Range` nor ETags.
"""

import datetime as dt
import re
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# Whatever a browser makes of it, it is neither a page of ours nor something to be run or framed.
HEADERS = {
    "Accept-Ranges": "bytes",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# The files of an address never change. Another person at the same browser asks anew (`Vary: Cookie`).
FOR_GOOD = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"


class Part:
    """A file from where it stands, for so many bytes."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


def answer(
    request: HttpRequest,
    opened: Any,
    *,
    size: int,
    kind: str,
    digest: str,
    name: str,
    modified: dt.datetime | None = None,
    cached: str = FOR_GOOD,
) -> HttpResponseBase:
    """The answer to GET or HEAD. `opened` opens the file, where it is needed; `digest` makes the strong ETag."""
    etag = f'"{digest}"'
    changed = None if modified is None else int(modified.timestamp())
    headers = HEADERS | {"ETag": etag, "Cache-Control": cached, "Vary": "Cookie"}
    if changed:
        headers["Last-Modified"] = http_date(changed)
    unchanged = get_conditional_response(request, etag, changed)
    if unchanged is not None:
        return _with(unchanged, headers)
    headers |= {"Content-Disposition": f'inline; filename="{name}"', "Content-Length": str(size)}
    if request.method == "HEAD":
        return _with(HttpResponse(content_type=kind), headers)
    wanted = _range(request, size) if _still_the_same(request, etag, changed) else None
    if wanted is None:
        return _with(FileResponse(opened(), content_type=kind), headers)
    first, last = wanted
    if first > last:
        del headers["Content-Length"], headers["Content-Disposition"]
        return _with(HttpResponse(status=416), headers | {"Content-Range": f"bytes */{size}"})
    file = opened()
    file.seek(first)
    part = FileResponse(Part(file, last - first + 1), content_type=kind, status=206)
    headers |= {"Content-Length": str(last - first + 1), "Content-Range": f"bytes {first}-{last}/{size}"}
    return _with(part, headers)


def _with(response: HttpResponseBase, headers: dict[str, str]) -> HttpResponseBase:
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _still_the_same(request: HttpRequest, etag: str, changed: int | None) -> bool:
    """`If-Range`: a part is of use only to whoever has the rest of the same file."""
    known = request.headers.get("If-Range")
    return known is None or known == etag or (changed is not None and known == http_date(changed))


def _range(request: HttpRequest, size: int) -> tuple[int, int] | None:
    """First and last byte that are asked for; first > last where there is no such part, None for the whole file."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:  # so many from the end
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last or size - 1), size - 1)
