"""Sends uploaded files, never as something that could run."""

import mimetypes
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from blog.images.library import ORIGINALS, RENDITIONS
from blog.images.reading import EXTENSIONS
from blog.models import MediaItem

# What a file may be shown as; everything else is a download.
SHOWN_TYPES = frozenset({*EXTENSIONS, "audio/mpeg", "video/mp4"})
CHUNK_BYTES = 64 * 2**10

FOR_EVER = f"public, max-age={int(timedelta(days=365).total_seconds())}, immutable"
FOR_A_MONTH = f"public, max-age={int(timedelta(days=30).total_seconds())}"
ASKED_EACH_TIME = "public, no-cache"

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_TYPES = {extension: content_type for content_type, extension in EXTENSIONS.items()}


def file_response(request: HttpRequest, path: str) -> HttpResponseBase:
    """The uploaded file at `path`, whole or in the part that `Range` asks for; 304 for those who
    have it. One query; none for a rendition.

    An address with the version of the content, and that of a rendition, means the same bytes for
    ever; the bare address of an item is asked about each time, since its content can be replaced.

    Raises:
        Http404: there is none.
    """
    if any(part.startswith(".") for part in path.split("/")):
        raise Http404  # files that are still being written
    is_own = path.startswith((f"{RENDITIONS}/", f"{ORIGINALS}/"))
    item = None if is_own else MediaItem.objects.filter(path=path).first()
    name = path if item is None else item.stored_name
    try:
        if not default_storage.exists(name):
            raise Http404
        if item is not None:
            etag, modified = f'"{item.content_hash[:32]}"', None
        else:
            modified = int(default_storage.get_modified_time(name).timestamp())
            etag = f'"{modified:x}-{default_storage.size(name):x}"'
        # Before the file is open: an answer that is not sent must not be closed.
        response: HttpResponseBase | None = get_conditional_response(request, etag, modified)
        if response is None:
            content_type = item.content_type if item else _type_of(name)
            file = default_storage.open(name)
            response = _whole_or_part(request, file, etag=etag, content_type=content_type)
    except (SuspiciousFileOperation, IsADirectoryError, ValueError, OSError) as error:
        raise Http404 from error
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": _how_long(item, is_own=is_own, asked=request.GET.get("v", "")),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        # Feed readers show the pictures of a post on pages of other hosts.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if modified is not None:
        headers["Last-Modified"] = http_date(modified)
    for header, value in headers.items():
        response.headers[header] = value
    return response


def _how_long(item: MediaItem | None, *, is_own: bool, asked: str) -> str:
    if is_own or (item is not None and asked == item.version):
        return FOR_EVER
    return FOR_A_MONTH if item is None else ASKED_EACH_TIME


def _type_of(name: str) -> str:
    guessed, _encoding = mimetypes.guess_type(name)
    kind = _TYPES.get(name.rpartition(".")[2].lower()) or guessed or ""
    return kind if kind in SHOWN_TYPES else "application/octet-stream"


def _whole_or_part(
    request: HttpRequest, file: "File[Any]", *, etag: str, content_type: str
) -> HttpResponseBase:
    size = file.size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    is_current = request.headers.get("If-Range", etag) == etag
    if asked is None or not is_current or asked.groups() == ("", ""):
        is_shown = content_type in SHOWN_TYPES
        return FileResponse(file, as_attachment=not is_shown, content_type=content_type)
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    else:
        start, end = max(size - int(last), 0), size - 1
    if start > end:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_Part(file, start, end), status=206, content_type=content_type)
    response.headers["Content-Length"] = str(end - start + 1)
    response.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


class _Part:
    """Bytes `start` to `end`, both included, of an open file; closed with the answer."""

    def __init__(self, file: "File[Any]", start: int, end: int) -> None:
        self._file = file
        self._left = end - start + 1
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._file.read(min(CHUNK_BYTES, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
