"""What we rely on of django-comments-xtd: an upgrade that changes any of it fails here first."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models.signals import pre_save
from django_comments.moderation import moderator
from django_comments.signals import comment_was_flagged, comment_was_posted, comment_will_be_posted
from django_comments_xtd import get_form, get_model
from django_comments_xtd.forms import XtdCommentForm
from django_comments_xtd.models import XtdComment, publish_or_unpublish_on_pre_save

from comments import engine
from comments.choices import Status
from comments.forms import CommentForm
from comments.models import BlogComment
from tests.builders import make_comment, make_post

COLUMNS_WE_WRITE = {
    "content_type",
    "object_pk",
    "site",
    "user",
    "user_name",
    "user_email",
    "user_url",
    "comment",
    "submit_date",
    "ip_address",
    "is_public",
    "is_removed",
    "thread_id",
    "parent_id",
    "level",
}


def test_package_has_every_column_that_we_write():
    missing = set()
    for name in COLUMNS_WE_WRITE:
        try:
            XtdComment._meta.get_field(name)
        except FieldDoesNotExist:
            missing.add(name)

    assert missing == set()


def test_package_serves_our_model_and_form():
    assert get_model() is BlogComment
    assert get_form() is CommentForm
    assert issubclass(BlogComment, XtdComment)
    assert issubclass(CommentForm, XtdCommentForm)
    assert callable(XtdCommentForm.get_comment_create_data)


def test_package_settings_are_the_ones_we_mean():
    assert {
        name: getattr(settings, name)
        for name in (
            "COMMENTS_APP",
            "COMMENTS_XTD_MAX_THREAD_LEVEL",
            "COMMENTS_XTD_CONFIRM_EMAIL",
            "COMMENTS_XTD_THREADED_EMAILS",
        )
    } == {
        "COMMENTS_APP": "django_comments_xtd",
        "COMMENTS_XTD_MAX_THREAD_LEVEL": 60,
        "COMMENTS_XTD_CONFIRM_EMAIL": False,
        "COMMENTS_XTD_THREADED_EMAILS": False,
    }
    assert not apps.is_installed("rest_framework")


def test_package_handler_that_publishes_held_replies_is_disconnected():
    receivers = [reference() for _key, reference, *_rest in pre_save.receivers]

    assert publish_or_unpublish_on_pre_save not in receivers
    assert pre_save.disconnect(publish_or_unpublish_on_pre_save, sender=BlogComment) is False


def test_package_moderator_registry_and_signals_are_there():
    assert hasattr(moderator, "register")
    assert all((comment_will_be_posted, comment_was_posted, comment_was_flagged))


@pytest.mark.django_db
def test_insert_sends_the_signals_of_the_package_and_obeys_a_veto(rf):
    post = make_post()
    request = rf.post("/")
    seen = []

    def will(sender, comment, request, **kwargs):
        seen.append(("will", comment.comment))
        return comment.comment != "no"

    def was(sender, comment, request, **kwargs):
        seen.append(("was", comment.comment))

    comment_will_be_posted.connect(will)
    comment_was_posted.connect(was)
    try:
        engine.insert(BlogComment(post=post, comment="yes"), reply_to=None, request=request)
        with pytest.raises(engine.Vetoed):
            engine.insert(BlogComment(post=post, comment="no"), reply_to=None, request=request)
    finally:
        comment_will_be_posted.disconnect(will)
        comment_was_posted.disconnect(was)

    assert seen == [("will", "yes"), ("was", "yes"), ("will", "no")]
    assert list(BlogComment.objects.values_list("comment", flat=True)) == ["yes"]


@pytest.mark.django_db
def test_saving_a_published_parent_leaves_its_held_reply_held():
    post = make_post()
    parent = make_comment(post)
    reply = make_comment(post, reply_to=parent, status=Status.HELD)

    parent.save()
    parent.save()

    reply.refresh_from_db()
    assert (reply.status, reply.is_public, reply.is_removed) == (Status.HELD, False, False)


@pytest.mark.django_db
def test_held_comments_are_what_the_package_calls_in_moderation():
    post = make_post()
    held = make_comment(post, status=Status.HELD)
    make_comment(post)
    make_comment(post, status=Status.SPAM)
    make_comment(post, status=Status.REMOVED)

    assert list(BlogComment.objects.in_moderation()) == [held]
