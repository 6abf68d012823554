"""The application as it is served, with an empty cache."""

import gc

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.blog.pagecache.visiting import Reader


@pytest.fixture(autouse=True)
def nobody_writes():
    """Ends changes that live on in the tracebacks of tests before."""
    gc.collect()


@pytest.fixture
def application():
    from config.wsgi import page_cache as application

    application.store.clear()
    application._unkept.clear()
    application._no_rendering_until = 0.0
    # A test's transaction is open across requests; Django's own client does the same.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield application
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    application.close()


@pytest.fixture
def reader(application):
    return Reader(application)
