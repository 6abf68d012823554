"""What the mails say, in the words of whoever gets them, and the headers for mail programs."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blog import addresses, markup
from blog.models import Post, SiteProfile
from comments import links
from comments.choices import NoticeKind, Scope
from comments.models import BlogComment, Guest, Notice, OutgoingMail, Subscription
from comments.notifications.outbox import written

COMMENTS_SHOWN = 20  # of a digest; the others are counted
TEXT_LENGTH = 1_500  # characters of a published comment
HELD_TEXT_LENGTH = 200  # of a held one: mails that repeat spam are taken for spam
MODERATOR_ACTS = ("approve", "spam", "remove")

_DOT_IN_DOMAIN = re.compile(r"(?<=[^\W_])[.。．](?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment as a mail shows it."""

    name: str
    text: str
    post: str
    link: str
    acts: dict[str, str]  # addresses by act; empty but for moderators

    @property
    def quote(self) -> str:
        """The text as plain mail quotes it."""
        return "\n".join(f"> {line}".rstrip() for line in self.text.splitlines())


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a reader gets the mail, and the address that ends it."""

    reason: str
    link: str


def disarmed(text: str) -> str:
    """`text` with addresses that no mail program makes a link of, and no filter reads as one."""
    apart = text.replace("://", "[:]//").replace("@", "[at]")
    return _DOT_IN_DOMAIN.sub("[.]", apart)


def shortened(text: str, length: int) -> str:
    """`text` of at most `length` characters, with a mark where it was cut."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def message_id(kind: str, about: str) -> str:
    """`<KIND-HASH@host>`, the same whenever it is made of the same words, so that a mail that is
    sent twice is one, and an answer finds what it answers.
    """
    digest = hashlib.sha256(about.encode()).hexdigest()[:32]
    return f"<{kind}-{digest}@{host()}>"


def host() -> str:
    """The blog's host as headers can hold it."""
    return (settings.SITE.hostname or "localhost").encode("idna").decode("ascii")


