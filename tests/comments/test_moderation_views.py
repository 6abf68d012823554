"""The links in a moderator's mail: one page, one button, once."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from blog.access import Role
from comments import links, moderation
from comments.choices import Act, Status
from comments.models import BlogComment, ModerationEvent
from tests.builders import make_comment, make_post, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    return make_user("mod", role=Role.MODERATOR)


@pytest.fixture
def held():
    return make_comment(make_post(), text="Please let me in", status=Status.HELD)


def path_to(act, comment, moderator):
    token = links.make(links.Purpose.MODERATE, f"{comment.pk}.{act}.{moderator.pk}")
    return f"/comments/moderate/{token}/"


def events():
    return list(ModerationEvent.objects.values_list("act", "by__username", "status_after"))


@pytest.mark.parametrize(
    ("act", "event", "status"),
    [
        ("approve", Act.APPROVED, Status.PUBLISHED),
        ("spam", Act.MARKED_SPAM, Status.SPAM),
        ("remove", Act.REMOVED, Status.REMOVED),
    ],
)
def test_link_acts_by_a_click_in_the_name_of_its_moderator(
    client, moderator, held, act, event, status
):
    path = path_to(act, held, moderator)

    shown = client.get(path)
    client.head(path)
    before = events()
    client.post(path)

    held.refresh_from_db()
    assert "Please let me in" in shown.content.decode()
    assert before == []
    assert (held.status, events()) == (status, [(event, "mod", status)])


def test_second_click_does_no_harm_and_says_so(client, moderator, held):
    path = path_to("approve", held, moderator)

    client.post(path)
    again = client.post(path)
    other = client.post(path_to("remove", held, moderator))

    held.refresh_from_db()
    assert (held.status, len(events())) == (Status.PUBLISHED, 1)
    assert [answer.context["is_done"] for answer in (again, other)] == [False, False]
    assert "decided already" in again.content.decode()


def test_link_does_not_overrule_another_moderator(client, moderator, held):
    moderation.mark_spam([held], by=make_user("other", role=Role.MODERATOR))

    answer = client.post(path_to("approve", held, moderator))

    held.refresh_from_db()
    assert (answer.status_code, held.status) == (200, Status.SPAM)
    assert "Please let me in" not in answer.content.decode()


@pytest.mark.parametrize("loss", ["right", "account", "row"])
def test_moderator_who_is_none_any_more_is_refused(client, moderator, held, loss):
    path = path_to("approve", held, moderator)
    if loss == "right":
        moderator.groups.clear()
    elif loss == "account":
        type(moderator).objects.update(is_active=False)
    else:
        moderator.delete()

    answers = [client.get(path), client.post(path)]

    held.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert held.status == Status.HELD
    assert [a for a in answers if "Please let me in" in a.content.decode()] == []


def test_link_ends_after_seven_days(client, moderator, held):
    with time_machine.travel(timezone.now() - timedelta(days=7, minutes=1), tick=False):
        path = path_to("approve", held, moderator)

    answer = client.post(path)

    held.refresh_from_db()
    assert (answer.status_code, held.status) == (400, Status.HELD)


def test_changed_link_opens_nothing(client, moderator, held):
    path = path_to("approve", held, moderator)
    other = BlogComment.objects.get(pk=make_comment(held.post, status=Status.HELD).pk)
    paths = [
        path.replace("approve", "remove"),
        path.replace(f"/{held.pk}.", f"/{other.pk}."),
        f"{path[:-2]}{'A' if path[-2] != 'A' else 'B'}/",
        f"/comments/moderate/{links.make(links.Purpose.CONFIRM, f'{held.pk}.approve.1')}/",
        f"/comments/moderate/{held.pk}.approve.{moderator.pk}/",
    ]

    answers = [client.post(path) for path in paths]

    assert {answer.status_code for answer in answers} == {400}
    assert events() == []


def test_comment_that_was_deleted_is_told_in_words(client, moderator, held):
    path = path_to("approve", held, moderator)
    held.delete()

    answers = [client.get(path), client.post(path)]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_another_site_can_not_press_the_button(moderator, held):
    path = path_to("approve", held, moderator)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(moderator)

    answers = [
        Client().post(path, HTTP_ORIGIN="https://evil.example"),
        Client().post(path, HTTP_SEC_FETCH_SITE="cross-site"),
        browser.post(path),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert events() == []
