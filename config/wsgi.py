"""The WSGI application: what granian, gunicorn and `manage.py serve` run."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django_application = get_wsgi_application()

# Only now are the settings and the apps there.
from django.conf import settings  # noqa: E402

from blog.pagecache.wsgi import PageCache  # noqa: E402
from config.middleware import is_trusted  # noqa: E402

application = PageCache(
    django_application,
    is_trusted=is_trusted,
    limit_bytes=settings.PAGE_CACHE_MB * 1024 * 1024,
)
