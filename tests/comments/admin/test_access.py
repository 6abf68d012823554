"""Who gets into the moderator's part of the admin, and by which door."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client
from django.utils import timezone

from blog.access import Role
from comments import moderation
from comments.choices import Act, RuleKind, Status
from comments.models import BlockRule, BlogComment, Guest, ModerationEvent
from tests.builders import make_comment, make_guest, make_post, make_user
from tests.comments.admin.conftest import QUEUE

pytestmark = pytest.mark.django_db

MODERATORS = (Role.OWNER, Role.EDITOR, Role.MODERATOR)
LOG, GUESTS = "/admin/comments/moderationevent/", "/admin/comments/guest/"
RULES = "/admin/comments/blockrule/"
# What each kind of person gets from a page, and from sending a form to it.
PEOPLE = [
    *[pytest.param(role, 200, id=role.value) for role in MODERATORS],
    pytest.param(Role.AUTHOR, 403, id="author"),
    pytest.param("member", 302, id="member"),
    pytest.param(None, 302, id="nobody"),
]


def browser_of(person):
    client = Client()
    if isinstance(person, Role):
        client.force_login(make_user(role=person))
    elif person:
        client.force_login(make_user())
    return client


@pytest.fixture
def held():
    return make_comment(make_post(), status=Status.HELD, guest=make_guest())


@pytest.mark.parametrize(("person", "expected"), PEOPLE)
def test_pages_open_for_moderators_only(person, expected, held):
    moderation.hold([make_comment(held.post)], by=make_user())
    event = ModerationEvent.objects.get()
    rule = BlockRule.objects.create(kind=RuleKind.WORD, pattern="casino")
    browser = browser_of(person)
    pages = [
        QUEUE,
        f"{QUEUE}?status=all&q=well",
        f"{QUEUE}{held.pk}/change/",
        LOG,
        f"{LOG}{event.pk}/change/",
        f"{LOG}export/",
        RULES,
        f"{RULES}add/",
        f"{RULES}{rule.pk}/change/",
        f"{RULES}{rule.pk}/delete/",
        GUESTS,
        f"{GUESTS}{held.guest_id}/change/",
    ]

    answers = [browser.get(page) for page in pages]

    assert [answer.status_code for answer in answers] == [expected] * len(pages)
    if expected == 302:
        assert {answer.url.partition("?")[0] for answer in answers} == {"/admin/login/"}
    seen = [b"Well said." in answer.getvalue() for answer in answers]
    assert seen == [page.startswith(QUEUE) and expected == 200 for page in pages]


@pytest.mark.parametrize(("person", "expected"), PEOPLE)
@pytest.mark.parametrize(
    ("address", "sent"),
    [
        pytest.param("", {"one": "approve:{key}"}, id="one"),
        pytest.param("", {"action": "approve", "_selected_action": "{key}"}, id="marked"),
        pytest.param(
            "", {"action": "approve", "select_across": "1", "confirmed": "1"}, id="across"
        ),
        pytest.param("{key}/change/", {"action": "approve"}, id="page"),
        pytest.param("", {"reply": "{key}", "reply-{key}": "Indeed."}, id="reply"),
        pytest.param("{key}/change/", {"reply": "{key}", "reply-{key}": "Yes."}, id="page-reply"),
    ],
)
def test_acts_are_done_for_moderators_only(person, expected, address, sent, held):
    browser = browser_of(person)
    fields = {name.format(key=held.pk): value.format(key=held.pk) for name, value in sent.items()}

    answer = browser.post(QUEUE + address.format(key=held.pk), fields)

    held.refresh_from_db()
    was_done = expected == 200
    assert answer.status_code == (302 if was_done else expected)
    assert held.status == (Status.PUBLISHED if was_done else Status.HELD)
    assert ModerationEvent.objects.filter(act=Act.APPROVED).count() == was_done


@pytest.mark.parametrize(("person", "expected"), PEOPLE)
def test_rules_are_made_and_removed_by_moderators_only(person, expected, held):
    BlogComment.objects.filter(pk=held.pk).update(body_html="https://bad.example/")
    old = BlockRule.objects.create(kind=RuleKind.WORD, pattern="old")
    browser = browser_of(person)

    browser.post(QUEUE, {"block": f"domain:{held.pk}:bad.example"})
    browser.post(f"{RULES}add/", {"kind": "word", "pattern": "new", "action": "hold"})
    browser.post(f"{RULES}{old.pk}/delete/", {"post": "yes"})

    patterns = set(BlockRule.objects.values_list("pattern", flat=True))
    assert patterns == ({"bad.example", "new"} if expected == 200 else {"old"})


@pytest.mark.parametrize(("person", "expected"), PEOPLE)
def test_undo_is_for_moderators_only(person, expected, held):
    browser = browser_of(person)
    by, at = User.objects.order_by("pk").last() or make_user(), timezone.now()
    moderation.approve([held], by=by, at=at)

    browser.post(QUEUE, {"undo": f"approved@{at.isoformat()}@0@0"})

    held.refresh_from_db()
    assert held.status == (Status.HELD if expected == 200 else Status.PUBLISHED)


@pytest.mark.parametrize(
    "sent",
    [
        {"one": "approve:{key}"},
        {"action": "approve"},
        {"reply": "{key}", "reply-{key}": "Yes."},
        {"block": "address:{key}:{email}"},
        {"undo": "held@{at}@0@0"},
    ],
)
def test_get_changes_nothing(sent, at_work, moderator, held):
    at = timezone.now()
    BlogComment.objects.filter(pk=held.pk).update(user_email="ida@example.net")
    moderation.hold([make_comment(held.post)], by=moderator, at=at)
    words = {"key": held.pk, "email": "ida@example.net", "at": at.isoformat()}
    fields = {name.format(**words): value.format(**words) for name, value in sent.items()}
    fields["_selected_action"] = held.pk

    for address in (QUEUE, f"{QUEUE}{held.pk}/change/", f"{LOG}export/"):
        for ask in (at_work.get, at_work.head):
            ask(address, fields).getvalue()

    held.refresh_from_db()
    assert held.status == Status.HELD
    assert ModerationEvent.objects.count() == 1
    assert (BlogComment.objects.count(), BlockRule.objects.count()) == (2, 0)


def test_act_without_the_forms_token_is_refused(moderator, held):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(moderator)

    answers = [
        strict.post(QUEUE, {"one": f"approve:{held.pk}"}),
        strict.post(f"{QUEUE}{held.pk}/change/", {"action": "approve"}),
    ]

    held.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403]
    assert held.status == Status.HELD


@pytest.mark.parametrize("role", [Role.OWNER, Role.MODERATOR])
def test_nothing_is_added_changed_or_deleted_by_hand(role, held):
    moderation.hold([make_comment(held.post)], by=make_user(), note="first")
    event = ModerationEvent.objects.get()
    browser = browser_of(role)
    before = (BlogComment.objects.count(), Guest.objects.count())

    answers = []
    for page, key in ((QUEUE, held.pk), (LOG, event.pk), (GUESTS, held.guest_id)):
        for address in ("add/", f"{key}/delete/", f"{key}/history/"):
            answers.append(browser.post(page + address, {"post": "yes"}).status_code)
    answers.append(browser.post(f"{LOG}{event.pk}/change/", {"note": "changed"}).status_code)
    answers.append(browser.post(f"{GUESTS}{held.guest_id}/change/", {"name": "X"}).status_code)
    browser.post(LOG, {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    browser.post(QUEUE, {"action": "delete_selected", "_selected_action": held.pk, "post": "yes"})

    assert answers == [404] * 9 + [403] * 2
    assert (BlogComment.objects.count(), Guest.objects.count()) == before
    assert list(ModerationEvent.objects.values_list("note", flat=True)) == ["first"]
    assert Guest.objects.get().name == "Grete"


@pytest.mark.parametrize(("person", "expected"), PEOPLE)
def test_first_page_of_the_admin_lists_the_queue_for_moderators(person, expected, held, rf):
    from django.contrib import admin

    request = rf.get("/admin/")
    request.user = AnonymousUser()
    if person is not None:
        request.user = make_user(role=person) if isinstance(person, Role) else make_user()

    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}

    names = {model["object_name"] for model in apps.get("comments", {"models": []})["models"]}
    wanted = {"BlockRule", "BlogComment", "Guest", "ModerationEvent"}
    assert names == (wanted if expected == 200 else set())
