"""The log of moderation, the guests, and the note on the admin's first page."""

import csv
import io
from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from blog.access import Role
from comments import moderation
from comments.choices import Status
from comments.models import ModerationEvent
from tests.builders import make_comment, make_guest, make_post, make_user
from tests.comments.admin.conftest import QUEUE

pytestmark = pytest.mark.django_db

LOG, GUESTS = "/admin/comments/moderationevent/", "/admin/comments/guest/"


def listed(response):
    return list(response.context["cl"].result_list)


def test_log_lists_newest_first_and_filters_by_act_and_moderator(at_work, moderator):
    comment = make_comment(make_post(title="On paper"), status=Status.HELD, name="Ida")
    boss = make_user("boss")
    moderation.approve([comment], by=moderator)
    moderation.remove([comment], by=boss, note="Off topic")

    everything = at_work.get(LOG)
    of_boss = at_work.get(LOG, {"by__id__exact": boss.pk})
    approvals = at_work.get(LOG, {"act__exact": "approved"})

    html = everything.content.decode()
    assert [event.act for event in listed(everything)] == ["removed", "approved"]
    assert [event.act for event in listed(of_boss)] == ["removed"]
    assert [event.act for event in listed(approvals)] == ["approved"]
    assert f'<a href="{QUEUE}{comment.pk}/change/">Ida</a>' in html
    for words in ("On paper", "Published → Removed", "Off topic", "boss"):
        assert words in html


def test_nobody_edits_the_log_in_the_admin_not_even_a_superuser(client, moderator):
    moderation.approve([make_comment(make_post(), status=Status.HELD)], by=moderator, note="Fine")
    event = ModerationEvent.objects.get()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    changed = {"act": "removed", "note": "Other", "at_0": "2020-01-01", "at_1": "00:00"}

    answers = [
        client.post(f"{LOG}{event.pk}/change/", changed).status_code,
        client.post(f"{LOG}{event.pk}/delete/", {"post": "yes"}).status_code,
        client.post(f"{LOG}add/", changed).status_code,
        client.post(
            LOG, {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"}
        ).status_code,
    ]
    page = client.get(LOG).content.decode()

    assert {*answers} <= {200, 302, 403, 404, 405}
    assert list(ModerationEvent.objects.values_list("act", "note")) == [("approved", "Fine")]
    assert "delete_selected" not in page
    assert f"{LOG}add/" not in page


def test_log_asks_as_often_for_three_as_for_one(at_work, django_assert_max_num_queries):
    def act_once():
        moderation.approve([make_comment(make_post(), status=Status.HELD)], by=make_user())
        moderation.hold([make_comment(make_post(), user=make_user())], by=make_user())

    act_once()
    with django_assert_max_num_queries(12) as for_one:
        at_work.get(LOG)
    act_once()
    act_once()
    with django_assert_max_num_queries(12) as for_three:
        at_work.get(LOG)

    assert len(for_three) == len(for_one)


def test_guests_are_listed_with_their_counts(at_work, django_assert_max_num_queries):
    post = make_post()
    make_guest(name="Quiet", is_verified=False)
    busy = make_guest(name="Busy")
    for status in (Status.PUBLISHED, Status.PUBLISHED, Status.HELD):
        make_comment(post, guest=busy, status=status)

    with django_assert_max_num_queries(12):
        guests = listed(at_work.get(GUESTS))

    assert [
        (guest.name, guest.is_verified, guest.comment_count, guest.published_count)
        for guest in guests
    ] == [("Busy", True, 3, 2), ("Quiet", False, 0, 0)]


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.OWNER, True), (Role.EDITOR, False), (Role.MODERATOR, False)]
)
def test_addresses_of_guests_are_for_owners(role, sees):
    guest = make_guest("secret@example.net", name="Ida")
    browser = Client()
    browser.force_login(make_user(role=role))

    pages = [browser.get(GUESTS), browser.get(f"{GUESTS}{guest.pk}/change/")]
    by_address = browser.get(GUESTS, {"q": "secret@"})

    assert ["secret@example.net" in page.content.decode() for page in pages] == [sees, sees]
    assert listed(by_address) == ([guest] if sees else [])


