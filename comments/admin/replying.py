"""Answering a comment out of the queue, and keeping what was typed until it is sent."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comments import engine, moderation, threads
from comments.choices import Status
from comments.forms import MAX_LENGTH, TextField
from comments.models import BlogComment
from comments.spam import Submission, ratelimit

FIELD = "reply-"  # and the key of the comment
ANSWERABLE = frozenset({Status.HELD, Status.PUBLISHED})
MAX_DRAFTS = 20  # of one moderator; the session keeps them
SESSION_KEY = "replies"

TEXT = TextField(
    max_length=MAX_LENGTH,
    error_messages={"required": gettext_lazy("Write your reply first.")},
)


class NotSent(Exception):
    """The reply was not published; the message says why."""


def keep_drafts(request: HttpRequest) -> None:
    """Keeps in the session whatever replies the form carries that was sent, so that no other act
    and no error loses one. An empty one is forgotten.
    """
    kept: dict[str, str] = request.session.get(SESSION_KEY, {})
    drafts = dict(kept)
    for name, text in request.POST.items():
        key = name.removeprefix(FIELD)
        if name == key or not (key.isascii() and key.isdigit() and len(key) <= 10):
            continue
        drafts.pop(key, None)  # so that it comes last
        if str(text).strip():
            drafts[key] = str(text)[: 2 * MAX_LENGTH]
    drafts = dict(list(drafts.items())[-MAX_DRAFTS:])
    if drafts != kept:
        request.session[SESSION_KEY] = drafts


def drafts(request: HttpRequest) -> dict[str, str]:
    """The replies that are not sent, by the key of their comment."""
    kept: dict[str, str] = request.session.get(SESSION_KEY, {})
    return kept


def put_back(request: HttpRequest, key: int, text: str) -> None:
    """Makes a reply that was taken back a draft again."""
    request.session[SESSION_KEY] = {**drafts(request), str(key): text}


def forget(request: HttpRequest, key: int) -> None:
    """Forgets the draft of the reply to one comment."""
    request.session[SESSION_KEY] = {
        name: text for name, text in drafts(request).items() if name != str(key)
    }


def reply(key: int, text: str, *, by: User, request: HttpRequest, at: datetime) -> BlogComment:
    """Publishes comment `key`, if it waits, as of the moment `at`, and a reply to it by `by`: the
    reply. One transaction.

    Raises:
        NotSent: nothing was changed.
    """
    try:
        text = TEXT.clean(text)
    except ValidationError as error:
        raise NotSent(" ".join(error.messages)) from error
    try:
        with transaction.atomic():
            comment = BlogComment.objects.select_related("post__author").filter(pk=key).first()
            if comment is not None and comment.status == Status.HELD:
                moderation.approve([comment], by=by, at=at)
                comment.refresh_from_db(fields=["status"])
            if comment is None or comment.status != Status.PUBLISHED:
                raise NotSent(_("Nobody can read that comment now, so nobody could read a reply."))
            address = request.META.get("REMOTE_ADDR", "")
            return moderation.receive(
                Submission(
                    post=comment.post,
                    reply_to=_answerable(comment),
                    name="",
                    email="",
                    url="",
                    text=text,
                    client_key=ratelimit.client_key(address),
                    address=address,
                    user=by,
                ),
                request=request,
                can_mail=settings.HAS_MAIL,
                is_undoable=True,
            )
    except engine.Vetoed as error:
        raise NotSent(_("This comment was not accepted.")) from error


def _answerable(comment: BlogComment) -> BlogComment:
    """`comment`, or what it answers when nothing may stand deeper: the reply becomes its sibling,
    as in the form for readers.
    """
    if comment.level < threads.MAX_DEPTH:
        return comment
    above: BlogComment = BlogComment.objects.get(path=comment.path[: -threads.STEP_LENGTH])
    return above
