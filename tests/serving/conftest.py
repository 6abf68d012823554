"""One blog for each kind of web server; tests change it and put nothing back."""

import os

import pytest

from tests.serving.site import Blog, WebServer, free_port, missing, until


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def served(request, tmp_path_factory):
    """The blog and the web server in front of it."""
    if reason := missing(request.param):
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp(request.param)
    data = folder / "data"
    data.mkdir()
    blog = Blog(data, free_port())
    front = WebServer(request.param, folder, blog)
    try:
        blog.start()
        front.start()
        yield blog, front
    finally:
        front.stop()
        blog.stop()


@pytest.fixture
def blog(served):
    return served[0]


@pytest.fixture
def front(served):
    return served[1]


@pytest.fixture
def ask_disk(front):
    """Asks for a page until the web server has it from disk: the answer."""

    def ask(path, **headers):
        found = []

        def is_from_disk():
            found[:] = [front.ask(path, **headers)]
            return found[0].is_from_disk

        until(is_from_disk, f"{path} from disk", seconds=20)
        return found[0]

    return ask
