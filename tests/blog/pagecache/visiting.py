"""A reader who asks the WSGI application itself: Django's own client goes past the page cache."""

import gzip
import io
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, unpacked."""
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def came_from(self) -> str:
        """`hit`, `stored`, `collapsed`, `stale`, or `django` for what is not kept."""
        note = self.headers.get("Cache-Status", "postil; django")
        return note.replace("=", " ").split()[-1].rstrip(";")


class Reader:
    """Asks `application` for pages; `headers` go with every request."""

    def __init__(self, application, **headers):
        self.application = application
        self.headers = headers

    def get(self, address, *, method="GET", body=b"", **headers) -> Answer:
        path, _mark, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **self.headers,
            **headers,
        }
        if body:
            environ["CONTENT_LENGTH"] = str(len(body))
        started: list[Any] = []

        def start_response(status, headers, exc_info=None):
            started[:] = [status, headers]

        chunks = self.application(environ, start_response)
        try:
            received = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, pairs = started
        return Answer(int(status.split()[0]), dict(pairs), received)