class Desk:
    """Where the letters of one round are written: knows the blog, and what the comments answer."""

    def __init__(self, profile: SiteProfile, notices: Sequence[Notice]) -> None:
        """Looks up the ids of all that is answered. One query; one more with held comments."""
        self._profile = profile
        answered = {
            key
            for notice in notices
            for key in (notice.comment.root_id, notice.comment.reply_to_id)
            if key is not None
        }
        self._entry_ids = dict(
            BlogComment.objects.filter(pk__in=answered).values_list("pk", "entry_id")
        )
        self._waiting_count = (
            BlogComment.objects.waiting().count()
            if any(notice.kind == NoticeKind.QUEUE for notice in notices)
            else 0
        )

    def letter(self, notices: Sequence[Notice], person: Guest | User) -> OutgoingMail:
        """The mail that tells `person` of `notices`, which have one kind and topic. Not saved."""
        language = (isinstance(person, Guest) and person.language) or self._profile.language
        kind = NoticeKind(notices[0].kind)
        with translation.override(language):
            remarks = [self._remark(notice, kind) for notice in notices[:COMMENTS_SHOWN]]
            stops = self._stops(notices, kind)
            return written(
                key=f"notice:{notices[0].pk}",
                to=person.email,
                subject=self._subject(notices, kind),
                template="queue" if kind == NoticeKind.QUEUE else "news",
                context={
                    "language": translation.get_language(),
                    "blog": self._profile.title,
                    "heading": self._heading(notices, kind),
                    "remarks": remarks,
                    "more_count": len(notices) - len(remarks),
                    "more_link": self._more_link(notices, kind),
                    "stops": stops,
                    "reason": self._reason(kind),
                },
                headers=self._headers(notices, kind, stops),
            )

    def _remark(self, notice: Notice, kind: NoticeKind) -> Remark:
        comment = notice.comment
        text = markup.plain_text(comment.body_html)
        if kind != NoticeKind.QUEUE:
            return Remark(
                name=comment.author_name,
                text=shortened(text, TEXT_LENGTH),
                post=str(comment.post),
                link=addresses.absolute(comment.get_absolute_url()),
                acts={},
            )
        return Remark(
            name=disarmed(comment.author_name),
            text=disarmed(shortened(" ".join(text.split()), HELD_TEXT_LENGTH)),
            post=str(comment.post),
            link="",
            acts={
                act: addresses.absolute(
                    reverse(
                        "comments:moderate",
                        args=[
                            links.make(
                                links.Purpose.MODERATE, f"{comment.pk}.{act}.{notice.user_id}"
                            )
                        ],
                    )
                )
                for act in MODERATOR_ACTS
            },
        )

    def _subject(self, notices: Sequence[Notice], kind: NoticeKind) -> str:
        """The same for all mails of a topic: mail programs put them together by it."""
        names = {"post": shortened(str(notices[0].comment.post), 100), "blog": self._profile.title}
        if kind == NoticeKind.QUEUE:
            return _("Comments that wait on %(blog)s") % names
        if kind == NoticeKind.LIVE:
            return _("Your comment on “%(post)s” is published") % names
        if kind == NoticeKind.FOLLOW and _scopes(notices) == {Scope.REPLIES}:
            return _("Replies to your comment on “%(post)s”") % names
        return _("Comments on “%(post)s”") % names

    def _heading(self, notices: Sequence[Notice], kind: NoticeKind) -> str:
        count = len(notices)
        words = {"count": count, "post": str(notices[0].comment.post)}
        if kind == NoticeKind.QUEUE:
            return ngettext(
                "%(count)d comment waits for a moderator.",
                "%(count)d comments wait for a moderator.",
                self._waiting_count,
            ) % {"count": self._waiting_count}
        if kind == NoticeKind.LIVE:
            return _("A moderator has published your comment on “%(post)s”.") % words
        if kind == NoticeKind.FOLLOW and _scopes(notices) == {Scope.REPLIES}:
            return (
                ngettext(
                    "%(count)d new reply to your comment on “%(post)s”:",
                    "%(count)d new replies to your comment on “%(post)s”:",
                    count,
                )
                % words
            )
        return (
            ngettext(
                "%(count)d new comment on “%(post)s”:",
                "%(count)d new comments on “%(post)s”:",
                count,
            )
            % words
        )

    def _more_link(self, notices: Sequence[Notice], kind: NoticeKind) -> str:
        if kind == NoticeKind.QUEUE:
            return addresses.absolute(reverse("admin:comments_blogcomment_changelist"))
        return addresses.absolute(f"{notices[0].comment.post.get_absolute_url()}#comments")

    def _reason(self, kind: NoticeKind) -> str:
        """Why the reader gets this, where no subscription says it."""
        if kind == NoticeKind.QUEUE:
            return _("You get this mail because you moderate comments on this blog.")
        if kind == NoticeKind.AUTHOR:
            return _("You get this mail because you wrote the post.")
        if kind == NoticeKind.LIVE:
            return _("You get this mail once, because you wrote the comment.")
        return ""

    def _stops(self, notices: Sequence[Notice], kind: NoticeKind) -> list[Stop]:
        """One for each subscription that the mail comes from, oldest comment first."""
        if kind != NoticeKind.FOLLOW:
            return []
        subscriptions = {
            notice.subscription.pk: (notice.subscription, notice.comment.post)
            for notice in notices
            if notice.subscription is not None
        }
        return [
            Stop(reason=_why(subscription, post), link=stop_link(subscription))
            for subscription, post in subscriptions.values()
        ]

    def _headers(
        self, notices: Sequence[Notice], kind: NoticeKind, stops: Sequence[Stop]
    ) -> dict[str, str]:
        first = notices[0].comment
        post_id = message_id("post", first.post.entry_id)
        if kind == NoticeKind.QUEUE:
            # The same comment may be held again: another mail.
            moment = notices[0].created_at.isoformat()
            return {
                "Message-ID": message_id("queue", f"{first.entry_id} {moment}"),
                "List-Id": f"<queue.comments.{host()}>",
            }
        if kind == NoticeKind.LIVE:
            return {"Message-ID": message_id("live", first.entry_id), "References": post_id}
        above = [
            message_id("comment", self._entry_ids[key])
            for key in dict.fromkeys((first.root_id, first.reply_to_id))
            if key in self._entry_ids
        ]
        headers = {
            "Message-ID": message_id("comment", first.entry_id),
            "In-Reply-To": [post_id, *above][-1],
            "References": " ".join([post_id, *above]),
            "List-Id": f"<post-{first.post.number}.comments.{host()}>",
        }
        if stops:
            headers["List-Unsubscribe"] = f"<{stops[0].link}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        return headers


def stop_link(subscription: Subscription) -> str:
    """The address that ends `subscription`: a page with a button, and what RFC 8058 posts to."""
    token = links.make(links.Purpose.UNSUBSCRIBE, subscription.pk)
    return addresses.absolute(reverse("comments:unsubscribe", args=[token]))


def _scopes(notices: Sequence[Notice]) -> set[str]:
    return {notice.subscription.scope for notice in notices if notice.subscription is not None}


def _why(subscription: Subscription, post: Post) -> str:
    words = {"post": str(post)}
    if subscription.scope == Scope.REPLIES:
        return _("You asked to be told of replies to your comment on “%(post)s”.") % words
    if subscription.scope == Scope.THREAD:
        return _("You follow a thread on “%(post)s”.") % words
    return _("You follow all comments on “%(post)s”.") % words
