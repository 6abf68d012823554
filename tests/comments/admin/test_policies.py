"""The policies of the blog and of one post, as their forms in the admin set them."""

from datetime import datetime

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from blog.access import Role
from blog.choices import GuestAccess, MailRhythm, Moderation
from blog.models import Post, SiteProfile
from tests.builders import make_post, make_user

pytestmark = pytest.mark.django_db

PROFILE = "/admin/blog/siteprofile/1/change/"


@pytest.fixture
def desk(client):
    """The browser of an owner."""
    client.force_login(make_user("own", role=Role.OWNER))
    return client


def filled(form, **changes):
    """What a browser sends for that form."""
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {
        name: ("on" if value is True else value)
        for name, value in initial.items()
        if value is not None and value is not False
    }
    return {**sent, **changes}


def test_owner_sets_the_policies_of_the_blog(desk):
    wanted = {
        "guest_access": GuestAccess.MEMBERS,
        "moderation": Moderation.ALL,
        "hold_after_days": 14,
        "close_after_days": 365,
        "reports_to_hold": 5,
        "moderator_mail": MailRhythm.DAILY,
    }
    form = desk.get(PROFILE).context["adminform"].form
    fields = filled(form, **wanted)
    del fields["author_mail"]  # a box that is not ticked

    desk.post(PROFILE, fields)

    saved = model_to_dict(SiteProfile.objects.get(), fields=[*wanted, "author_mail"])
    assert saved == {**wanted, "author_mail": False}


def test_no_report_at_all_would_hold_everything_and_is_refused(desk):
    form = desk.get(PROFILE).context["adminform"].form

    response = desk.post(PROFILE, filled(form, reports_to_hold="0"))

    assert set(response.context["adminform"].form.errors) == {"reports_to_hold"}


def test_editor_sets_the_policies_of_one_post(desk):
    post = make_post()
    address = f"/admin/blog/post/{post.pk}/change/"
    form = desk.get(address).context["adminform"].form

    response = desk.post(
        address,
        filled(
            form,
            guest_access="anyone",
            moderation="none",
            comments_close_at="2099-12-31T23:30",
        ),
    )

    saved = Post.objects.get(pk=post.pk)
    assert response.status_code == 302
    assert (saved.who_may_comment, saved.which_comments_wait) == (
        GuestAccess.ANYONE,
        Moderation.NONE,
    )
    assert timezone.make_naive(saved.comments_close_at) == datetime(2099, 12, 31, 23, 30)  # noqa: DTZ001
