"""The WSGI application: what granian, gunicorn and `manage.py serve` run."""

import os
import threading
import time

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django_application = get_wsgi_application()

# Only now are the settings and the apps there.
from django.conf import settings  # noqa: E402

from blog.feeds.browsing import FeedsForPeople  # noqa: E402
from blog.pagecache.wsgi import PageCache  # noqa: E402
from config.middleware import is_trusted  # noqa: E402


def end_with(server: int) -> None:
    """Ends this process when `server`, which started it, was killed: nobody else would."""
    while os.getppid() == server:
        time.sleep(1)
    os._exit(1)


if _server := os.environ.get("POSTIL_SERVER_PID"):
    threading.Thread(target=end_with, args=[int(_server)], daemon=True).start()

page_cache = PageCache(
    django_application,
    is_trusted=is_trusted,
    limit_bytes=settings.PAGE_CACHE_MB * 1024 * 1024,
)
application = FeedsForPeople(page_cache)
