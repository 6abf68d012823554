"""The writing desk: what each choice does, what is never lost, who signs, what a preview shows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from blog import publishing
from blog.access import Role
from blog.choices import CommentPolicy, Kind, State
from blog.models import Author, Label, OldAddress, Post
from tests.builders import (
    make_author,
    make_comment,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/blog/post/"
ADD = "/admin/blog/post/add/"


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


def typed(**changes):
    """What the form sends when a person has filled it in."""
    return {
        "title": "On margins",
        "body": "A **margin** is a room.",
        "markup": "markdown",
        "step": "keep",
        "publish_time": "",
        "kind": "post",
        "slug": "",
        "comment_policy": "open",
        "audience": "everyone",
        "is_searchable": "on",
        "new_labels": "",
        "_save": "Save",
        **changes,
    }


def change(post):
    return reverse("admin:blog_post_change", args=[post.pk])


def errors(response):
    form = response.context["adminform"].form
    return {name: list(messages) for name, messages in form.errors.items()}


# --- Saving ---------------------------------------------------------------------------------------


def test_author_saves_a_draft_under_his_own_name(client, author):
    response = client.post(ADD, typed())

    post = Post.objects.get()
    assert response.status_code == 302
    assert (post.state, post.author.user, post.publish_at) == (State.DRAFT, author, None)
    assert post.body_html == "<p>A <strong>margin</strong> is a room.</p>\n"
    assert post.revisions.get().history_user == author


def test_author_cannot_sign_with_another_name(client, author):
    other = make_author("Somebody else")

    client.post(ADD, typed(author=other.pk))

    assert Post.objects.get().author.user == author


def test_editor_chooses_the_name(client, editor):
    other = make_author("Imported")

    client.post(ADD, typed(author=other.pk))

    assert Post.objects.get().author == other


def test_editor_who_chooses_no_name_signs_himself_and_changes_nobodys(client, editor):
    client.post(ADD, typed())
    others = make_post(author=make_author("Imported"))

    client.post(change(others), typed(slug=others.slug, author=""))

    others.refresh_from_db()
    assert Post.objects.order_by("pk").first().author.user == editor
    assert others.author.name == "Imported"


def test_publish_now(client, author):
    client.post(ADD, typed(step="now", title="纸边的字"))

    post = Post.objects.get()
    assert (post.is_live, post.slug) == (True, "zhi-bian-de-zi")


def test_chosen_time_is_read_in_the_zone_of_the_blog(client, author):
    set_profile(time_zone="Asia/Shanghai")

    client.post(ADD, typed(step="at", publish_time="2015-12-03T01:30"))

    post = Post.objects.get()
    assert post.publish_at == datetime(2015, 12, 2, 17, 30, tzinfo=UTC)
    assert post.get_absolute_url() == "/2015/12/on-margins.html"


def test_time_ahead_schedules(client, author):
    client.post(ADD, typed(step="at", publish_time="2999-01-01T00:00"))

    assert Post.objects.get().is_scheduled


@pytest.mark.parametrize(
    ("zone", "time", "sentence"),
    [
        ("UTC", "", "Say when."),
        ("Asia/Shanghai", "0001-01-01T00:00", "The calendar begins with the year 1."),
        ("UTC", "tomorrow", "Enter a valid date/time."),
    ],
)
def test_wrong_time_is_said_at_its_field(client, author, zone, time, sentence):
    set_profile(time_zone=zone)

    response = client.post(ADD, typed(step="at", publish_time=time))

    assert errors(response) == {"publish_time": [sentence]}
    assert not Post.objects.exists()


def test_empty_post_is_refused_with_a_sentence_and_everything_that_was_typed(client, author):
    label = make_label()

    response = client.post(
        ADD, typed(step="now", title="", body=" ", place_name="Bergen", labels=[label.pk])
    )

    form = response.context["adminform"].form
    assert errors(response) == {"__all__": ["Write a title or a text first: this post is empty."]}
    assert (form["place_name"].value(), form["labels"].value()) == ("Bergen", [str(label.pk)])
    assert not Post.objects.exists()


def test_scheduled_post_published_now_appears_now(client, editor):
    post = make_post(publish_at=timezone.now() + timedelta(days=30))

    client.post(change(post), typed(step="now", slug=post.slug))

    post.refresh_from_db()
    assert post.is_live


def test_withdrawn_and_published_again_keeps_its_date(client, editor):
    post = make_post(publish_at=datetime(2015, 12, 3, tzinfo=UTC))

    client.post(change(post), typed(step="withdraw", slug=post.slug))
    post.refresh_from_db()
    state = post.state
    client.post(change(post), typed(step="now", slug=post.slug))
    post.refresh_from_db()

    assert state == State.WITHDRAWN
    assert (post.is_live, post.publish_at) == (True, datetime(2015, 12, 3, tzinfo=UTC))


def test_live_post_becomes_a_draft(client, editor):
    post = make_post()

    client.post(change(post), typed(step="draft", slug=post.slug))

    post.refresh_from_db()
    assert post.state == State.DRAFT


def test_step_that_does_not_fit_the_state_is_refused(client, editor):
    post = make_post(state=State.DRAFT)

    response = client.post(change(post), typed(step="withdraw"))

    post.refresh_from_db()
    assert list(errors(response)) == ["step"]
    assert post.state == State.DRAFT


def test_changed_address_of_a_live_post_leaves_a_redirect(client, editor):
    post = make_post(slug="first")
    old = post.get_absolute_url()

    client.post(change(post), typed(slug="second"))

    assert OldAddress.objects.get().path == old


def test_taken_address_is_said_at_its_field(client, editor):
    make_post(slug="first")
    post = make_post(slug="second")

    response = client.post(change(post), typed(slug="first"))

    assert errors(response) == {"slug": ["Another post has this address already."]}


def test_page_stays_a_page(client, editor):
    page = make_page(slug="about")

    client.post(change(page), typed(kind="post", slug="about", title="About"))

    page.refresh_from_db()
    assert page.kind == Kind.PAGE


def test_labels_are_chosen_and_typed(client, author):
    chosen, known = make_label("Paper"), make_label("Ink")

    client.post(ADD, typed(labels=[chosen.pk], new_labels="ink，  书 , walks,Walks,"))

    assert sorted(Post.objects.get().labels.values_list("name", flat=True)) == [
        "Ink",
        "Paper",
        "walks",
        "书",
    ]
    assert Label.objects.filter(name__iexact="ink").get() == known


def test_comment_policy_and_language_are_kept(client, author):
    client.post(ADD, typed(comment_policy="closed", language="ja"))

    post = Post.objects.get()
    assert (post.comment_policy, post.language) == (CommentPolicy.CLOSED, "ja")


def test_html_stays_html_and_loses_its_scripts(client, author):
    client.post(ADD, typed(markup="html", body="<p>Hi<script>alert(1)</script></p>"))

    assert Post.objects.get().body_html == "<p>Hi</p>"


# Session, profile, person and his rights; the reminder of the first password; count and posts;
# their labels; authors to filter by.
QUERIES_OF_LIST = 14

# --- The list -------------------------------------------------------------------------------------


def titles(response):
    return sorted(str(post) for post in response.context["cl"].result_list)


def test_author_finds_his_own_posts_only(client, author):
    make_post(title="Mine", author=author)
    make_post(title="Theirs", author=make_author("Other"))

    response = client.get(LIST)

    assert titles(response) == ["Mine"]
    assert "Theirs" not in response.content.decode()


def test_moderator_sees_what_readers_see_and_changes_nothing(client):
    client.force_login(make_user(role=Role.MODERATOR))
    live = make_post(title="Live")
    make_post(title="Draft", state=State.DRAFT)

    listed = client.get(LIST)
    sent = client.post(change(live), typed(title="Mine now"))

    live.refresh_from_db()
    assert titles(listed) == ["Live"]
    assert (sent.status_code, live.title) == (403, "Live")


def test_filter_knows_the_four_states(client, editor):
    make_post(title="live")
    make_post(title="draft", state=State.DRAFT)
    make_post(title="withdrawn", state=State.WITHDRAWN)
    make_post(title="scheduled", publish_at=timezone.now() + timedelta(days=1))

    found = {
        standing: titles(client.get(f"{LIST}?standing={standing}"))
        for standing in ("live", "draft", "withdrawn", "scheduled")
    }

    assert found == {standing: [standing] for standing in found}


@pytest.mark.parametrize("words", ["四边", "MARGIN room", "ＭＡＲＧＩＮ"])
def test_search_finds_words_of_title_and_text(client, editor, words):
    make_post(title="四边", body="A margin is a room.")
    make_post(title="Other", body="Nothing.")

    assert titles(client.get(LIST, {"q": words})) == ["四边"]


def test_list_asks_as_much_for_three_posts_as_for_one(client, editor, django_assert_num_queries):
    def add(number):
        post = make_post(title=f"Post {number}", author=make_author(f"Author {number}"))
        post.labels.set([make_label(f"Label {number}"), make_label(f"Other {number}")])
        make_comment(post)

    add(1)
    client.get(LIST)
    with django_assert_num_queries(QUERIES_OF_LIST):
        client.get(LIST)
    add(2)
    add(3)
    with django_assert_num_queries(QUERIES_OF_LIST):
        response = client.get(LIST)

    assert len(response.context["cl"].result_list) == 3


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("publish", State.PUBLISHED),
        ("withdraw", State.WITHDRAWN),
        ("revert_to_draft", State.DRAFT),
    ],
)
def test_action_changes_each_marked_post(client, editor, action, state):
    posts = [make_post(title=str(number), state=State.DRAFT) for number in range(2)]
    left = make_post(title="left", state=State.DRAFT)

    client.post(LIST, {"action": action, "_selected_action": [post.pk for post in posts]})

    assert [Post.objects.get(pk=post.pk).state for post in [*posts, left]] == [
        state,
        state,
        State.DRAFT,
    ]


def test_action_names_what_is_not_ready_and_goes_on(client, editor):
    empty = make_post(title="", body="", state=State.DRAFT)
    ready = make_post(title="Ready", state=State.DRAFT)

    response = client.post(
        LIST, {"action": "publish", "_selected_action": [empty.pk, ready.pk]}, follow=True
    )

    assert [str(message) for message in response.context["messages"]] == [
        '<span dir="auto">Untitled</span>: Write a title or a text first: this post is empty.',
        "1 post was changed.",
    ]
    assert Post.objects.get(pk=ready.pk).is_live


def test_author_cannot_act_on_others_posts(client, author):
    others = make_post(author=make_author("Other"))

    client.post(LIST, {"action": "withdraw", "_selected_action": [others.pk]})

    others.refresh_from_db()
    assert others.state == State.PUBLISHED


# --- Deleting -------------------------------------------------------------------------------------


def test_deleting_names_the_comments_as_a_number(client, author):
    post = make_post(author=author)
    for number in range(3):
        make_comment(post, text=f"Comment {number}")

    asked = client.get(reverse("admin:blog_post_delete", args=[post.pk]))
    client.post(reverse("admin:blog_post_delete", args=[post.pk]), {"post": "yes"})

    post.refresh_from_db()
    assert dict(asked.context["model_count"]) == {"posts": 1, "comments": 3}
    assert "Comment 1" not in asked.content.decode()
    assert post.is_trashed


def test_author_cannot_delete_others_posts(client, author):
    post = make_post(author=make_author("Other"))

    client.post(reverse("admin:blog_post_delete", args=[post.pk]), {"post": "yes"})
    client.post(LIST, {"action": "delete_selected", "_selected_action": [post.pk], "post": "yes"})

    assert Post.objects.get() == post


# --- Preview --------------------------------------------------------------------------------------


def preview(post=None):
    return reverse("admin:blog_post_preview", args=[post.pk if post else 0])


def test_preview_is_the_readers_page_and_saves_nothing(client, author):
    label = make_label("Ink")

    response = client.post(
        preview(),
        typed(
            title="Not yet",
            labels=[label.pk],
            new_labels="fresh",
            step="at",
            publish_time="2015-12-03T10:00",
        ),
    )

    page = response.content.decode()
    assert response.templates[0].name == "blog/post_detail.html"
    for words in ("Not yet", "<strong>margin</strong>", "Thursday, December 3, 2015", "Ink"):
        assert words in page
    assert "fresh" in page
    assert "no-store" in response.headers["Cache-Control"]
    assert "/comments/default" not in page.split('<footer class="colophon')[0]
    assert (Post.objects.count(), Label.objects.count()) == (0, 1)


def test_preview_of_a_saved_post_leaves_it_as_it_is(client, author):
    post = make_post(author=author, title="Old", state=State.DRAFT)

    response = client.post(preview(post), typed(title="New"))

    post.refresh_from_db()
    assert "New" in response.content.decode()
    assert (post.title, post.state, post.revisions.count()) == ("Old", State.DRAFT, 1)
    assert not Author.objects.exclude(pk=post.author_id).exists()


def test_preview_shows_what_a_stranger_sees(client, author):
    Author.objects.create(user=author, name="Ada")
    author.username = "kunigunde"
    author.save()

    page = client.post(preview(), typed()).content.decode()

    assert ("Ada" in page, "kunigunde" in page) == (True, False)


def test_preview_of_an_unfinished_form_shows_what_there_is(client, author):
    response = client.post(preview(), {"title": "Only this", "publish_time": "x", "slug": "a b"})

    assert response.status_code == 200
    assert "Only this" in response.content.decode()


def test_preview_without_a_token_is_refused(author):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(author)

    assert strict.post(preview(), typed()).status_code == 403


# --- Address --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "proposals"),
    [
        ("On margins", ["on-margins"]),
        ("纸边的字", ["zhi-bian-de-zi", "纸边的字"]),
        ("", []),
    ],
)
def test_address_is_proposed_in_both_scripts(client, author, title, proposals):
    response = client.get("/admin/blog/post/proposals/", {"title": title})

    assert response.json() == {"proposals": proposals}


# --- Revisions ------------------------------------------------------------------------------------


def test_revisions_name_who_changed_what(client, author):
    client.post(ADD, typed())
    post = Post.objects.get()
    client.post(change(post), typed(title="On paper", slug="paper"))

    response = client.get(reverse("admin:blog_post_history", args=[post.pk]))

    found = [
        (revision.title, revision.by, [str(name) for name in revision.changed])
        for revision in response.context["revisions"]
    ]
    assert found == [("On paper", author, ["title", "address"]), ("On margins", author, [])]


def test_old_revision_opens_its_text_in_the_form_and_changes_nothing(client, editor):
    post = make_post(title="First", state=State.DRAFT)
    first = post.revisions.get()
    client.post(change(post), typed(step="now", title="Second"))

    response = client.get(change(post), {"revision": first.pk})

    post.refresh_from_db()
    form = response.context["adminform"].form
    assert (form["title"].value(), response.context["standing"][0]) == ("First", "live")
    assert (post.title, post.is_live) == ("Second", True)


def test_revision_of_another_post_opens_nothing(client, author):
    secret = make_post(title="Secret", author=make_author("Other")).revisions.get()
    own = make_post(title="Own", author=author)

    response = client.get(change(own), {"revision": secret.pk})

    assert response.context["adminform"].form["title"].value() == "Own"


# --- First page -----------------------------------------------------------------------------------


def test_first_page_lists_unfinished_texts_of_the_person(client, author):
    make_post(title="Mine", state=State.DRAFT, author=author)
    make_post(title="Soon", author=author, publish_at=timezone.now() + timedelta(days=1))
    make_post(title="Theirs", state=State.DRAFT, author=make_author("Other"))

    page = client.get("/admin/").content.decode()

    assert ("Mine" in page, "Soon" in page, "Theirs" in page) == (True, True, False)


def test_first_page_of_a_moderator_offers_no_writing(client):
    client.force_login(make_user(role=Role.MODERATOR))
    make_comment(make_post(), status="held")

    page = client.get("/admin/").content.decode()

    assert ("New post" in page, "1 comment waits for you" in page) == (False, True)


@pytest.fixture
def contributor(client):
    user = make_user("con", role=Role.CONTRIBUTOR)
    client.force_login(user)
    return user


@pytest.mark.parametrize("step", ["now", "at", "withdraw", "draft"])
def test_contributor_saves_drafts_and_can_choose_nothing_else(client, contributor, step):
    add = reverse("admin:blog_post_add")
    refused = client.post(add, typed(step=step, publish_time="2015-12-03T10:00"))
    saved = client.post(add, typed())

    assert (refused.status_code, saved.status_code) == (200, 302)
    assert refused.context["adminform"].form.errors.keys() == {"step"}
    assert [(post.state, post.author.user) for post in Post.objects.all()] == [
        (State.DRAFT, contributor)
    ]


def test_contributor_reads_but_no_longer_changes_what_was_published(client, contributor):
    post = make_post(author=contributor, body="As it was.")
    address = reverse("admin:blog_post_change", args=[post.pk])

    page = client.get(address)
    sent = client.post(address, typed(body="Changed."))
    on_site = client.get(post.get_absolute_url())
    listed = client.get(reverse("admin:blog_post_changelist"))
    acted = client.post(
        reverse("admin:blog_post_changelist"),
        {"action": "withdraw", "_selected_action": [post.pk]},
    )

    post.refresh_from_db()
    assert (page.status_code, sent.status_code, acted.status_code) == (200, 403, 302)
    assert (post.body, post.state) == ("As it was.", State.PUBLISHED)
    assert "/admin/blog/post/" not in on_site.content.decode()
    assert list(listed.context["cl"].result_list) == [post]


def test_first_page_lists_what_was_saved_lately_of_ones_own(client):
    author, other = make_user("ada", role=Role.AUTHOR), make_user("ben", role=Role.AUTHOR)
    mine = make_post(title="Mine", author=author)
    theirs = make_post(title="Theirs", author=other)
    for post in (mine, theirs, mine):
        publishing.save(post, by=author)

    client.force_login(author)
    own = client.get("/admin/").context["desk"].lately
    client.force_login(make_user("ed", role=Role.EDITOR))
    everybodys = client.get("/admin/").context["desk"].lately

    assert [(saving.title, saving.person) for saving in own] == [("Mine", "ada")]
    assert [saving.title for saving in everybodys] == ["Mine", "Theirs"]
