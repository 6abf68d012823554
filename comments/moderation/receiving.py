"""What visitors send: kept once, judged, and judged again when its writer has confirmed it."""

import hashlib
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from blog import pagecache
from blog.models import SiteProfile
from comments import engine, notifications, subscriptions
from comments.choices import Act, Status
from comments.models import BlogComment, Guest, ModerationEvent
from comments.models.guest import normal_address
from comments.moderation.counts import count
from comments.moderation.status import (
    PACKAGE_FLAGS,
    TELL_AFTER,
    announce,
    locked,
    set_status,
    shown_change,
)
from comments.signals import comment_published
from comments.spam import Clue, Refused, Submission, Verdict, clues, is_staff, judge, ratelimit


def fingerprint(submission: Submission) -> str:
    """Who says what where, as a hash: equal for a form that is sent twice."""
    if submission.user is not None:
        who = f"user:{submission.user.pk}"
    elif submission.email:
        who = f"mail:{normal_address(submission.email)}"
    else:
        who = f"name:{submission.name}:{submission.client_key}"
    parent = submission.reply_to.pk if submission.reply_to else 0
    parts = (str(submission.post.pk), str(parent), who, submission.text.strip())
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def receive(
    submission: Submission,
    *,
    request: HttpRequest | None = None,
    can_mail: bool,
    is_undoable: bool = False,
) -> BlogComment:
    """Keeps what a visitor sent and says where it stands; the same form twice is one comment.
    With `is_undoable` its writer may take it back as he may an act: nobody is told of it before.

    One transaction: the row with its status, the audit event, the mail that asks a new guest to
    confirm his address. At most 15 queries.

    Raises:
        ratelimit.TooFast: this network has to wait. The same form again never has to, nor do the
            blog's own people.
        spam.Refused: a block rule refuses it.
        engine.Vetoed: a receiver of the package's signal refused it.
    """
    mark = fingerprint(submission)
    try:
        verdict = judge(submission)
        with transaction.atomic():
            if not is_staff(submission):
                email = submission.guest.email if submission.guest else ""
                ratelimit.check(submission.client_key, email=email)
            comment = _new(submission, verdict, mark, can_mail=can_mail)
            if is_undoable:
                comment.announce_from = timezone.now() + TELL_AFTER
            return _insert(comment, submission, request=request, can_mail=can_mail)
    except (IntegrityError, ratelimit.TooFast):
        # Its fingerprint is unique: looked for only now, so that the usual case needs no query.
        first = BlogComment.objects.filter(fingerprint=mark).select_related("post").first()
        if first is not None:
            return first
        if submission.guest is None or Guest.objects.filter(pk=submission.guest.pk).exists():
            raise
    # He was erased while he wrote: a stranger from now on.
    return receive(
        replace(submission, guest=None),
        request=request,
        can_mail=can_mail,
        is_undoable=is_undoable,
    )


def _new(submission: Submission, verdict: Verdict, mark: str, *, can_mail: bool) -> BlogComment:
    """The row of `submission`, not saved yet."""
    guest = submission.guest
    status = verdict.status
    if submission.user is None and guest is None:
        if can_mail and submission.email and status != Status.SPAM:
            status = Status.UNCONFIRMED
        elif status == Status.PUBLISHED:
            status = Status.HELD
            verdict = Verdict(status, [*verdict.clues, clues.unconfirmed_address()])
    comment = BlogComment(
        post=submission.post,
        user=submission.user,
        guest=guest,
        user_name="" if submission.user else submission.name,
        user_email="" if submission.user else submission.email,
        user_url=submission.url,
        comment=submission.text,
        client_key=submission.client_key,
        fingerprint=mark,
        status=status,
        reasons=[clue.as_json() for clue in verdict.clues],
    )
    comment.is_public, comment.is_removed = PACKAGE_FLAGS[status]
    if status == Status.PUBLISHED:
        comment.published_at = timezone.now()
    return comment


def _insert(
    comment: BlogComment, submission: Submission, *, request: HttpRequest | None, can_mail: bool
) -> BlogComment:
    status = Status(comment.status)
    with pagecache.touches(*shown_change([comment], status)):
        engine.insert(comment, reply_to=submission.reply_to, request=request)
        if status == Status.PUBLISHED:
            count(published=[comment], taken_down=[])
    ModerationEvent.objects.create(
        comment=comment, act=Act.RECEIVED, by=submission.user, status_after=status
    )
    if status == Status.PUBLISHED:
        announce([comment.pk], comment_published)
    elif status == Status.UNCONFIRMED:
        notifications.ask_to_confirm(comment)
    if can_mail and submission.follow:
        subscriptions.follow_with(comment, submission.follow)
    return comment


def confirm(comment: BlogComment) -> BlogComment:
    """The writer has shown that the address is his: from now on this guest is known, and the
    comment, if it still waited for that, goes where the blog's policy sends it.

    Twice is as good as once. One transaction. The post may have closed meanwhile: then the comment
    waits for a moderator.

    Raises:
        BlogComment.DoesNotExist: its writer was erased meanwhile.
    """
    with transaction.atomic():
        ratelimit.take_turn(normal_address(comment.user_email))
        found = locked([comment.pk])
        if not found:
            raise BlogComment.DoesNotExist
        [comment] = found
        email = normal_address(comment.user_email)
        if not email or comment.guest is not None:
            return comment
        guest, _created = Guest.objects.get_or_create(email=email)
        guest.verified_at = guest.verified_at or timezone.now()
        guest.name = comment.user_name
        guest.language = SiteProfile.current().language
        guest.save(update_fields=["verified_at", "name", "language"])
        comment.guest = guest
        with pagecache.touches():  # no page says who it was
            BlogComment.objects.filter(pk=comment.pk).update(guest=guest)
        subscriptions.confirm_made_with(comment)
        if comment.status == Status.UNCONFIRMED:
            verdict = judge_again(comment)
            comment.reasons = [clue.as_json() for clue in verdict.clues]
            with pagecache.touches():
                BlogComment.objects.filter(pk=comment.pk).update(reasons=comment.reasons)
            set_status([comment], verdict.status, act=Act.CONFIRMED, by=None)
        return comment


def judge_again(comment: BlogComment) -> Verdict:
    """The verdict on a stored comment; what was odd about its sending still counts."""
    submission = Submission(
        post=comment.post,
        reply_to=None,
        name=comment.user_name,
        email=comment.user_email,
        url=comment.user_url,
        text=comment.comment,
        client_key=comment.client_key,
        user=comment.user,
        guest=comment.guest,
        stored_key=comment.pk,
        noticed=tuple(Clue.from_json(reason) for reason in comment.reasons),
    )
    try:
        verdict = judge(submission)
    except Refused as refused:  # it was kept already, so it goes where spam goes
        return Verdict(Status.SPAM, refused.clues)
    if verdict.status != Status.PUBLISHED:
        return verdict
    if not comment.post.is_open_for_comments:
        return Verdict(Status.HELD, [*verdict.clues, clues.closed_meanwhile()])
    if comment.user_id is None and comment.guest_id is None:
        return Verdict(Status.HELD, [*verdict.clues, clues.unconfirmed_address()])
    return verdict
