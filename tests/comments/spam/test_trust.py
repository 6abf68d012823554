"""What a person has earned, and by what."""

from datetime import timedelta

import pytest
from django.utils import timezone

from comments.choices import RemovedBy, Status
from comments.spam import trust
from comments.spam.trust import Level
from tests.builders import make_comment, make_guest, make_post, make_user

pytestmark = pytest.mark.django_db

WEEK_AGO = timezone.now() - timedelta(days=8)


def standing(guest):
    return trust.standing(user_id=None, guest_id=guest.pk)


def test_nobody_in_particular_is_new_without_a_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        nobody = trust.standing(user_id=None, guest_id=None)

    assert nobody.level == Level.NEW


@pytest.mark.parametrize(
    ("published", "ago", "level"),
    [(0, 0, Level.NEW), (1, 30, Level.KNOWN), (2, 1, Level.KNOWN), (2, 8, Level.TRUSTED)],
)
def test_level_grows_with_published_comments_and_time(published, ago, level):
    guest, post = make_guest(), make_post()
    make_comment(post, guest=guest, status=Status.HELD)
    make_comment(post, guest=guest, status=Status.UNCONFIRMED)
    for _ in range(published):
        comment = make_comment(post, guest=guest)
        type(comment).objects.filter(pk=comment.pk).update(
            published_at=timezone.now() - timedelta(days=ago)
        )

    assert standing(guest).level == level


def test_many_refusals_cost_the_trust():
    guest, post = make_guest(), make_post()
    for _ in range(4):
        make_comment(post, guest=guest)
    type(make_comment(post, guest=guest)).objects.update(published_at=WEEK_AGO)
    before = standing(guest)
    for _ in range(3):
        make_comment(post, guest=guest, status=Status.SPAM)

    after = standing(guest)

    assert (before.level, before.is_often_refused) == (Level.TRUSTED, False)
    assert (after.level, after.is_often_refused) == (Level.KNOWN, True)
    assert (after.published_count, after.refused_count) == (5, 3)


def test_what_somebody_took_back_himself_counts_for_nothing():
    guest, post = make_guest(), make_post()
    for _ in range(5):
        make_comment(post, guest=guest, status=Status.REMOVED, removed_by=RemovedBy.AUTHOR)

    assert standing(guest).refused_count == 0


def test_standings_of_many_people_are_what_each_has_alone(django_assert_num_queries):
    post = make_post()
    guests, members = [make_guest() for _ in range(3)], [make_user() for _ in range(2)]
    for number, guest in enumerate(guests):
        for status in [Status.PUBLISHED, Status.SPAM, Status.HELD, Status.UNCONFIRMED][number:]:
            make_comment(post, guest=guest, status=status)
    for _ in range(trust.HISTORY + 1):
        make_comment(post, user=members[0])
    nobody = make_guest()
    user_ids = [member.pk for member in members]
    guest_ids = [guest.pk for guest in [*guests, nobody]]

    with django_assert_num_queries(1):
        together = trust.standings(user_ids=user_ids, guest_ids=guest_ids)
    with django_assert_num_queries(0):
        of_nobody = trust.standings(user_ids=[], guest_ids=[])

    for key in user_ids:
        assert together.of(user_id=key, guest_id=None) == trust.standing(user_id=key, guest_id=None)
    for key in guest_ids:
        assert together.of(user_id=None, guest_id=key) == trust.standing(user_id=None, guest_id=key)
    counts = {key: each.published_count for key, each in together.by_user.items()}
    assert counts == {members[0].pk: trust.HISTORY}
    assert [
        (each.published_count, each.refused_count, each.recent_count)
        for each in (together.of(user_id=None, guest_id=key) for key in guest_ids)
    ] == [(1, 1, 3), (0, 1, 2), (0, 0, 1), (0, 0, 0)]
    assert of_nobody == trust.Standings({}, {})
