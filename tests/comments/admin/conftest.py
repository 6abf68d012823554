"""Who walks through the moderator's pages."""

import re

import pytest
from django.contrib.messages import get_messages

from blog.access import Role
from comments.choices import ReportReason
from comments.models import Report
from tests.builders import make_user

QUEUE = "/admin/comments/blogcomment/"
UNDO = re.compile(r' <button [^>]*name="undo" value="([^"]*)">Undo</button>')


def said(response):
    """The sentences that the moderator will read, without their Undo buttons."""
    return [UNDO.sub("", str(message)) for message in get_messages(response.wsgi_request)]


def undo_of(response):
    """What the Undo button behind the last sentence sends; None without a button."""
    *_earlier, last = get_messages(response.wsgi_request)
    found = UNDO.search(str(last))
    return found[1] if found else None


def make_report(comment, *, reason=ReportReason.SPAM, **fields):
    """What one more reader, of one more network, says of a comment."""
    number = Report.objects.count()
    return Report.objects.create(
        comment=comment,
        reason=reason,
        actor_key=f"actor {number}",
        client_key=f"network {number}",
        **fields,
    )


@pytest.fixture
def moderator():
    return make_user("mara", role=Role.MODERATOR)


@pytest.fixture
def at_work(client, moderator):
    """The browser of a moderator."""
    client.force_login(moderator)
    return client
