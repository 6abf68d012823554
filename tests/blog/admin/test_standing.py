"""What the desk does with a text beside writing it: its end, readers, proofs, trash, the list."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from blog import private
from blog.access import Role
from blog.choices import Audience, Check, State
from blog.models import Post, ProofLink
from comments.choices import Status
from tests.blog.admin.test_post import ADD, change, errors, typed
from tests.builders import make_comment, make_label, make_page, make_post, make_user, set_profile

pytestmark = pytest.mark.django_db

LIST = reverse("admin:blog_post_changelist")
TRASH = reverse("admin:blog_post_trash")


@pytest.fixture
def author(client):
    user = make_user("aut", role=Role.AUTHOR)
    client.force_login(user)
    return user


@pytest.fixture
def editor(client):
    user = make_user("edi", role=Role.EDITOR)
    client.force_login(user)
    return user


def said(response):
    """What the person is told, without its markup."""
    return [re.sub("<[^>]+>", "", str(message)) for message in get_messages(response.wsgi_request)]


# --- Saved ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "fields", "words"),
    [
        ("UTC", {}, "“On margins” is saved as a draft."),
        ("UTC", {"step": "now"}, "“On margins” is live. Open it"),
        (
            "Asia/Shanghai",
            {"step": "at", "publish_time": "2049-05-01T09:30"},
            "“On margins” is scheduled for 2049-05-01 09:30 in Asia/Shanghai, "
            "2049-05-01 01:30 UTC.",
        ),
        (
            "UTC",
            {"step": "at", "publish_time": "2049-05-01T09:30"},
            "“On margins” is scheduled for 2049-05-01 09:30 UTC.",
        ),
        (
            "UTC",
            {"step": "now", "audience": "password", "password": "open"},
            "“On margins” is published, and private. Open it",
        ),
    ],
)
def test_saving_says_where_the_text_stands_now(client, author, zone, fields, words):
    set_profile(time_zone=zone, language="en")

    response = client.post(ADD, typed(**fields))

    assert said(response) == [words]


@pytest.mark.parametrize(("zone", "times"), [("UTC", 1), ("Europe/Berlin", 2)])
def test_form_shows_the_time_once_where_the_zone_is_utc(client, author, zone, times):
    set_profile(time_zone=zone)
    post = make_post(author=author, publish_at=datetime(2015, 12, 3, 10, 0, tzinfo=UTC))

    page = client.get(change(post)).content.decode()

    (shown,) = re.findall('class="desk-standing">(.*?)<', page)
    assert len(re.findall(r"2015-12-03 \d\d:00", shown)) == times


# --- End, readers, pin ----------------------------------------------------------------------------


def test_end_is_read_in_the_zone_of_the_blog_and_must_lie_behind_the_beginning(client, author):
    set_profile(time_zone="Asia/Shanghai")
    good = typed(step="at", publish_time="2049-05-01T09:30", ends_at="2049-05-02T09:30")

    saved = client.post(ADD, good)
    wrong = client.post(ADD, {**good, "ends_at": "2049-05-01T09:30", "title": "Other"})

    assert saved.status_code == 302
    assert Post.objects.get().ends_at == datetime(2049, 5, 2, 1, 30, tzinfo=UTC)
    assert errors(wrong) == {"ends_at": ["It would end before it begins."]}


def test_password_is_asked_for_once_and_kept_when_left_empty(client, author):
    refused = client.post(ADD, typed(step="now", audience="password"))
    client.post(ADD, typed(step="now", audience="password", password=" 纸边 "))
    post = Post.objects.get()
    client.post(change(post), typed(audience="password", slug=post.slug))

    post.refresh_from_db()
    assert errors(refused) == {"password": ["Say which password opens it."]}
    assert post.is_password(" 纸边 ")


def test_secret_link_is_shown_to_its_writer_and_can_be_made_anew(client, author):
    client.post(ADD, typed(step="now", audience="link"))
    post = Post.objects.get()
    old = private.link(post)

    shown = client.get(change(post)).content.decode()
    client.post(change(post), typed(audience="link", slug=post.slug, renews_link="on"))

    post.refresh_from_db()
    assert f"http://127.0.0.1:8000{old}" in shown
    assert private.link(post) != old


def test_contributor_is_not_asked_what_is_not_his_to_say(client):
    client.force_login(make_user("con", role=Role.CONTRIBUTOR))

    client.post(ADD, typed(audience="link", is_pinned="on", ends_at="2049-05-02T09:30"))

    post = Post.objects.get()
    assert (post.audience, post.is_pinned, post.ends_at) == (Audience.EVERYONE, False, None)


def test_author_does_not_pin_and_an_editor_does(client, author):
    client.post(ADD, typed(is_pinned="on"))
    by_author = Post.objects.get().is_pinned
    client.force_login(make_user("edi", role=Role.EDITOR))
    post = Post.objects.get()
    client.post(change(post), typed(is_pinned="on"))

    post.refresh_from_db()
    assert (by_author, post.is_pinned) == (False, True)


# --- Before publishing ----------------------------------------------------------------------------


def test_panel_looks_at_what_is_typed_and_saves_nothing(client, author):
    address = reverse("admin:blog_post_inspection", args=[0])

    found = client.post(address, typed(body="![](/media/fox.png)\n\n#### Deep"))
    sound = client.post(address, typed())

    assert [finding.check for finding in found.context["findings"]] == [
        Check.IMAGES,
        Check.HEADINGS,
    ]
    assert "fox.png" in found.content.decode()
    assert "Nothing to mend." in sound.content.decode()
    assert not Post.objects.exists()


def test_form_of_a_saved_text_shows_what_was_found(client, author):
    post = make_post(author=author, body="[gone](/p/gone.html)")

    page = client.get(change(post))

    assert [finding.details for finding in page.context["findings"]] == [("/p/gone.html",)]


def test_owner_chooses_what_blocks_and_the_writer_is_told(client):
    client.force_login(make_user("own", role=Role.OWNER))
    profile = reverse("admin:blog_siteprofile_change", args=[1])
    form = client.get(profile).context["adminform"].form
    sent = {
        name: value
        for name, value in form.initial.items()
        if value is not None and value is not False
    }
    client.post(profile, {**sent, "blocking_checks": ["images", "links"]})

    refused = client.post(ADD, typed(step="now", body="![](/media/fox.png)"))
    draft = client.post(ADD, typed(body="![](/media/fox.png)"))

    assert errors(refused) == {
        "__all__": ["On this blog nothing is published with: Images without alternative text."]
    }
    assert "![](/media/fox.png)" in refused.content.decode()
    assert "Must be mended:" in refused.content.decode()
    assert (draft.status_code, Post.objects.get().state) == (302, State.DRAFT)


# --- Proof-readers --------------------------------------------------------------------------------


def test_proof_link_is_shown_once_and_revoked(client, author):
    post = make_post(author=author, state=State.DRAFT, title="Not yet")
    page = reverse("admin:blog_post_proof", args=[post.pk])

    made = client.post(page, {"days": "7"})
    again = client.get(page)
    link = made.context["new_link"]
    path = link.removeprefix("http://127.0.0.1:8000")
    client.logout()
    read = client.get(path)
    client.force_login(author)
    client.post(page, {"revoke": ProofLink.objects.get().pk})

    assert "no-store" in made.headers["Cache-Control"]
    assert link in made.content.decode()
    assert link not in again.content.decode()
    assert "Not yet" in read.content.decode()
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("days", ["", "0", "3650", "x"])
def test_proof_link_is_good_for_offered_days_only(client, author, days):
    post = make_post(author=author, state=State.DRAFT)

    response = client.post(reverse("admin:blog_post_proof", args=[post.pk]), {"days": days})

    assert (response.status_code, ProofLink.objects.count()) == (200, 0)


# --- Trash ----------------------------------------------------------------------------------------


def test_deleted_post_lies_in_the_trash_and_comes_back(client, author):
    post = make_post(author=author)
    make_comment(post)

    deleted = client.post(reverse("admin:blog_post_delete", args=[post.pk]), {"post": "yes"})
    gone = client.get(change(post)).status_code, list(client.get(LIST).context["cl"].result_list)
    trash = client.get(TRASH)
    restored = client.post(TRASH, {"restore": post.pk})

    post.refresh_from_db()
    assert said(deleted)[0] == "“On margins” is in the trash. Open the trash"
    assert gone == (302, [])
    assert list(trash.context["page"]) == [post]
    assert said(restored)[-1] == "“On margins” is back, with its address and comments."
    assert (post.is_live, post.comments.count()) == (True, 1)


def test_nobody_restores_or_destroys_what_is_not_his(client, author):
    other = make_post(author=make_user("other", role=Role.AUTHOR), title="Other")
    other.trashed_at = timezone.now()
    other.save()
    not_trashed = make_post(author=author, title="Not in the trash")

    answers = [
        client.post(TRASH, {name: key}).status_code
        for name in ("restore", "destroy")
        for key in (other.pk, not_trashed.pk, "x", "")
    ]

    assert answers == [404] * 8
    assert list(client.get(TRASH).context["page"]) == []
    assert Post.objects.count() == 2


def test_trash_asks_as_much_for_three_as_for_one(client, editor, django_assert_num_queries):
    counts = [1, 3]
    posts = [make_post(title=f"{number}", state=State.DRAFT) for number in range(3)]
    client.get(TRASH)

    for count in counts:
        for post in posts[:count]:
            post.trashed_at = timezone.now()
            post.save()
        with django_assert_num_queries(8):
            assert len(client.get(TRASH).context["page"]) == count


# --- The list -------------------------------------------------------------------------------------


def shown(response):
    return [str(post) for post in response.context["cl"].result_list]


def test_list_shows_state_words_and_what_waits(client, editor):
    post = make_post(title="字", body="纸边的字 and five words are here", is_pinned=True)
    make_comment(post, status=Status.HELD)
    make_comment(post, status=Status.SPAM)

    page = client.get(LIST).content.decode()

    cells = {
        name: " ".join(re.sub("<[^>]+>", " ", text).split())
        for name, text in re.findall(r'<t[dh] class="field-(\w+)[^"]*">(.*?)</t[dh]>', page, re.S)
    }
    assert cells["name"] == "字 Pinned"
    assert cells["state_in_words"] == "Live"
    assert cells["comments_waiting"] == "Comments waiting 1 comment"
    assert cells["length"] == "Words 10"
    assert f"/admin/comments/blogcomment/?post={post.pk}" in page


def test_what_waits_is_nobodys_who_does_not_decide(client, author):
    make_comment(make_post(author=author), status=Status.HELD)

    assert "field-comments_waiting" not in client.get(LIST).content.decode()


def test_list_is_narrowed_by_state_year_label_author_and_words(client, editor):
    paper = make_label("Paper")
    now = timezone.now()
    old = make_post(title="Old", labels=[paper], publish_at=datetime(2015, 6, 1, tzinfo=UTC))
    make_post(title="Ended", ends_at=now)
    make_post(title="Private", audience=Audience.LINK)
    make_post(title="Later", publish_at=now + timedelta(days=1))
    make_post(title="Draft", state=State.DRAFT, author=editor)
    make_post(title="Thrown away", trashed_at=now)
    make_page(title="Page")

    found = {
        query: sorted(shown(client.get(f"{LIST}?{query}")))
        for query in (
            "standing=ended",
            "standing=private",
            "standing=scheduled",
            "standing=draft",
            "year=2015",
            f"label={paper.pk}",
            f"author={editor.author.pk}",
            "q=old",
            "kind__exact=page",
            "year=x",
            "label=99999999999999999999",
            f"year=2015&label={paper.pk}&author={old.author_id}&standing=live",
        )
    }

    assert list(found.values()) == [
        ["Ended"],
        ["Private"],
        ["Later"],
        ["Draft"],
        ["Old"],
        ["Old"],
        ["Draft"],
        ["Old"],
        ["Page"],
        [],
        [],
        ["Old"],
    ]
    assert "Thrown away" not in client.get(LIST).content.decode()


def act(client, name, posts, **fields):
    keys = [post.pk for post in posts]
    return client.post(LIST, {"action": name, "_selected_action": keys, **fields})


def test_many_are_labelled_and_thrown_away(client, editor):
    posts = [make_post(title=f"Post {number}") for number in range(2)]
    paper = make_label("Paper")

    unsaid = act(client, "file_under", posts)
    act(client, "file_under", posts, label=paper.pk)
    act(client, "trash", posts[:1])

    posts[0].refresh_from_db()
    assert said(unsaid) == ["Choose a label beside the action."]
    assert [list(post.labels.all()) for post in posts] == [[paper], [paper]]
    assert (posts[0].is_trashed, shown(client.get(LIST))) == (True, ["Post 1"])


@pytest.mark.parametrize("name", ["publish", "withdraw", "file_under", "trash"])
def test_acting_on_many_costs_as_much_as_on_one(client, editor, name):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    paper = make_label("Paper")
    state = State.DRAFT if name == "publish" else State.PUBLISHED
    counts = []

    for many in (1, 3):
        posts = [make_post(title=f"{many} {number}", state=state) for number in range(many)]
        with CaptureQueriesContext(connection) as captured:
            act(client, name, posts, label=paper.pk)
        counts.append(len(captured))

    assert counts == [counts[0], counts[0]]


def test_deleting_for_good_is_not_among_the_actions(client, editor):
    post = make_post()

    act(client, "delete_selected", [post])

    post.refresh_from_db()
    assert not post.is_trashed


def test_list_leads_whoever_writes_to_the_trash(client, author):
    as_author = client.get(LIST).content.decode()
    client.force_login(make_user("mod", role=Role.MODERATOR))
    as_moderator = client.get(LIST).content.decode()

    assert [TRASH in page for page in (as_author, as_moderator)] == [True, False]
