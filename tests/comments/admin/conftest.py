"""Who walks through the moderator's pages."""

import pytest

from blog.access import Role
from tests.builders import make_user

QUEUE = "/admin/comments/blogcomment/"


@pytest.fixture
def moderator():
    return make_user("mara", role=Role.MODERATOR)


@pytest.fixture
def at_work(client, moderator):
    """The browser of a moderator."""
    client.force_login(moderator)
    return client
