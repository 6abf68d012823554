"""Reports: once per person, from different networks, and only for moderators to read."""

import pytest
from django.test import Client

from blog.access import Role
from comments import moderation, reports
from comments.choices import Act, ReportReason, Status
from comments.models import BlogComment, ModerationEvent, Report
from tests.builders import make_comment, make_post, make_user, set_profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment():
    set_profile(reports_to_hold=3)
    return make_comment(make_post(), text="zq7words")


def report(comment, *, network=1, browser=None, **fields):
    fields = {"reason": "insult", "note": "Look at this", **fields}
    return (browser or Client()).post(
        f"/comments/{comment.pk}/report/", fields, REMOTE_ADDR=f"10.0.{network}.1"
    )


def status(comment):
    return BlogComment.objects.get(pk=comment.pk).status


def test_report_is_kept_with_its_reason_and_answered_with_thanks(client, comment):
    response = report(comment, browser=client)

    kept = Report.objects.get()
    assert (response.status_code, response.templates[0].name) == (200, "comments/reported.html")
    assert (kept.comment, kept.reason, kept.note) == (comment, ReportReason.INSULT, "Look at this")
    assert kept.settled_at is None


def test_same_person_reports_once_and_is_thanked_again(client, comment):
    first, second = (report(comment, browser=client, network=n).content for n in (1, 2))

    assert (first, Report.objects.count()) == (second, 1)


def test_reports_from_enough_networks_hold_the_comment_and_say_so(comment):
    for network in range(1, 4):
        before = status(comment)
        report(comment, network=network)

    held = BlogComment.objects.get()
    event = ModerationEvent.objects.get()
    assert (before, held.status) == (Status.PUBLISHED, Status.HELD)
    assert held.reasons == [{"name": "reported", "points": 0, "values": {"count": 3}}]
    assert (event.act, event.by, event.status_before, event.status_after) == (
        Act.REPORTED,
        None,
        Status.PUBLISHED,
        Status.HELD,
    )
    comment.post.refresh_from_db()
    assert comment.post.comment_count == 0


def test_many_people_of_one_network_hold_nothing(comment):
    for number in range(5):
        report(comment, browser=Client(headers={"User-Agent": f"browser {number}"}))

    assert (Report.objects.count(), status(comment)) == (5, Status.PUBLISHED)


def test_comment_of_the_blogs_own_people_is_reported_but_not_held():
    set_profile(reports_to_hold=1)
    editor = make_user(role=Role.EDITOR)
    post = make_post(author=make_user())
    comments = [make_comment(post, user=editor), make_comment(post, user=post.author.user)]

    for comment in comments:
        report(comment)

    assert Report.objects.count() == 2
    assert [status(comment) for comment in comments] == [Status.PUBLISHED] * 2


def test_what_a_moderator_has_settled_counts_no_longer(comment):
    for network in range(1, 4):
        report(comment, network=network)
    moderation.approve([comment], by=make_user(role=Role.MODERATOR))

    for network in range(4, 6):
        report(comment, network=network)
    after_two_more = status(comment)
    report(comment, network=6)

    assert (after_two_more, status(comment)) == (Status.PUBLISHED, Status.HELD)


@pytest.mark.parametrize("fields", [{"reason": ""}, {"reason": "dull"}, {"note": "x" * 501}])
def test_report_that_says_nothing_is_refused_with_what_was_typed(client, comment, fields):
    response = report(comment, browser=client, **fields)

    note = fields.get("note", "Look at this")
    assert (response.status_code, Report.objects.count()) == (422, 0)
    assert response.context["form"]["note"].value() == note


def test_get_and_head_report_nothing(client, comment):
    path = f"/comments/{comment.pk}/report/"

    client.get(path)
    client.head(path)

    assert Report.objects.count() == 0


@pytest.mark.parametrize("state", [s for s in Status if s != Status.PUBLISHED])
def test_page_of_what_is_not_published_is_404_and_keeps_nothing(client, state):
    comment = make_comment(make_post(), text="zq7words", status=state)

    shown = client.get(f"/comments/{comment.pk}/report/")
    sent = report(comment, browser=client)

    assert (shown.status_code, sent.status_code, Report.objects.count()) == (404, 404, 0)
    assert b"zq7words" not in shown.content + sent.content


def test_network_that_reports_everything_has_to_wait(comment, monkeypatch):
    monkeypatch.setattr(reports, "REPORTS_PER_NETWORK", 1)
    report(comment)

    response = report(comment, browser=Client(headers={"User-Agent": "another"}))

    assert (response.status_code, Report.objects.count()) == (429, 1)
    assert response.context["form"]["note"].value() == "Look at this"


def test_nobody_reads_who_reported_or_that_anybody_did(client, comment):
    reporter = Client()
    reporter.force_login(make_user("rosa"))
    report(comment, browser=reporter)

    page = client.get(comment.post.get_absolute_url()).content.decode()
    form = client.get(f"/comments/{comment.pk}/report/").content.decode()

    assert "zq7words" in page
    assert "rosa" not in page + form
    assert "Look at this" not in page + form
