"""Keeps a file that is too large from being written to disk while it comes in."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

_REFUSED = "postil.too_large"


class UploadLimit(FileUploadHandler):
    """Drops each file beyond MAX_UPLOAD_BYTES and remembers its name; the rest of the form is read
    as ever, so the answer can say what was wrong.
    """

    chunk_size = 64 * 2**10

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Counts from nothing."""
        super().new_file(*args, **kwargs)
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Passes the chunk on, or drops the file."""
        self._size += len(raw_data)
        if self._size > settings.MAX_UPLOAD_BYTES:
            if self.request is not None:
                self.request.META.setdefault(_REFUSED, []).append(self.file_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leaves it to the handlers after this one."""


def refused_files(request: HttpRequest) -> list[str]:
    """Names of the files of `request` that were too large; ask after its files have been read."""
    names: list[str] = request.META.get(_REFUSED, [])
    return names