@pytest.mark.parametrize(
    ("held", "words"),
    [(0, "No comment waits for you"), (1, "1 comment waits"), (2, "2 comments wait")],
)
def test_first_page_says_how_many_wait(held, words, rf, moderator, django_assert_num_queries):
    post = make_post()
    for _ in range(held):
        make_comment(post, status=Status.HELD)
    make_comment(post, status=Status.SPAM)
    request = rf.get("/admin/")
    request.user = moderator
    moderator.get_all_permissions()
    tag = Template("{% load moderation %}{% waiting_comments %}")

    with django_assert_num_queries(1):
        html = tag.render(Context({"request": request}))

    assert words in html
    assert f'href="{QUEUE}"' in html


def test_first_page_says_nothing_of_comments_to_an_author(rf):
    make_comment(make_post(), status=Status.HELD)
    request = rf.get("/admin/")
    request.user = make_user(role=Role.AUTHOR)

    html = Template("{% load moderation %}{% waiting_comments %}").render(
        Context({"request": request})
    )

    assert html.strip() == ""


def lines_of(response):
    text = response.getvalue().decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_log_can_be_downloaded_with_its_filters(at_work, moderator):
    comment = make_comment(make_post(title='论纸，"其一"'), status=Status.HELD, name="Ida")
    boss = make_user("boss")
    moderation.approve([comment], by=moderator)
    moderation.remove([comment], by=boss, note="Off\ntopic, 离题")
    ModerationEvent._base_manager.filter(act="approved").update(
        at=timezone.now() - timedelta(days=9)
    )

    everything = at_work.get(f"{LOG}export/")
    of_boss = at_work.get(f"{LOG}export/", {"by__id__exact": boss.pk})
    approvals = at_work.get(f"{LOG}export/", {"act__exact": "approved"})
    week_ago = (timezone.now() - timedelta(days=7)).isoformat()
    recent = at_work.get(f"{LOG}export/", {"at__gte": week_ago})
    nonsense = at_work.get(f"{LOG}export/", {"at__gte": "x"})

    newest, oldest = ModerationEvent.objects.all()
    post = '论纸，"其一"'
    removed = ["removed", "boss", str(comment.pk), "Ida", post, "published", "removed"]
    approved = ["approved", "mara", str(comment.pk), "Ida", post, "held", "published", ""]
    head, *lines = lines_of(everything)
    assert everything.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert everything.headers["Content-Disposition"].startswith('attachment; filename="moderation')
    assert everything.streaming
    assert head == ["at", "act", "who", "comment", "writer", "post", "before", "after", "why"]
    assert lines == [
        [newest.at.isoformat(), *removed, "Off\ntopic, 离题"],
        [oldest.at.isoformat(), *approved],
    ]
    assert [line[1] for line in lines_of(of_boss)[1:]] == ["removed"]
    assert [line[1] for line in lines_of(approvals)[1:]] == ["approved"]
    assert [line[1] for line in lines_of(recent)[1:]] == ["removed"]
    assert nonsense.url == LOG


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cells_are_no_formulas(sign, at_work, moderator):
    comment = make_comment(make_post(title=sign), status=Status.HELD, name=sign)
    moderation.approve([comment], by=moderator, note=sign)

    [_head, line] = lines_of(at_work.get(f"{LOG}export/"))

    assert [line[4], line[5], line[8]] == [f"'{sign}"] * 3


def test_download_asks_no_more_for_many(at_work, moderator, django_assert_max_num_queries):
    post = make_post()

    def act(count):
        comments = [make_comment(post, user=make_user(), status=Status.HELD) for _ in range(count)]
        moderation.approve(comments, by=moderator)

    act(1)
    with django_assert_max_num_queries(10) as for_one:
        at_work.get(f"{LOG}export/").getvalue()
    act(5)
    with django_assert_max_num_queries(10) as for_more:
        lines = lines_of(at_work.get(f"{LOG}export/"))

    assert (len(for_more), len(lines)) == (len(for_one), 7)


def test_log_links_to_its_download_with_the_filters(at_work):
    html = at_work.get(LOG, {"act__exact": "approved"}).content.decode()

    assert f'href="{LOG}export/?act__exact=approved"' in html
