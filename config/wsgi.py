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
from blog.pagecache.disk import Disk  # noqa: E402
from blog.pagecache.files import Files  # noqa: E402
from blog.pagecache.keeper import Keeper  # noqa: E402
from blog.pagecache.wsgi import PageCache  # noqa: E402
from config.middleware import is_trusted, page_headers  # noqa: E402

MEGABYTE = 1024 * 1024


def end_with(server: int) -> None:
    """Ends this process when `server`, which started it, was killed: nobody else would."""
    while os.getppid() == server:
        time.sleep(1)
    os._exit(1)


def page_disk() -> Disk | None:
    """Where pages lie for a web server in front, looked after from now on; None when nowhere."""
    folder = settings.DATA_DIR / "pages"
    if not settings.PAGE_DISK_MB:
        Files(folder).drop()  # of a time when it was otherwise; nobody would look after them
        return None
    disk = Disk(
        folder,
        limit_bytes=settings.PAGE_DISK_MB * MEGABYTE,
        host=settings.SITE.netloc,
        is_secure=settings.IS_HTTPS,
        headers=page_headers(),
    )
    Keeper(disk).start()
    return disk


if _server := os.environ.get("POSTIL_SERVER_PID"):
    threading.Thread(target=end_with, args=[int(_server)], daemon=True).start()

page_cache = PageCache(
    django_application,
    is_trusted=is_trusted,
    limit_bytes=settings.PAGE_CACHE_MB * MEGABYTE,
    disk=page_disk(),
)
application = FeedsForPeople(page_cache)
