"""What tests of comments share."""

import pytest

from comments.forms import CommentForm


@pytest.fixture
def can_mail(settings):
    """A blog with a mail server."""
    settings.HAS_MAIL = True


@pytest.fixture
def send(client):
    """Sends the comment form of a post as a browser would: `send(post, comment="…")`.

    `browser` is the client to use, `reply_to` a comment, every other name a field of the form.
    """

    def send(post, *, browser=client, reply_to=None, **fields):
        typed = {"name": "Grete", "email": "grete@example.net", "comment": "Well said."}
        hidden = {
            **CommentForm(post).generate_security_data(),
            "reply_to": reply_to.pk if reply_to else 0,
            "honeypot": "",
        }
        return browser.post(f"/comments/on/{post.pk}/", {**hidden, **typed, **fields})

    return send
